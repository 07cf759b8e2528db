"""Artifacts from several peers, of whom some lie and some go."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from peerplan_jupyter.errors import (
    IntegrityError,
    NotFoundError,
    TooLargeError,
    UnreachableError,
)
from peerplan_jupyter.sync.mesh.artifacts import Artifacts
from peerplan_jupyter.sync.mesh.bulk import PIECE, Bulk

from ..conftest import eventually
from .conftest import gathering
from .test_bulk import Half, hash_of

DATA = os.urandom(5 * PIECE + 100)
HASH = hash_of(DATA)


class Source:
    """A peer that is asked: what it has under the hash, and after how many pieces it is gone."""

    def __init__(self, file: Path | None, pieces: int | None = None) -> None:
        here, self.there = Half(), Half()
        here.other, self.there.other = self.there, here
        self.bulk = Bulk(here, lambda _: None, offers=True)
        self.wanted: list[int] = []
        """The offsets from which it was asked."""
        self._giving = Bulk(_Counted(self.there, self, pieces), lambda _: file, offers=False)

    async def run(self) -> None:
        ends = [asyncio.ensure_future(one.run()) for one in (self.bulk, self._giving)]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for one in ends:
            one.cancel()
        await asyncio.gather(*ends, return_exceptions=True)


class _Counted:
    """The channel of a source that goes after so many pieces."""

    def __init__(self, half: Half, source: Source, pieces: int | None) -> None:
        self._half, self._source, self._pieces = half, source, pieces

    async def send(self, message: Any) -> None:
        if isinstance(message, bytes) and self._pieces is not None:
            if self._pieces == 0:
                self._half.other.close()
                raise ConnectionResetError("gone")
            self._pieces -= 1
        await self._half.send(message)

    async def receive(self) -> Any:
        message = await self._half.receive()
        with suppress(TypeError, ValueError):
            said = json.loads(message)
            if said["type"] == "want":
                self._source.wanted.append(said["offset"])
        return message

    def close(self) -> None:
        self._half.close()


def play(sources: list[Source], script: Callable[[Artifacts], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with AsyncExitStack() as stack:
            for one in sources:
                task = asyncio.ensure_future(one.run())
                stack.callback(task.cancel)
            return await asyncio.wait_for(script(Artifacts(lambda: [s.bulk for s in sources])), 20)

    return asyncio.run(run())


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    """A file with these bytes."""

    def make(data: bytes) -> Path:
        path = tmp_path / hash_of(data)[7:20]
        path.write_bytes(data)
        return path

    return make


def test_who_gives_other_bytes_is_passed_over(file: Any) -> None:
    async def script(artifacts: Artifacts) -> bytes:
        return await artifacts.fetch(HASH)

    assert play([Source(file(b"lies")), Source(file(DATA))], script) == DATA


def test_who_has_nothing_but_other_bytes_is_told_from_who_has_nothing(file: Any) -> None:
    async def script(artifacts: Artifacts) -> None:
        await artifacts.fetch(HASH)

    with pytest.raises(IntegrityError):
        play([Source(file(b"lies")), Source(None)], script)
    with pytest.raises(NotFoundError):
        play([Source(None)], script)


def test_another_goes_on_from_where_the_first_went(file: Any) -> None:
    first, second = Source(file(DATA), pieces=2), Source(file(DATA))
    got: list[int] = []

    async def script(artifacts: Artifacts) -> bytes:
        return await artifacts.fetch(HASH, progress=got.append)

    assert play([first, second], script) == DATA
    assert (first.wanted, second.wanted) == ([0], [2 * PIECE])
    assert got == sorted(got)


def test_a_later_call_goes_on_from_where_all_went(file: Any) -> None:
    sources = [Source(file(DATA), pieces=2)]

    async def script(artifacts: Artifacts) -> bytes:
        with pytest.raises(UnreachableError):
            await artifacts.fetch(HASH)
        late = Source(file(DATA))
        running = asyncio.ensure_future(late.run())
        sources[:] = [late]
        data = await artifacts.fetch(HASH)
        running.cancel()
        assert late.wanted == [2 * PIECE]
        return data

    assert play(sources, script) == DATA


def test_a_beginning_that_was_a_lie_is_not_held_against_who_ends_it(file: Any) -> None:
    liar, honest = Source(file(os.urandom(len(DATA))), pieces=2), Source(file(DATA))

    async def script(artifacts: Artifacts) -> bytes:
        return await artifacts.fetch(HASH)

    assert play([liar, honest], script) == DATA
    assert honest.wanted == [2 * PIECE, 0]


def test_more_bytes_than_are_taken_are_dropped_and_the_next_is_asked(file: Any) -> None:
    async def script(artifacts: Artifacts) -> bytes:
        return await artifacts.fetch(HASH, most=len(DATA))

    assert play([Source(file(DATA * 2)), Source(file(DATA))], script) == DATA
    with pytest.raises(TooLargeError):
        play([Source(file(DATA * 2))], script)


def test_two_who_ask_for_the_same_do_not_mix_what_comes(file: Any) -> None:
    async def script(artifacts: Artifacts) -> list[bytes]:
        return list(await asyncio.gather(artifacts.fetch(HASH), artifacts.fetch(HASH)))

    assert play([Source(file(DATA))], script) == [DATA, DATA]


class Asked(dict[str, Path]):
    """Files that note who was asked for one."""

    def __init__(self, name: str, asked: list[str], files: dict[str, Path]) -> None:
        super().__init__(files)
        self._name, self._asked = name, asked

    def get(self, hash: str, default: Any = None) -> Any:  # noqa: A002
        self._asked.append(self._name)
        return super().get(hash, default)


def test_a_link_that_is_cut_in_the_middle_is_made_up_for_by_another_peer(file: Any) -> None:
    data = os.urandom(1_500_000)
    files, asked = {hash_of(data): file(data)}, list[str]()

    async def run() -> bytes:
        async with gathering() as room:
            ada = await room.enter("Ada")
            others = {
                name: await room.enter(name, "reviewer", files=Asked(name, asked, files))
                for name in ("Ben", "Cy")
            }
            await eventually(lambda: ada.paths == ["direct", "direct"])
            offsets: list[int] = []

            def progress(got: int) -> None:
                if got > 200_000 and not offsets:
                    offsets.append(got)
                    giver = others[asked[0]].me
                    [pair] = [one for one in ada.mesh._gathering.pairs if one.other == giver]
                    pair.cut()

            got = await ada.mesh.artifacts.fetch(hash_of(data), progress=progress)
            assert sorted(asked) == ["Ben", "Cy"]
            return got

    assert asyncio.run(run()) == data
