from __future__ import annotations

import asyncio

import pytest

from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home


@pytest.fixture
def guest(tmp_path):
    """Somebody on another machine: a home of their own, and no token of the server."""
    with Workspace(Home.under(tmp_path / "guest")) as workspace:
        yield workspace


async def invited(ask, **wanted):
    code, made = await ask("plans/pp/invitations", wanted)
    assert code == 201, made
    return made


async def eventually(found):
    async with asyncio.timeout(20):
        while not (now := await found()):
            await asyncio.sleep(0.02)
        return now


async def test_who_has_the_link_and_no_token_reads_and_comments(ask, plan, guest):
    await plan(content="Keep sessions in Redis.")
    made = await invited(ask, note="for Ben")
    assert made["role"] == "reviewer"
    assert await guest.join(made["url"], "Ben") == "pp"
    fields = {"type": "concern", "content": "Backups?", "target": {"type": "plan"}}
    actor = guest.actor("human", "Ben")
    await guest.submit("pp", parse_operation({"op": "annotate", **fields}, actor))

    async def annotations():
        return (await ask("plans/pp"))[1]["plan"]["annotations"]

    [one] = await eventually(annotations)
    assert (one["author"], one["content"]) == (actor.id, "Backups?")
    live = (await ask("plans/pp"))[1]["live"]
    assert (live["connection"]["peers"], live["connection"]["state"]) == (1, "live")
    assert "Ben directly" in live["connection"]["detail"]


async def test_what_was_given_away_is_listed_and_taken_back(ask, plan, guest):
    await plan()
    kept, gone = await invited(ask), await invited(ask, role="viewer", seconds=3600)
    code, _ = await ask(f"plans/pp/invitations/{gone['id']}", method="DELETE")
    assert code == 204
    listed = (await ask("plans/pp/invitations"))[1]["invitations"]
    told = [(one["id"], one["role"], one["state"]) for one in listed]
    assert told == [(gone["id"], "viewer", "revoked"), (kept["id"], "reviewer", "open")]


@pytest.mark.parametrize(
    "wanted", [{"role": "king"}, {"seconds": -1}, {"seconds": "1d"}, {"seconds": True}]
)
async def test_what_cannot_be_granted_is_said(ask, plan, wanted):
    await plan()
    code, said = await ask("plans/pp/invitations", wanted)
    assert (code, said["error"]["code"]) == (400, "invalid_input")


async def test_a_room_to_which_nobody_was_invited_takes_no_strangers(
    ask, plan, guest, jp_http_port
):
    await plan()
    first = await invited(ask)
    other = first["url"].replace("plan=pp", "plan=qq")
    code, said = await ask("open", {"url": other})
    assert (code, said["error"]["code"]) == (400, "invalid_input")
