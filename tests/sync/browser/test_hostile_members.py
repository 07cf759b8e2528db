"""Members who proved who they are and then send a page what nobody should."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import loro
import pytest

from peerplan_jupyter.sync.codec import encode
from peerplan_jupyter.sync.deflated import deflated
from peerplan_jupyter.sync.fragments import split
from peerplan_jupyter.sync.frames import (
    Crdt,
    DocUpdate,
    FragmentHeader,
    JoinRequest,
    JoinResponseOk,
)
from peerplan_jupyter.sync.introduction import Introduction
from peerplan_jupyter.sync.mesh.mesh import Mesh, Paths
from peerplan_jupyter.sync.transports.channel import PairLink

from ..conftest import DocPort
from ..mesh.conftest import PLAN, gathering
from .conftest import Play, enter, given

pytestmark = pytest.mark.timeout(180)
BATCH = b"\x01" * 8


def update(blob: bytes, batch: bytes = BATCH, crdt: Crdt = Crdt.LORO) -> bytes:
    return encode(DocUpdate(crdt, PLAN, (blob,), batch))


def snapshot() -> bytes:
    document = DocPort().doc
    document.get_map("values").insert("evil", "!")
    return bytes(document.export(loro.ExportMode.Snapshot()))


def forged() -> bytes:
    store = loro.EphemeralStore(30_000)
    store.set("somebody else", "I am evil")
    return store.encode_all()


async def joined(link: PairLink, me: str, crdt: Crdt = Crdt.LORO) -> None:
    """Enters the room as either side of a link may."""
    said = Introduction(peer=me).encode()
    await link.control.send(encode(JoinRequest(crdt, PLAN, said, b"\x00")))
    await link.control.send(encode(JoinResponseOk(crdt, PLAN, "write", b"\x00", said)))


async def noise(link: PairLink, _me: str) -> None:
    await link.control.send(random.Random(1).randbytes(3000))


async def snapshots(link: PairLink, me: str) -> None:
    await joined(link, me)
    for number in range(3):
        await link.control.send(update(snapshot(), bytes([number]) * 8))


async def promises(link: PairLink, me: str) -> None:
    await joined(link, me)
    await link.control.send(encode(FragmentHeader(Crdt.LORO, PLAN, BATCH, 8192, 2**32 - 1)))


async def deflated_bomb(link: PairLink, me: str) -> None:
    await joined(link, me)
    whole = deflated(bytes(60_000_000))
    blob = whole[:4] + (100_000).to_bytes(4) + whole[8:]
    for frame in split(Crdt.LORO, PLAN, BATCH, blob, 15_000):
        await link.control.send(encode(frame))


async def voices(link: PairLink, me: str) -> None:
    await joined(link, me, Crdt.EPHEMERAL)
    await link.control.send(update(forged(), crdt=Crdt.EPHEMERAL))


async def bulk(link: PairLink, _me: str) -> None:
    await link.bulk.send('{"type":"want"}')


Attack: TypeAlias = Callable[[PairLink, str], Awaitable[None]]
ATTACKS: tuple[Attack, ...] = (noise, snapshots, promises, deflated_bomb, voices, bulk)


class Hostile(Mesh):
    """Lets its links carry an attack in place of the plan."""

    attack: Attack = staticmethod(noise)

    async def carry(self, pair: Any, link: PairLink, _member: Any) -> None:
        reading = asyncio.ensure_future(drain(link))
        with contextlib.suppress(ConnectionError):
            await type(self).attack(link, self.me)
        await link.wait_closed()
        reading.cancel()
        pair.over.set()


async def drain(link: PairLink) -> None:
    while await link.control.receive() is not None:
        pass


@pytest.mark.parametrize("path", ["direct", "relay"])
def test_they_are_put_out_and_the_page_goes_on(
    browsing: Any, path: str, monkeypatch: pytest.MonkeyPatch, play: Play
) -> None:
    paths = Paths(direct=path == "direct")

    async def run() -> None:
        async with gathering() as home, browsing() as browser:
            page = await enter(await browser.page(), given(home, "Ada"))
            await page.do("put", "good", "x")
            for attack in ATTACKS:
                kind = type("Attacker", (Hostile,), {"attack": staticmethod(attack)})
                monkeypatch.setattr("tests.sync.mesh.conftest.Mesh", kind)
                hostile = await home.enter("Eve", "reviewer", paths=paths)
                evil = hostile.me
                await page.until(lambda state: evil in state["met"])  # noqa: B023 - awaited here
                await page.until(lambda state: not any(one["path"] for one in state["members"]))
                hostile.mesh.close()
            monkeypatch.undo()
            friend = await home.enter("Bob", "reviewer", paths=paths)
            await page.until(lambda state: state["connection"]["peers"] == 1)
            friend.put("also", "y")
            await page.has(good=1, also=1)
            await page.until(lambda state: set(state["present"]) == {page.me, friend.me})
            assert page.errors == []

    play(run())
