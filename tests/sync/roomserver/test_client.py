"""A peer's client, when servers come, go, drain and misbehave."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RedirectHandler
from tornado.websocket import WebSocketHandler

from peerplan_jupyter.errors import InvalidInputError, TooLargeError
from peerplan_jupyter.sync.roomserver.hub import Hub
from peerplan_jupyter.sync.roomserver.limits import RoomLimits
from peerplan_jupyter.sync.transports.roomclient import RoomClient

from ..conftest import eventually
from .conftest import Peer, peers, serving, strangers

NOBODY = "ws://127.0.0.1:9/"


@asynccontextmanager
async def application(*routes: Any) -> AsyncIterator[str]:
    http = HTTPServer(Application(list(routes)))
    [listening] = bind_sockets(0, "127.0.0.1")
    http.add_socket(listening)
    try:
        yield f"ws://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        http.stop()
        await http.close_all_connections()


def states(peer: Peer) -> list[str]:
    return [one.state for one in peer.states]


def test_a_client_joins_again_when_its_server_is_back() -> None:
    async def run() -> None:
        async with serving() as first:
            port = first.port
            both = peers(first.url, "A", "B")
            [a, b] = await both.__aenter__()
            for connection in list(first.hub.connections):
                connection.cut()
            await eventually(lambda: states(a)[-3:] == ["offline", "connecting", "live"])
        await eventually(lambda: a.client.state.state == b.client.state.state == "offline")
        assert not a.client.publish("nobody hears this")
        with pytest.raises(ConnectionError):
            await a.client.send_frame("B", b"nor this")
        async with serving(port=port):
            await eventually(lambda: a.live and b.live)
            await a.client.send_frame("B", b"but this")
            await eventually(lambda: b.heard == [("A", b"but this")])
            await both.__aexit__(None, None, None)

    asyncio.run(run())


def test_a_client_takes_the_next_server_when_one_cannot_be_reached() -> None:
    async def run() -> None:
        async with serving() as server, peers([NOBODY, server.url], "A") as [a]:
            assert a.client.state.server == server.url
            assert "cannot be reached" in next(one.detail for one in a.states if one.detail)

    asyncio.run(run())


def test_a_client_goes_back_to_an_earlier_server_when_that_is_there_again() -> None:
    async def run() -> None:
        async with serving() as second:
            async with serving() as first:
                port = first.port
            servers = [first.url, second.url]
            async with peers(servers, "A", look_back=0.05) as [a]:
                assert a.client.state.server == second.url
                async with serving(port=port):
                    await eventually(lambda: a.live and a.client.state.server == first.url)
                    assert not second.hub.rooms

    asyncio.run(run())


def test_a_client_leaves_a_server_that_drains_before_it_is_closed() -> None:
    async def run() -> None:
        hub = Hub(RoomLimits(grace=30))
        async with (
            serving(hub) as first,
            serving() as second,
            peers([first.url, second.url], "A", "B") as [a, b],
        ):
            async with asyncio.timeout(10):
                await first.server.drain()
            await eventually(lambda: a.live and b.live)
            assert {a.client.state.server, b.client.state.server} == {second.url}
            assert a.client.publish("hello")
            await eventually(lambda: b.heard == [("A", "hello")])
            assert a.gone == b.gone == []

    asyncio.run(run())


def test_who_does_not_leave_a_server_that_drains_is_closed_at_the_end() -> None:
    async def run() -> None:
        hub = Hub(RoomLimits(grace=0.1))
        async with serving(hub) as server, strangers(server.url) as [one]:
            await one.subscribed("room")
            draining = asyncio.create_task(server.server.drain())
            assert await one.hear_rest() == [{"type": "drain"}, 1012]
            await draining
            async with peers(server.url, "A", wait=False) as [a]:
                await eventually(lambda: "cannot be reached" in a.client.state.detail)

    asyncio.run(run())


def test_a_client_follows_no_redirect_and_gives_headers_to_their_server_only() -> None:
    class Curious(WebSocketHandler):
        asked: list[str] = []

        def prepare(self) -> None:
            self.asked.append(self.request.headers.get("Authorization", ""))

        def open(self) -> None:
            self.close()

    async def run() -> list[str]:
        async with serving() as there, application((r"/", Curious)) as curious:
            elsewhere = there.url.replace("ws", "http", 1)
            moved = (r"/moved", RedirectHandler, {"url": elsewhere, "permanent": False})
            async with application(moved) as moving:
                tokens = {there.url: {"Authorization": "token secret"}}
                async with peers(
                    [f"{moving}moved", curious, there.url],
                    "A",
                    headers=lambda server: tokens.get(server, {}),
                ) as [a]:
                    assert a.client.state.server == there.url
                    assert "answered 302" in "".join(one.detail for one in a.states)
        return Curious.asked

    assert set(asyncio.run(run())) == {""}


def test_the_server_of_y_webrtc_serves_without_relaying(
    node_scripts: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("peerplan_jupyter.sync.transports.roomclient._ANSWER", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    async def run() -> None:
        process = await asyncio.create_subprocess_exec(
            *node_scripts("node_modules/y-webrtc/bin/server.js"),
            env={**os.environ, "PORT": str(port)},
            stdout=subprocess.DEVNULL,
        )
        try:
            async with peers(f"ws://127.0.0.1:{port}", "A", "B") as [a, b]:
                assert not a.client.state.relays
                assert a.client.publish("hello")
                await eventually(lambda: b.heard == [(None, "hello")])
                with pytest.raises(ConnectionError):
                    await a.client.send_frame("B", b"x")
        finally:
            process.terminate()
            await process.wait()

    asyncio.run(run())
    with pytest.raises(ConnectionRefusedError):  # nothing that it started is left
        socket.create_connection(("127.0.0.1", port))


def test_a_server_whose_answer_was_lost_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_ANSWER", "_CHECK"):
        monkeypatch.setattr(f"peerplan_jupyter.sync.transports.roomclient.{name}", 0.2)

    class Forgetful(WebSocketHandler):
        joins = 0

        def on_message(self, message: str | bytes) -> None:
            said = json.loads(message)
            self.joins += said["type"] == "join"
            if said["type"] == "ping":
                self.write_message({"type": "pong"})
            elif said["type"] == "join" and self.joins == 3:
                self.write_message({"type": "joined", "topic": said["topic"], "iceServers": []})

    async def run() -> None:
        async with application((r"/", Forgetful)) as url, peers(url, "A") as [a]:
            assert a.live
            await eventually(lambda: a.client.state.relays)

    asyncio.run(run())


@pytest.mark.parametrize(
    "said",
    ["rubbish", "[]", "[" * 100_000, b"\x09x", b"\x04room\x01A" + bytes(2_000_000)],
    ids=["text", "list", "deep", "frame", "huge"],
)
def test_a_server_that_talks_rubbish_is_left_for_the_next(said: str | bytes) -> None:
    class Mad(WebSocketHandler):
        def open(self) -> None:
            self.write_message(said, binary=isinstance(said, bytes))

    async def run() -> None:
        async with (
            serving() as sane,
            application((r"/", Mad)) as mad,
            peers([mad, sane.url], "A") as [a],
        ):
            assert a.client.state.server == sane.url

    asyncio.run(run())


def test_what_a_server_says_of_other_rooms_or_in_odd_types_is_ignored() -> None:
    class Odd(WebSocketHandler):
        def on_message(self, message: str | bytes) -> None:
            if '"join"' not in str(message):
                return
            for text in (
                '{"type":"publish","topic":"other","data":"x"}',
                '{"type":"publish","topic":"room","data":{"not":"text"}}',
                '{"type":"gone","topic":"room","id":7}',
                '{"type":"news"}',
                '{"type":"joined","topic":"room","iceServers":["no",{"urls":"stun:x"}]}',
                '{"type":"publish","topic":"room","data":"heard","from":["A"]}',
            ):
                self.write_message(text)
            self.write_message(b"\x05other\x01Bx", binary=True)

    async def run() -> None:
        async with application((r"/", Odd)) as url, peers(url, "A") as [a]:
            await eventually(lambda: a.heard == [(None, "heard")])
            assert a.gone == []
            assert a.client.ice_servers == [{"urls": "stun:x"}]

    asyncio.run(run())


def test_sending_waits_for_a_receiver_that_is_slow() -> None:
    async def run() -> None:
        limits = RoomLimits(bytes_per_second=200_000, byte_burst=100_000)
        async with serving(Hub(limits)) as server, peers(server.url, "A", "B") as [a, b]:
            sending = [asyncio.create_task(a.client.send_frame("B", bytes(60_000)))]
            sending += [
                asyncio.create_task(a.client.send_frame("B", bytes(60_000))) for _ in range(99)
            ]
            await eventually(sending[0].done)
            assert not sending[-1].done()
            await eventually(lambda: len(b.heard) > 3)
            for task in sending:
                task.cancel()

    asyncio.run(run())


def test_what_cannot_be_done_is_said_at_once() -> None:
    async def run() -> None:
        with pytest.raises(InvalidInputError):
            Peer([], "room", "A")
        async with serving() as server, peers(server.url, "A") as [a]:
            with pytest.raises(TooLargeError):
                await a.client.send_frame("B", bytes(256 * 1024 + 1))
        wrong: RoomClient = Peer(["http://127.0.0.1/"], "room", "A").client
        with pytest.raises(InvalidInputError, match="not the address of a WebSocket"):
            await wrong.run()

    asyncio.run(run())


def test_a_client_that_is_closed_while_it_connects_ends_at_once() -> None:
    async def run() -> None:
        silent = socket.create_server(("127.0.0.1", 0))
        client = Peer([f"ws://127.0.0.1:{silent.getsockname()[1]}/"], "room", "A").client
        running = asyncio.create_task(client.run())
        await asyncio.sleep(0.05)
        client.close()
        async with asyncio.timeout(2):
            await running
        silent.close()

    asyncio.run(run())


def test_what_was_said_before_the_end_is_sent() -> None:
    async def run() -> None:
        async with serving() as server, peers(server.url, "B") as [b]:
            async with peers(server.url, "A") as [a]:
                for number in range(50):
                    a.client.publish(f"{number}")
            await eventually(lambda: b.gone == ["A"])
            assert b.heard[-1] == ("A", "49")

    asyncio.run(run())
