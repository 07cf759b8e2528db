from __future__ import annotations

import json

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from peerplan_jupyter.jupyter.host import Settings
from peerplan_jupyter.sync.roomserver.settings import RoomSettings

ROOM = "mO0dTjp1Q4Kc8gh1X2Zv9w"
ELSEWHERE = {"Origin": "https://acme.github.io"}


@pytest.fixture
def host(jp_serverapp):
    [app] = jp_serverapp.extension_manager.extension_apps["peerplan_jupyter"]
    return app.host


@pytest.fixture
def enter(http_server, jp_http_port, jp_base_url, jp_serverapp, jp_asyncio_loop):
    """Open a socket at the rooms, with the server's token if `token`, and say something."""
    open_now = []

    async def _enter(*said, token=False, headers=None):
        url = f"ws://localhost:{jp_http_port}{jp_base_url}peerplan/room"
        if token:
            url += f"?token={jp_serverapp.identity_provider.token}"
        socket = await websocket_connect(HTTPRequest(url, headers=headers or {}))
        open_now.append(socket)
        for message in said:
            await socket.write_message(json.dumps(message))
        return socket

    async def close():
        for socket in open_now:
            socket.close()

    yield _enter
    jp_asyncio_loop.run_until_complete(close())


async def hear(socket):
    text = await socket.read_message()
    return socket.close_code if text is None else json.loads(text)


def join(peer, room=ROOM):
    return {"type": "join", "topic": room, "id": peer}


async def test_a_stranger_from_any_page_enters_a_room_to_which_somebody_here_invited(host, enter):
    host.rooms.allowed.allow(ROOM)
    reviewer = await enter(join("B"), headers=ELSEWHERE)
    assert await hear(reviewer) == {"type": "joined", "topic": ROOM, "iceServers": []}
    owner = await enter(join("A"), token=True)
    assert (await hear(owner))["type"] == "joined"
    await owner.write_message(json.dumps({"type": "publish", "topic": ROOM, "data": "hello"}))
    assert (await hear(reviewer))["data"] == "hello"


async def test_a_stranger_enters_no_other_room(host, enter):
    host.rooms.allowed.allow(ROOM)
    stranger = await enter(join("B", "another-room"))
    assert (await hear(stranger))["code"] == "forbidden"
    assert await hear(stranger) == 1008


async def test_without_any_invitation_no_stranger_gets_a_socket(host, enter):
    with pytest.raises(HTTPClientError) as error:
        await enter()
    assert error.value.code == 403
    host.rooms.allowed.allow(ROOM, expires=1)
    with pytest.raises(HTTPClientError) as error:
        await enter()
    assert error.value.code == 403


async def test_who_has_the_token_enters_every_room(enter):
    owner = await enter(join("A", "a-new-room"), token=True)
    assert (await hear(owner))["type"] == "joined"


async def test_a_cookie_from_another_page_makes_nobody_more_than_a_stranger(
    host, enter, jp_serverapp
):
    host.rooms.allowed.allow(ROOM)
    jp_serverapp.identity_provider.is_token_authenticated = lambda _: False
    from_elsewhere = await enter(join("A", "a-new-room"), token=True, headers=ELSEWHERE)
    assert (await hear(from_elsewhere))["code"] == "forbidden"
    from_here = await enter(join("A", "a-new-room"), token=True)
    assert (await hear(from_here))["type"] == "joined"


async def test_when_an_invitation_is_withdrawn_strangers_are_put_out(host, enter):
    host.rooms.allowed.allow(ROOM)
    stranger = await enter(join("B"))
    owner = await enter(join("A"), token=True)
    assert (await hear(stranger))["type"] == (await hear(owner))["type"] == "joined"
    host.rooms.allowed.withdraw(ROOM)
    assert (await hear(stranger))["code"] == "forbidden"
    assert await hear(stranger) == 1008
    assert await hear(owner) == {"type": "gone", "topic": ROOM, "id": "B"}


async def test_what_the_rooms_count_is_among_the_servers_metrics(enter, jp_fetch):
    await hear(await enter(join("A"), token=True))
    response = await jp_fetch("metrics")
    assert b"peerplan_room_members 1.0" in response.body


async def test_the_server_sends_peers_elsewhere_when_it_stops(host, enter):
    owner = await enter(join("A"), token=True)
    await hear(owner)
    await host.rooms.close()
    assert [await hear(owner), await hear(owner)] == [{"type": "drain"}, 1012]


def test_a_room_stays_open_for_its_longest_invitation():
    now = 100.0
    from peerplan_jupyter.sync.roomserver.admission import AllowedRooms

    rooms = AllowedRooms(clock=lambda: now)
    rooms.allow("room", 150)
    rooms.allow("room", 120)
    now = 140
    assert rooms.admits("room")
    now = 150
    assert not rooms.admits("room")
    assert rooms.closed
    rooms.allow("room", 0)
    rooms.allow("room", 160)
    now = 1e9
    assert rooms.admits("room")
    assert not rooms.closed


def test_by_default_no_stun_or_turn_server_is_named(tmp_path):
    assert Settings(tmp_path).rooms == RoomSettings()
    assert RoomSettings().stun_urls == RoomSettings().turn_urls == ()
