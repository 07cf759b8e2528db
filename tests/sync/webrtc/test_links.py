"""Two ends of ours, by each library and across both."""

from __future__ import annotations

import asyncio
import gc
import logging
import re
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from peerplan_jupyter.errors import InvalidInputError, TooLargeError
from peerplan_jupyter.sync.transports.channel import FRAME_BYTES
from peerplan_jupyter.sync.transports.webrtc import (
    DirectLink,
    IceServer,
    Settings,
    answer,
    offer,
)

from ..conftest import eventually
from .conftest import require
from .raw import raw_offers

MESSAGES: list[bytes | str] = ["text", b"bytes", "", b"", "🙂 and ü", bytes(FRAME_BYTES), "end"]


@pytest.mark.parametrize("ends", ["aiortc aiortc", "wrtc wrtc", "aiortc wrtc", "wrtc aiortc"])
def test_messages_travel_both_ways_on_both_channels_in_their_order(pair: Any, ends: str) -> None:
    one, other = map(require, ends.split())

    async def run() -> None:
        async with pair(Settings(backend=one), backend=other) as (first, second):
            assert first.binding == second.binding
            assert len(first.binding) == 32
            assert (first.path, second.path) == ("direct", "direct")
            for here, there in ((first, second), (second, first)):
                for name in ("control", "bulk"):
                    for message in MESSAGES:
                        await getattr(here, name).send(message)
                    got = [await getattr(there, name).receive() for _ in MESSAGES]
                    assert got == MESSAGES

    asyncio.run(run())


def test_what_was_said_before_the_link_was_open_is_heard_first(
    settings: Settings,
) -> None:
    """Libraries drop what comes before somebody listens."""

    async def run() -> None:
        def to_first(signal: dict[str, Any]) -> None:
            ends[1].signal(signal)

        ends = [await answer(to_first, settings=settings)]
        ends.append(await offer(ends[0].signal, settings=settings))
        for end in ends:
            await end.control.send("first")
            await end.bulk.send("first")
        for end in ends:
            await end.opened()
            assert await end.control.receive() == await end.bulk.receive() == "first"
        ends[0].close()
        await asyncio.gather(*(end.wait_closed() for end in ends))

    asyncio.run(run())


def test_no_two_links_have_the_same_binding(pair: Any, settings: Settings) -> None:
    async def run() -> None:
        async with pair(settings) as (one, _), pair(settings) as (other, _):
            assert one.binding != other.binding

    asyncio.run(run())


