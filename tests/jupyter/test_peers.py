from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.client import connect

from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.sync.codec import encode
from peerplan_jupyter.sync.frames import Crdt, DocUpdate, JoinRequest
from peerplan_jupyter.sync.introduction import Terms
from peerplan_jupyter.sync.plan_port import PlanRooms
from peerplan_jupyter.sync.transports.websocket import WebSocketLink

from ..sync.test_gate import ABORTS
from .test_sockets import annotate


@pytest.fixture
def elsewhere(tmp_path):
    """A peer with a journal of its own, as on another machine."""
    with Workspace(Home.under(tmp_path / "elsewhere")) as made:
        yield made


@pytest.fixture
def link(elsewhere, http_server, jp_serverapp, jp_http_port, jp_base_url, jp_asyncio_loop):
    """Link the other peer's plan with the server until the test is over."""
    running = []

    async def connect(plan_id="pp", token=jp_serverapp.identity_provider.token):
        url = f"ws://localhost:{jp_http_port}{jp_base_url}peerplan/peer"
        terms = Terms(admit=lambda _room, _introduction: "write")

        def join(plans):
            made = WebSocketLink(url, terms, headers={"Authorization": f"token {token}"})
            made.join(PlanRooms(plans).expect(plan_id))
            return made

        made = await elsewhere.peer.acall(join)
        running.append((made, elsewhere.peer.spawn(made.run())))
        return running[-1][1]

    yield connect
    for made, run in running:
        elsewhere.peer.call(lambda _, made=made: made.close())
        jp_asyncio_loop.run_until_complete(asyncio.wait_for(asyncio.wrap_future(run), 10))


async def until(read, wanted):
    async with asyncio.timeout(10):
        while (found := await read()) != wanted:
            await asyncio.sleep(0.01)
    return found


async def test_a_plan_is_the_same_at_two_peers(ask, plan, link, elsewhere):
    await plan(content="Abc")
    await link()

    async def titles():
        return [one["title"] for one in await elsewhere.summaries()]

    await until(titles, ["T"])
    me = elsewhere.actor("human", "Tom")
    await elsewhere.submit("pp", parse_operation(annotate("From elsewhere"), me))

    async def here():
        return [one["content"] for one in (await ask("plans/pp"))[1]["plan"]["annotations"]]

    await until(here, ["From elsewhere"])
    await ask("plans/pp/operations", annotate("From here"))

    async def there():
        plan = await elsewhere.peer.acall(lambda plans: plans.get("pp").annotations())
        return sorted(one.content for one in plan)

    await until(there, ["From elsewhere", "From here"])


async def test_bytes_that_would_end_the_server_end_the_link_that_brought_them(
    ask, plan, http_server, jp_serverapp, jp_http_port, jp_base_url
):
    await plan(content="Abc")
    before = (await ask("plans/pp"))[1]["plan"]
    headers = {"Authorization": f"token {jp_serverapp.identity_provider.token}"}
    url = f"ws://localhost:{jp_http_port}{jp_base_url}peerplan/peer"
    async with connect(url, additional_headers=headers) as peer:
        await peer.send(encode(JoinRequest(Crdt.LORO, "pp", b"", b"\x00")))
        await peer.send(encode(DocUpdate(Crdt.LORO, "pp", (ABORTS.read_bytes(),), b"\x01" * 8)))
        await asyncio.wait_for(peer.wait_closed(), 20)
    assert peer.close_code == 1008
    assert peer.close_reason == "The update would have ended the process that takes it in."
    assert (await ask("plans/pp"))[1]["plan"] == before


async def test_a_peer_without_the_token_learns_nothing(plan, link, elsewhere):
    await plan()
    run = await link(token="wrong")
    state = await asyncio.wrap_future(run)
    assert (state.state, state.final) == ("offline", True)
    assert await elsewhere.summaries() == []


async def test_a_room_of_an_unknown_plan_is_refused(link, elsewhere):
    run = await link("nowhere")
    state = await asyncio.wrap_future(run)
    assert state.final
    assert await elsewhere.summaries() == []
