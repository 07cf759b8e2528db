"""What hostile guests send; see `test_hostile_guests.py`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import loro

from peerplan_jupyter.sync.codec import encode
from peerplan_jupyter.sync.deflated import deflated
from peerplan_jupyter.sync.fragments import split
from peerplan_jupyter.sync.frames import (
    Ack,
    Crdt,
    FragmentHeader,
    JoinRequest,
    UpdateStatus,
)
from peerplan_jupyter.sync.transports.relay import RelayLink

from ..sync.test_gate import ABORTS, nested
from .hostile import Attacker, answers, joined, update
from .test_meetings import PLAN

Attack = Callable[[Attacker, RelayLink], Awaitable[None]]
FLOOD = 1000


def bomb() -> bytes:
    """A snapshot that claims a hundred times its size."""
    document = loro.LoroDoc()
    document.get_map("values").insert("much", "0" * 20_000_000)
    return bytes(document.export(loro.ExportMode.Snapshot()))


def presence(**said: Any) -> bytes:
    store = loro.EphemeralStore(30_000)
    for key, value in said.items():
        store.set(key, value)
    return bytes(store.encode_all())


async def sends(attacker: Attacker, link: RelayLink, *blobs: bytes, crdt: Crdt = Crdt.LORO) -> None:
    await joined(attacker, link)
    for number, blob in enumerate(blobs):
        batch = number.to_bytes(8)
        if len(blob) > 15_000:
            await in_pieces(link, blob, batch, crdt)
        else:
            await link.control.send(update(PLAN, blob, batch, crdt))


async def in_pieces(link: RelayLink, blob: bytes, batch: bytes, crdt: Crdt) -> None:
    for frame in split(crdt, PLAN, batch, blob, 15_000):
        await link.control.send(encode(frame))


async def abort(attacker: Attacker, link: RelayLink) -> None:
    await sends(attacker, link, *[ABORTS.read_bytes()] * 3)


async def snapshot_bomb(attacker: Attacker, link: RelayLink) -> None:
    await sends(attacker, link, *[bomb()] * 3)


async def deep(attacker: Attacker, link: RelayLink) -> None:
    await sends(attacker, link, nested(300_000))


def much() -> bytes:
    document = loro.LoroDoc()
    document.get_map("annotations").insert("much", "x" * 2_100_000)
    document.commit()
    return bytes(document.export(loro.ExportMode.Updates(loro.VersionVector())))


async def huge(attacker: Attacker, link: RelayLink) -> None:
    await sends(attacker, link, much())


async def huge_deflated(attacker: Attacker, link: RelayLink) -> None:
    await sends(attacker, link, deflated(much()))


async def deflated_bomb(attacker: Attacker, link: RelayLink) -> None:
    whole = deflated(bytes(60_000_000))
    await sends(attacker, link, whole[:4] + (100_000).to_bytes(4) + whole[8:])


async def huge_presence(attacker: Attacker, link: RelayLink) -> None:
    said = presence(**{attacker.me: "x" * 5000})
    await sends(attacker, link, *[said] * 3, crdt=Crdt.EPHEMERAL)


async def much_presence(attacker: Attacker, link: RelayLink) -> None:
    said = presence(**{f"{attacker.me}{number}": "x" for number in range(300)})
    await sends(attacker, link, said, crdt=Crdt.EPHEMERAL)


async def anothers_presence(attacker: Attacker, link: RelayLink) -> None:
    await joined(attacker, link)
    await answers(link, 0.1)
    said = presence(**{attacker.target: [{"peer": "x", "actor": "y"}]})
    await sends(attacker, link, said, crdt=Crdt.EPHEMERAL)


async def frames(attacker: Attacker, link: RelayLink) -> None:
    await joined(attacker, link)
    ack = encode(Ack(Crdt.LORO, PLAN, bytes(8), UpdateStatus.OK))
    for _ in range(FLOOD):
        await link.control.send(ack)


async def texts(_: Attacker, link: RelayLink) -> None:
    for _ in range(FLOOD):
        await link.control.send("ping")


async def other_rooms(attacker: Attacker, link: RelayLink) -> None:
    for number in range(FLOOD):
        await link.control.send(encode(JoinRequest(Crdt.LORO, f"other{number}", b"", b"\x00")))


async def promises(attacker: Attacker, link: RelayLink) -> None:
    await joined(attacker, link)
    header = FragmentHeader(Crdt.LORO, PLAN, bytes(8), 8192, 2**32 - 1)
    await link.control.send(encode(header))


async def requests(_: Attacker, link: RelayLink) -> None:
    for number in range(2000):
        want = {"type": "want", "id": number + 1, "hash": "sha256:" + "0" * 64, "offset": 0}
        await link.bulk.send(json.dumps(want))
    await link.bulk.send("[" * 1000)


ENDS: tuple[Attack, ...] = (
    abort, snapshot_bomb, deep, huge, huge_deflated, deflated_bomb, huge_presence,
    much_presence,
    anothers_presence, frames, texts, other_rooms, promises, requests,
)  # fmt: skip