@pytest.mark.parametrize("message", [bytes(FRAME_BYTES + 1), "🙂" * (FRAME_BYTES // 4 + 1)])
def test_a_message_that_is_too_long_is_refused_here_and_the_link_lives_on(
    pair: Any, settings: Settings, message: bytes | str
) -> None:
    async def run() -> None:
        async with pair(settings) as (first, second):
            with pytest.raises(TooLargeError, match=r"A message of 163\d\d bytes; 16384 are"):
                await first.bulk.send(message)
            await first.bulk.send("short")
            assert await second.bulk.receive() == "short"

    asyncio.run(run())


def test_what_was_sent_before_a_close_arrives_and_then_the_end(
    pair: Any, settings: Settings
) -> None:
    async def run() -> None:
        async with pair(settings) as (first, second):
            for number in range(20):
                await first.control.send(bytes([number]) * FRAME_BYTES)
            first.close("enough")
            got = [await second.control.receive() for _ in range(21)]
            assert [one[0] for one in got[:-1]] == list(range(20))
            assert got[-1] is None
            assert await second.bulk.receive() is None
            assert await first.wait_closed() == "enough"
            assert await second.wait_closed() == "The other peer closed the connection."

    asyncio.run(run())


def test_what_comes_over_one_channel_after_the_end_of_the_other_is_read(
    settings: Settings,
) -> None:
    """libwebrtc ends an empty channel while another is still full."""

    async def run() -> None:
        async with raw_offers(settings) as (link, raw):
            await asyncio.gather(link.opened(), raw.open.wait())
            raw.channels["bulk"].close()
            await eventually(lambda: raw.channels["bulk"].readyState == "closed")
            raw.channels["control"].send("the last word")
            raw.channels["control"].close()
            assert await link.control.receive() == "the last word"
            assert await link.control.receive() is None
            assert await link.wait_closed() == "The other peer closed the connection."

    asyncio.run(run())


def test_a_closed_link_takes_no_messages_and_can_be_closed_again(
    pair: Any, settings: Settings
) -> None:
    async def run() -> None:
        async with pair(settings) as (first, second):
            first.control.close()
            with pytest.raises(ConnectionError, match="This side closed the link"):
                await first.bulk.send("late")
            assert await first.control.receive() is None
            first.close("again")
            assert await first.wait_closed() == "This side closed the link."
            await second.wait_closed()
            with pytest.raises(ConnectionError, match="The other peer closed"):
                await second.control.send("late")

    asyncio.run(run())


def test_an_answer_follows_an_offer_and_candidates_end_with_null(settings: Settings) -> None:
    async def run() -> None:
        sent: dict[str, list[dict[str, Any]]] = {"offer": [], "answer": []}

        def carry(name: str, other: Any) -> Any:
            return lambda signal: (sent[name].append(signal), other().signal(signal))

        second = await answer(carry("answer", lambda: first), settings=settings)
        first = await offer(carry("offer", lambda: second), settings=settings)
        await asyncio.gather(first.opened(), second.opened())
        for name, signals in sent.items():
            assert signals[0]["type"] == name
            assert signals[0]["sdp"].count("a=fingerprint:sha-256 ") == 1
            assert signals[0]["sdp"].count("a=fingerprint:") == 1
            assert {one["type"] for one in signals[1:]} == {"candidate"}
            assert [one["candidate"] for one in signals[1:]].index(None) == len(signals) - 2
        first.close()
        await asyncio.gather(first.wait_closed(), second.wait_closed())

    asyncio.run(run())


def test_nobody_is_asked_for_an_address_unless_a_server_was_named(
    pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import aioice.ice

    async def ask(*given: Any) -> Any:
        raise AssertionError(f"{given[1]} was asked")

    monkeypatch.setattr(aioice.ice, "server_reflexive_candidate", ask)
    seen = []
    gather = aioice.ice.Connection.get_component_candidates

    def record(self: Any, *given: Any, **named: Any) -> Any:
        seen.append((self.stun_server, self.turn_server))
        return gather(self, *given, **named)

    monkeypatch.setattr(aioice.ice.Connection, "get_component_candidates", record)

    async def run() -> None:
        async with pair(Settings(backend="aiortc")):
            assert seen == [(None, None), (None, None)]

    asyncio.run(run())


def test_a_second_description_on_a_live_link_changes_nothing(settings: Settings) -> None:
    """As an ICE restart would send it: with another ufrag and password."""

    async def run() -> None:
        sent: list[tuple[int, dict[str, Any]]] = []
        ends: list[DirectLink] = []

        def carry(to: int, signal: dict[str, Any]) -> None:
            sent.append((to, signal))
            ends[to].signal(signal)

        ends.append(await answer(partial(carry, 1), settings=settings))
        ends.append(await offer(partial(carry, 0), settings=settings))
        await asyncio.gather(*(one.opened() for one in ends))
        for to, signal in [one for one in sent if "sdp" in one[1]]:
            changed = re.sub(r"(a=ice-(?:ufrag|pwd):)\S+", r"\1" + "x" * 24, signal["sdp"])
            ends[to].signal({**signal, "sdp": changed})
            ends[1 - to].signal({**signal, "sdp": changed})
        for here, there in (ends, ends[::-1]):
            await here.control.send("still here")
            assert await there.control.receive() == "still here"
        ends[0].close()
        await asyncio.gather(*(one.wait_closed() for one in ends))

    asyncio.run(run())


def test_servers_that_aiortc_does_not_ask_are_named() -> None:
    stun = [IceServer((f"stun:127.0.0.1:{port}",)) for port in (9, 10)]
    turn = IceServer(("turn:127.0.0.1:9", "turn:127.0.0.1:9?transport=tcp"), "user", "secret")

    async def said(backend: str, *servers: IceServer) -> list[str]:
        heard: list[str] = []
        settings = Settings(servers, backend=require(backend))
        link = await answer(lambda _: None, settings=settings, warn=heard.append)
        link.close()
        await link.wait_closed()
        return heard

    async def run() -> None:
        [warning] = await said("aiortc", *stun, turn)
        assert warning == (
            "Only the first STUN and the first TURN address are asked, not stun:127.0.0.1:10, "
            "turn:127.0.0.1:9?transport=tcp."
        )
        assert await said("aiortc", stun[0], IceServer(turn.urls[:1], "user", "secret")) == []
        assert await said("wrtc", *stun, turn) == []

    asyncio.run(run())


def test_sends_that_race_a_close_leave_no_error_behind(
    pair: Any, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async def pour(link: DirectLink) -> None:
        with suppress(ConnectionError):
            while True:
                await link.bulk.send(bytes(1000))
                await link.control.send("more")

    async def run() -> None:
        unheard: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, said: unheard.append(said))
        for number in range(6):
            async with pair(settings) as ends:
                pouring = [asyncio.ensure_future(pour(one)) for one in ends]
                await asyncio.sleep(0.005 * number)
                ends[number % 2].close()
                await asyncio.gather(*pouring)
        gc.collect()
        await asyncio.sleep(0)
        assert unheard == []

    with caplog.at_level(logging.WARNING):
        asyncio.run(run())
        gc.collect()
    assert [one.getMessage() for one in caplog.records] == []


def test_a_library_that_is_not_installed_is_named_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "webrtc", None)
    name = "peerplan_jupyter.sync.transports.webrtc.wrtc_backend"
    monkeypatch.delitem(__import__("sys").modules, name, raising=False)

    async def run() -> None:
        with pytest.raises(InvalidInputError, match="wrtc is not installed") as caught:
            await offer(lambda _: None, settings=replace(Settings(), backend="wrtc"))
        assert "pip install 'peerplan-jupyter[wrtc]'" in caught.value.hint

    asyncio.run(run())
