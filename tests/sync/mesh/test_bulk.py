"""Artifacts between two peers, over real links."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from peerplan_jupyter.errors import NotFoundError, ProtocolError, UnreachableError
from peerplan_jupyter.sync.connection import Message
from peerplan_jupyter.sync.mesh.bulk import PIECE, Bulk


class Half:
    """One end of a channel in memory, which holds as few messages as a data channel does."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[Message | None] = asyncio.Queue(4)
        self.other: Half

    async def send(self, message: Message) -> None:
        await self.other.inbox.put(message)

    async def receive(self) -> Message | None:
        return await self.inbox.get()

    def close(self) -> None:
        self.inbox.put_nowait(None)


@asynccontextmanager
async def linked(**files: Path) -> AsyncIterator[tuple[Bulk, Half]]:
    """One who asks, and the channel of one who has these files under their hashes."""
    here, there = Half(), Half()
    here.other, there.other = there, here
    known = {hash_of(path.read_bytes()): path for path in files.values()}
    asking = Bulk(here, lambda _: None, offers=True)
    giving = Bulk(there, known.get, offers=False)
    running = [asyncio.ensure_future(one.run()) for one in (asking, giving)]
    try:
        yield asking, there
    finally:
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def hash_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


async def whole(bulk: Bulk, hash: str, offset: int = 0) -> bytes:  # noqa: A002
    return b"".join([piece async for piece in bulk.fetch(hash, offset)])


@pytest.mark.parametrize("offset", [0, 1, PIECE, 3 * PIECE + 5, 100_000])
def test_an_artifact_comes_whole_from_any_offset(tmp_path: Path, offset: int) -> None:
    data = bytes(range(250)) * 400
    (tmp_path / "log.txt").write_bytes(data)

    async def play() -> bytes:
        async with linked(log=tmp_path / "log.txt") as (bulk, _):
            return await whole(bulk, hash_of(data), offset)

    assert asyncio.run(play()) == data[offset:]


def test_what_the_other_peer_lacks_is_said() -> None:
    async def play() -> None:
        async with linked() as (bulk, _):
            with pytest.raises(NotFoundError):
                await whole(bulk, hash_of(b"nothing"))

    asyncio.run(play())


def test_a_transfer_that_is_given_up_stops_and_another_goes_on(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(3_000_000))
    (tmp_path / "small").write_bytes(b"small")
    files = {"large": tmp_path / "large", "small": tmp_path / "small"}

    async def play() -> bytes:
        async with linked(**files) as (bulk, _):
            async for _piece in bulk.fetch(hash_of(bytes(3_000_000))):
                break
            return await whole(bulk, hash_of(b"small"))

    assert asyncio.run(asyncio.wait_for(play(), 10)) == b"small"


def test_a_peer_that_ends_in_the_middle_is_told_from_one_that_gave_all(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(3_000_000))

    async def play() -> None:
        async with linked(large=tmp_path / "large") as (bulk, there):
            pieces = bulk.fetch(hash_of(bytes(3_000_000)))
            await anext(pieces)
            await there.send(json.dumps({"type": "stop", "id": 1}))
            with pytest.raises(UnreachableError):
                [piece async for piece in pieces]

    asyncio.run(asyncio.wait_for(play(), 10))


@pytest.mark.parametrize(
    "message",
    ["", "[]", "{}", '{"type":"want"}', '{"type":"want","id":-1}', "[" * 900, b"", b"\0\0\0\1"],
)
def test_what_is_no_message_about_artifacts_ends_the_channel(message: Message) -> None:
    async def play() -> None:
        half = Half()
        half.other = half
        half.inbox.put_nowait(message)
        with pytest.raises(ProtocolError):
            await Bulk(half, lambda _: None, offers=True).run()

    asyncio.run(play())


def test_asking_for_everything_at_once_ends_the_channel(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(3_000_000))
    large = hash_of(bytes(3_000_000))

    async def play() -> None:
        half, sink = Half(), Half()
        half.other, sink.other = sink, half
        half.inbox = asyncio.Queue()
        for number in range(1, 10):
            want = {"type": "want", "id": number, "hash": large, "offset": 0}
            half.inbox.put_nowait(json.dumps(want))
        with pytest.raises(ProtocolError):
            await Bulk(half, lambda _: tmp_path / "large", offers=True).run()

    asyncio.run(play())


def test_a_peer_that_pours_out_more_than_is_taken_is_cut_off() -> None:
    async def play() -> None:
        half, sink = Half(), Half()
        half.other, sink.other = sink, half
        half.inbox = asyncio.Queue()
        bulk = Bulk(half, lambda _: None, offers=True)
        pieces = bulk.fetch(hash_of(b"x"))
        half.inbox.put_nowait(json.dumps({"type": "have", "id": 1, "size": 10**9}))
        for _ in range(5000):
            half.inbox.put_nowait(b"\0\0\0\1" + b"x")
        waiting = asyncio.ensure_future(anext(pieces))
        await asyncio.sleep(0)
        with pytest.raises(ProtocolError):
            await bulk.run()
        await asyncio.gather(waiting, return_exceptions=True)
        await pieces.aclose()

    asyncio.run(asyncio.wait_for(play(), 10))
