from __future__ import annotations

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketHandler, websocket_connect

from peerplan_jupyter.jupyter.app import PeerPlanApp
from peerplan_jupyter.jupyter.host import Host, Settings
from peerplan_jupyter.jupyter.mcp import MCPEndpoint
from peerplan_jupyter.jupyter.routes import routes

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def addresses(tmp_path):
    host = Host(Settings(tmp_path))
    return [
        (pattern.replace("([^/]+)", "pp").replace("\\", "").removeprefix("/"), handler)
        for pattern, handler, _ in routes(host, MCPEndpoint(host))
    ]


@pytest.mark.parametrize("header", [{}, {"Authorization": "token wrong"}])
async def test_without_the_token_nothing_is_answered(jp_fetch, addresses, header):
    for address, _ in addresses:
        for verb in VERBS:
            with pytest.raises(HTTPClientError) as error:
                await jp_fetch(
                    *address.split("/"),
                    method=verb,
                    body=b"{}" if verb in {"POST", "PUT", "PATCH"} else None,
                    headers={"Authorization": "", **header},
                    follow_redirects=False,
                )
            # A verb that no handler has is refused before anybody is asked who they are.
            assert error.value.code in {401, 403, 405} or _asks_to_sign_in(error.value), address


def _asks_to_sign_in(error):
    return error.code == 302 and "/login?" in error.response.headers["Location"]


async def test_without_the_token_no_socket_opens(jp_ws_fetch, addresses):
    sockets = [address for address, kind in addresses if issubclass(kind, WebSocketHandler)]
    assert len(sockets) == 5
    for address in sockets:
        with pytest.raises(HTTPClientError) as error:
            await jp_ws_fetch(*address.split("/"), headers={"Authorization": "token wrong"})
        assert error.value.code == 403


async def test_a_page_of_another_origin_opens_no_socket(
    jp_serverapp, http_server, jp_http_port, jp_base_url, addresses
):
    cookie_only = {"Origin": "https://evil.example.org"}
    token = jp_serverapp.identity_provider.token
    request = HTTPRequest(
        f"ws://localhost:{jp_http_port}{jp_base_url}peerplan/api/events?token={token}",
        headers=cookie_only,
    )
    jp_serverapp.identity_provider.is_token_authenticated = lambda _: False
    with pytest.raises(HTTPClientError) as error:
        await websocket_connect(request)
    assert error.value.code == 403


def test_every_setting_says_what_it_means():
    for name, trait in PeerPlanApp.class_own_traits(config=True).items():
        assert len(trait.help) > 40, name
