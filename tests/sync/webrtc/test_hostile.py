"""What other ends may send that they should not."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from peerplan_jupyter.errors import ProtocolError, UnreachableError
from peerplan_jupyter.sync.codec import MAX_FRAME
from peerplan_jupyter.sync.transports.webrtc import Settings, answer, offer
from peerplan_jupyter.sync.transports.webrtc.backend import IMPOSTOR
from peerplan_jupyter.sync.transports.webrtc.link import DataChannel
from peerplan_jupyter.sync.transports.webrtc.negotiation import MAX_CANDIDATES

from .conftest import require
from .raw import BOTH, raw_answers, raw_offers

PRINT = "a=fingerprint:sha-256 " + ":".join(["AB"] * 32)
SDP = f"v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n{PRINT}\r\n"
CANDIDATE = "candidate:1 1 udp 2130706431 192.0.2.1 9 typ host"


@pytest.mark.parametrize(
    ("signal", "said"),
    [
        ({}, "malformed"),
        ({"type": "offer"}, "malformed"),
        ({"type": "offer", "sdp": 7}, "malformed"),
        ({"type": "bye", "sdp": SDP}, "'bye' is malformed"),
        ({"type": "offer", "sdp": SDP + "a=x\r\n" * 20_000}, "too long or has strange"),
        ({"type": "offer", "sdp": SDP + "s=x\rm=audio 9 x 0\r\n"}, "strange characters"),
        ({"type": "offer", "sdp": SDP + "s=x\u2028a=y\r\n"}, "strange characters"),
        ({"type": "offer", "sdp": SDP.replace("a=f", "s=a=f")}, "without one SHA-256"),
        ({"type": "offer", "sdp": "v=0"}, "A description of nothing"),
        ({"type": "offer", "sdp": SDP + "m=audio 9 x 0\r\n"}, "application, audio"),
        ({"type": "offer", "sdp": SDP.replace(PRINT, "")}, "without one SHA-256"),
        ({"type": "offer", "sdp": SDP.replace(":AB", "", 1)}, "without one SHA-256"),
        ({"type": "offer", "sdp": SDP + PRINT.replace("AB", "CD")}, "without one SHA-256"),
        ({"type": "offer", "sdp": SDP + "a=max-message-size:100\r\n"}, "that take 100 bytes"),
        ({"type": "candidate"}, "malformed"),
        ({"type": "candidate", "candidate": CANDIDATE}, "malformed"),
        ({"type": "candidate", "candidate": {"candidate": CANDIDATE}}, "malformed candidate"),
        ({"type": "candidate", "candidate": {"candidate": "x", "sdpMid": "0"}}, "malformed cand"),
        ({"type": "candidate", "candidate": {"candidate": CANDIDATE, "sdpMid": 0}}, "malformed"),
        (
            {"type": "candidate", "candidate": {"candidate": CANDIDATE, "sdpMLineIndex": 1}},
            "malformed",
        ),
        (
            {"type": "candidate", "candidate": {"candidate": CANDIDATE + " x" * 999, "sdpMid": ""}},
            "malformed candidate",
        ),
    ],
)
def test_a_malformed_signal_is_refused_and_changes_nothing(
    settings: Settings, signal: dict[str, Any], said: str
) -> None:
    async def run() -> None:
        link = await answer(lambda _: None, settings=settings)
        with pytest.raises(ProtocolError, match=said):
            link.signal(signal)
        assert link.reason is None
        link.close()
        await link.wait_closed()

    asyncio.run(run())


def test_a_description_that_the_library_does_not_understand_ends_the_link(
    settings: Settings,
) -> None:
    async def run() -> None:
        link = await answer(lambda _: None, settings=settings)
        link.signal({"type": "offer", "sdp": SDP})
        with pytest.raises(UnreachableError):
            await link.opened()

    asyncio.run(run())


def test_an_answer_that_nobody_asked_for_ends_the_link(settings: Settings) -> None:
    async def run() -> None:
        link = await answer(lambda _: None, settings=settings)
        link.signal({"type": "answer", "sdp": SDP})
        assert await link.wait_closed() == "An unexpected answer came."

    asyncio.run(run())


def test_more_candidates_than_any_machine_has_are_left_alone(settings: Settings) -> None:
    init = {"candidate": CANDIDATE, "sdpMid": "0", "sdpMLineIndex": 0}

    async def run() -> None:
        def to_first(signal: dict[str, Any]) -> None:
            ends[1].signal(signal)

        ends = [await answer(to_first, settings=settings)]
        ends.append(await offer(ends[0].signal, settings=settings))
        await asyncio.gather(*(end.opened() for end in ends))
        for end in ends:
            for _ in range(MAX_CANDIDATES + 50):
                end.signal({"type": "candidate", "candidate": init})
            end.signal({"type": "candidate", "candidate": None})
        await ends[0].control.send("still here")
        assert await ends[1].control.receive() == "still here"
        ends[0].close()
        await asyncio.gather(*(end.wait_closed() for end in ends))

    asyncio.run(run())


def test_candidates_that_lead_nowhere_do_no_harm(settings: Settings) -> None:
    nowhere = ["candidate:1 1 udp 1 no.such.host 9 typ host", "candidate:1 2 tcp 1 :: 0 typ relay"]

    async def run() -> None:
        def to_first(signal: dict[str, Any]) -> None:
            ends[1].signal(signal)
            for text in nowhere:
                init = {"candidate": text, "sdpMid": "0", "sdpMLineIndex": 0}
                ends[1].signal({"type": "candidate", "candidate": init})

        ends = [await answer(to_first, settings=settings)]
        ends.append(await offer(ends[0].signal, settings=settings))
        await asyncio.gather(*(end.opened() for end in ends))
        ends[0].close()
        await asyncio.gather(*(end.wait_closed() for end in ends))

    asyncio.run(run())


@pytest.mark.parametrize("backend", ["aiortc", "wrtc"])
@pytest.mark.parametrize("lies", ["offer", "answer"])
def test_an_end_that_is_not_the_one_described_is_not_linked(backend: str, lies: str) -> None:
    settings = Settings(backend=require(backend))

    def lie(signal: dict[str, Any]) -> dict[str, Any]:
        if signal["type"] == lies:
            wrong = re.sub(r"(sha-256 )\S+", r"\g<1>" + ":".join(["00"] * 32), signal["sdp"])
            return {**signal, "sdp": wrong}
        return signal

    async def run() -> None:
        def to_first(signal: dict[str, Any]) -> None:
            ends[1].signal(lie(signal))

        ends = [await answer(to_first, settings=settings)]
        ends.append(await offer(lambda signal: ends[0].signal(lie(signal)), settings=settings))
        deceived, other = ends if lies == "offer" else reversed(ends)
        with pytest.raises(UnreachableError) as caught:
            await deceived.opened()
        assert caught.value.message == IMPOSTOR
        other.close()
        await other.wait_closed()
        assert (deceived.binding, other.binding) == (b"", b"")

    asyncio.run(run())


def test_only_the_fingerprint_that_is_signed_is_looked_at(settings: Settings) -> None:
    """libwebrtc looks at the last of several: it must be the one in the binding."""

    def add(signal: dict[str, Any]) -> dict[str, Any]:
        if signal["type"] == "candidate":
            return signal
        other = "\r\na=fingerprint:sha-512 " + ":".join(["00"] * 64)
        return {**signal, "sdp": re.sub(r"(sha-256 \S+)", rf"\1{other}", signal["sdp"])}

    async def run() -> None:
        def to_first(signal: dict[str, Any]) -> None:
            ends[1].signal(add(signal))

        ends = [await answer(to_first, settings=settings)]
        ends.append(await offer(lambda signal: ends[0].signal(add(signal)), settings=settings))
        await asyncio.gather(*(end.opened() for end in ends))
        assert ends[0].binding == ends[1].binding
        ends[0].close()
        await asyncio.gather(*(end.wait_closed() for end in ends))

    asyncio.run(run())


@pytest.mark.parametrize(
    "channel",
    [
        {"label": "telephone"},
        {"label": "control"},
        {"label": "bulk", "ordered": False},
        {"label": "bulk", "maxRetransmits": 0},
    ],
)
def test_channels_that_were_not_agreed_on_end_the_link(
    settings: Settings, channel: dict[str, Any]
) -> None:
    async def run() -> None:
        async with raw_offers(settings, [{"label": "control"}, channel]) as (link, _):
            reason = await link.wait_closed()
            assert reason == f"The other peer opened a channel {channel['label']!r}."

    asyncio.run(run())


def test_messages_as_long_as_a_frame_are_taken_and_longer_ones_end_the_link(
    settings: Settings,
) -> None:
    async def run() -> None:
        async with raw_offers(settings) as (link, raw):
            await asyncio.gather(link.opened(), raw.open.wait())
            raw.sctp._remote_max_message_size = 0
            raw.channels["bulk"].send(bytes(MAX_FRAME))
            assert len(await link.bulk.receive() or b"") == MAX_FRAME
            raw.channels["bulk"].send(bytes(MAX_FRAME + 1))
            assert await link.bulk.receive() is None
            assert str(MAX_FRAME) in await link.wait_closed() or settings.backend == "wrtc"

    asyncio.run(run())


def test_a_message_that_never_ends_does_not_fill_the_memory(settings: Settings) -> None:
    async def run() -> None:
        async with raw_answers(settings) as (link, raw):
            await asyncio.gather(link.opened(), raw.open.wait())
            send = raw.sctp._send_chunk

            async def endless(chunk: Any) -> None:
                if hasattr(chunk, "user_data"):
                    chunk.flags &= ~1
                await send(chunk)

            raw.sctp._send_chunk = endless
            for _ in range(400):
                if raw.channels["bulk"].readyState == "open":
                    raw.channels["bulk"].send(bytes(16_000))
                await asyncio.sleep(0)
            reason = await asyncio.wait_for(link.wait_closed(), 30)
            assert "messages without end" in reason or settings.backend == "wrtc"

    asyncio.run(run())


def test_text_that_is_no_text_ends_that_link_alone(pair: Any, settings: Settings) -> None:
    async def run() -> None:
        async with pair(settings) as (first, second), raw_answers(settings) as (link, raw):
            await asyncio.gather(link.opened(), raw.open.wait())
            await raw.sctp._send(raw.channels["control"].id, 51, b"\xff\xfe")
            await first.control.send("fine")
            assert await second.control.receive() == "fine"
            if settings.backend == "aiortc":
                await link.wait_closed()

    asyncio.run(run())


def test_an_error_while_a_message_is_taken_is_logged_and_the_link_goes_on(
    pair: Any,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    arrived = DataChannel.arrived

    def fail(self: DataChannel, message: bytes | str) -> int:
        if message == "bad":
            raise RuntimeError("of the handler")
        return arrived(self, message)

    monkeypatch.setattr(DataChannel, "arrived", fail)

    async def run() -> None:
        async with pair(settings) as (first, second):
            await first.control.send("bad")
            await first.control.send("good")
            assert await second.control.receive() == "good"

    asyncio.run(run())
    assert "of the handler" in caplog.text


def test_both_channels_are_what_a_plain_end_needs(settings: Settings, eventually: Any) -> None:
    async def run() -> None:
        async with raw_offers(settings, BOTH) as (link, raw):
            await asyncio.gather(link.opened(), raw.open.wait())
            await link.control.send("to aiortc alone")
            raw.channels["bulk"].send(b"back")
            assert await link.bulk.receive() == b"back"
            await eventually(lambda: raw.log == [("control", "to aiortc alone")])

    asyncio.run(run())
