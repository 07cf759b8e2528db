"""Peers of a room keep one plan equal, whatever lies between them."""

from __future__ import annotations

import asyncio

import pytest

from peerplan_jupyter.sync.mesh.mesh import Paths

from ..conftest import eventually
from .conftest import RELAYED, gathering


@pytest.mark.parametrize("paths", [Paths(), RELAYED], ids=["direct", "relay"])
def test_two_peers_are_equal_after_each_wrote(paths: Paths) -> None:
    async def play() -> None:
        async with gathering() as room:
            ada = await room.enter("Ada", paths=paths)
            ada.put("before", "anybody came")
            ben = await room.enter("Ben", "reviewer", paths=paths)
            await eventually(lambda: "before" in ben.port.values)
            ben.put("answer", "yes")
            await eventually(lambda: "answer" in ada.port.values)
            assert ada.port.values == ben.port.values
            assert ada.paths == ben.paths == ["direct" if paths.direct else "relay"]
            assert [one.identity and one.identity.name for one in ada.mesh.members] == ["Ben"]
            assert [one.role for one in ada.mesh.members] == ["reviewer"]
            await eventually(lambda: set(ada.room.presence.states().values()) == {"Ada", "Ben"})

    asyncio.run(play())


def test_a_peer_that_leaves_is_forgotten_with_its_presence() -> None:
    async def play() -> None:
        async with gathering() as room:
            ada, ben = await room.enter("Ada"), await room.enter("Ben", "viewer")
            await eventually(lambda: len(ada.room.presence.states()) == 2)
            ben.mesh.close()
            await eventually(lambda: not ada.mesh.members)
            assert list(ada.room.presence.states().values()) == ["Ada"]

    asyncio.run(play())
