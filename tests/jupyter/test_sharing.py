"""Invitations over a page's session with the server."""

from __future__ import annotations

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from peerplan_jupyter.jupyter.address import room_address
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.sync.invitation import Invitation

from .test_sockets import page

__all__ = ["page"]


@pytest.fixture
def guest(tmp_path):
    """Somebody on another machine: a home of their own, and no token of the server."""
    with Workspace(Home.under(tmp_path / "guest")) as workspace:
        yield workspace


def members(got):
    return (got.get("live") or {}).get("members", [])


async def test_a_page_invites_and_sees_who_comes_until_the_link_is_taken_back(
    page, plan, guest, jp_http_port, jp_base_url
):
    await plan(content="Keep sessions in Redis.")
    one = await page("plans", "pp", "session")
    live = (await one.ask(kind="open"))["view"]["live"]
    assert (live["me"]["role"], live["me"]["invites"]) == ("owner", True)
    made = (await one.ask(kind="invite", role="viewer", seconds=600, note="Ben"))["invitation"]
    found = Invitation.parse(made["url"])
    assert (found.grant.role, found.grant.expires) == ("viewer", made["expires"])
    address = f"ws://localhost:{jp_http_port}{jp_base_url}peerplan/room"
    assert [url.replace("127.0.0.1", "localhost") for url in found.servers] == [address]
    await guest.join(made["url"], "Ben")
    told = await one.expect(lambda got: any(one["path"] for one in members(got)))
    [ben] = members(told)
    assert (ben["role"], ben["identity"]["name"]) == ("viewer", "Ben")
    assert ben["invitation"] == made["id"]
    listed = (await one.ask(kind="invitations"))["invitations"]
    assert [(one["id"], one["note"], one["state"]) for one in listed] == [
        (made["id"], "Ben", "open")
    ]
    await one.send(kind="revoke", invitation=made["id"], re=2)
    await one.expect(lambda got: got.get("re") == 2 and got["kind"] == "accepted")
    await one.expect(lambda got: got["kind"] == "live" and not members(got))
    [gone] = (await one.ask(kind="invitations"))["invitations"]
    assert gone["state"] == "revoked"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"kind": "invite", "role": "king"}, "invalid_input"),
        ({"kind": "invite", "seconds": 0}, "invalid_input"),
        ({"kind": "revoke"}, "not_found"),
        ({"kind": "revoke", "invitation": ""}, "not_found"),
    ],
)
async def test_what_cannot_be_done_with_invitations_is_said(page, plan, message, code):
    await plan()
    one = await page("plans", "pp", "session")
    assert (await one.ask(**message))["error"]["code"] == code


async def test_a_link_is_taken_back_by_its_whole_id_only(page, plan, ask):
    await plan()
    made = (await ask("plans/pp/invitations", {}))[1]
    one = await page("plans", "pp", "session")
    for invitation in ("", None, 5):
        answer = await one.ask(kind="revoke", invitation=invitation)
        assert answer["error"]["code"] == "not_found"
    [still] = (await one.ask(kind="invitations"))["invitations"]
    assert (still["id"], still["state"]) == (made["id"], "open")


class Asked:
    """A request as a handler sees it."""

    def __init__(self, origin):
        headers = HTTPHeaders({"Host": "hub.example.org", "Origin": origin})
        line = RequestStartLine("GET", "/", "HTTP/1.1")
        self.request = HTTPServerRequest(headers=headers, start_line=line)
        self.base_url = "/user/ada/"


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ("", "ws://hub.example.org/user/ada/peerplan/room"),
        ("http://hub.example.org", "ws://hub.example.org/user/ada/peerplan/room"),
        ("https://hub.example.org", "wss://hub.example.org/user/ada/peerplan/room"),
        ("https://evil.example.org", "ws://hub.example.org/user/ada/peerplan/room"),
    ],
)
def test_a_link_names_the_room_server_as_the_page_reaches_it(origin, address):
    assert room_address(Asked(origin)) == address
