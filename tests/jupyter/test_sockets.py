from __future__ import annotations

import asyncio
import contextlib
import json

import pytest
from tornado.websocket import WebSocketClosedError

from peerplan_jupyter.jupyter import sockets
from peerplan_jupyter.plan.ids import new_id

from ..coordination.server.conftest import report_facts


class Page:
    """A page at the other end of a WebSocket."""

    def __init__(self, socket):
        self.socket = socket
        self.ended = False

    async def send(self, **message):
        await self.socket.write_message(json.dumps(message))

    async def ask(self, **message):
        await self.send(**message, re=1)
        return await self.expect(lambda got: got.get("re") == 1)

    async def expect(self, matches):
        async with asyncio.timeout(10):
            while True:
                text = await self.socket.read_message()
                assert text is not None, (self.socket.close_code, self.socket.close_reason)
                got = json.loads(text)
                if matches(got):
                    return got

    async def leave(self):
        self.socket.close()
        await self.end()

    async def end(self):
        """Until the server closes."""
        async with asyncio.timeout(10):
            while not self.ended:
                self.ended = await self.socket.read_message() is None
        return self.socket.close_code


@pytest.fixture
def page(http_server, jp_ws_fetch, jp_asyncio_loop):
    pages = []

    async def open_page(*path):
        pages.append(Page(await jp_ws_fetch("peerplan", "api", *path)))
        return pages[-1]

    yield open_page
    for one in pages:
        jp_asyncio_loop.run_until_complete(one.leave())


def annotate(content="Hm"):
    return {
        "op": "annotate",
        "id": new_id(),
        "type": "concern",
        "content": content,
        "target": {"type": "plan"},
    }


async def test_two_pages_review_one_plan(page, plan):
    await plan(content="Abc")
    one, other = [await page("plans", "pp", "session") for _ in range(2)]
    view = (await one.ask(kind="open"))["view"]
    assert (view["plan"]["title"], view["live"]["connection"]["path"]) == ("T", "Jupyter server")
    await other.ask(kind="open")
    operation = annotate()
    accepted = await one.ask(kind="submit", operation=operation)
    change = (await other.expect(lambda got: got["kind"] == "change"))["change"]
    assert (change["seq"], list(change["annotations"])) == (accepted["seq"], [operation["id"]])


async def test_somebody_who_closes_the_page_is_gone(page, plan):
    await plan()
    one, other = [await page("plans", "pp", "session") for _ in range(2)]
    await one.ask(kind="open")
    await other.ask(kind="open")
    present = lambda got, count: len(got.get("live", {}).get("presence", [])) == count  # noqa: E731
    await one.expect(lambda got: present(got, 2))
    await other.leave()
    await one.expect(lambda got: present(got, 1))


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"kind": "submit", "operation": {"op": "approve"}}, "invalid_input"),
        ({"kind": "artifact", "artifactId": "x"}, "invalid_input"),
        ({"kind": "nonsense"}, "invalid_input"),
    ],
)
async def test_a_message_that_makes_no_sense_gets_an_error(page, plan, message, code):
    await plan()
    one = await page("plans", "pp", "session")
    assert (await one.ask(**message))["error"]["code"] == code
    assert (await one.ask(kind="open"))["kind"] == "view"


async def test_a_session_of_an_unknown_plan_says_so(page):
    one = await page("plans", "nowhere", "session")
    assert (await one.ask(kind="open"))["error"]["code"] == "not_found"


@pytest.mark.parametrize("text", ["{", "[" * 50_000])
async def test_a_page_that_sends_no_messages_is_put_out(page, plan, text):
    await plan()
    one = await page("plans", "pp", "session")
    await one.socket.write_message(text)
    assert await one.end() == 1007


async def test_a_page_that_sends_too_much_at_once_is_put_out(page, plan):
    await plan()
    one = await page("plans", "pp", "session")
    # The socket may be gone before all of it is sent.
    with contextlib.suppress(WebSocketClosedError):
        await one.socket.write_message("x" * 5_000_000)
    assert await one.end() in {1009, None}


async def test_a_page_that_reads_too_slowly_is_put_out_with_a_reason(page, plan, monkeypatch):
    await plan()
    monkeypatch.setattr(sockets, "MAX_WAITING", 100)
    one = await page("plans", "pp", "session")
    await one.send(kind="open", re=1)
    assert await one.end() == sockets.TRY_AGAIN_LATER
    assert "slowly" in one.socket.close_reason


async def test_the_page_of_a_team_is_told_of_what_is_reported(page, ask):
    one = await page("team", "events")
    assert (await ask("team/runs/start", report_facts()))[0] == 200
    await one.expect(lambda got: got == {"kind": "team"})


async def test_pages_that_list_plans_are_told_when_to(page, plan, ask):
    one = await page("events")
    await plan()
    await one.expect(lambda got: got == {"kind": "plans"})
    await ask("plans/pp/operations", [annotate() for _ in range(20)])
    await one.expect(lambda got: got == {"kind": "plans"})
