"""Invitations that are not for this room, or not any more, among real peers."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peerplan_jupyter.sync.invitation import Invitation, RoomSecret, issue
from peerplan_jupyter.sync.keys import did_of
from peerplan_jupyter.sync.mesh.mesh import Paths

from ..conftest import eventually
from .conftest import PLAN, RELAYED, Gathering, gathering, reason


def another_rooms(room: Gathering) -> Invitation:
    """Of the same owner, for the same plan."""
    return issue(room.key, RoomSecret.new(room.secret.owner), PLAN, "owner")


def another_plans(room: Gathering) -> Invitation:
    return issue(room.key, room.secret, "payments", "owner")


def a_members_own(room: Gathering) -> Invitation:
    """A member knows the room's secrets, and signs what only its owner may."""
    key = Ed25519PrivateKey.generate()
    return issue(key, RoomSecret(did_of(key), room.secret.salt, room.secret.key), PLAN, "owner")


@pytest.mark.parametrize("made", [another_rooms, another_plans, a_members_own])
def test_a_grant_for_something_else_lets_nobody_in(made: Any) -> None:
    async def play() -> None:
        async with gathering() as room:
            ada = await room.enter("Ada")
            eve = await room.enter("Eve", "reviewer", RELAYED, invitation=made(room))
            await eventually(lambda: reason(eve) == "unauthorized")
            assert not ada.room.peers()
            assert not eve.port.values

    asyncio.run(play())


def test_who_says_to_be_the_owner_without_the_key_is_not_let_in() -> None:
    async def play() -> None:
        async with gathering() as room:
            ada = await room.enter("Ada")
            eve = await room.enter("Eve", key=Ed25519PrivateKey.generate())
            await eventually(lambda: reason(eve) == "unauthorized")
            assert not ada.room.peers()

    asyncio.run(play())


def test_a_link_ends_with_its_grant_at_every_peer() -> None:
    async def play(paths: Paths) -> None:
        async with gathering() as room:
            ada, cy = await room.enter("Ada"), await room.enter("Cy", "viewer")
            until = int(time.time()) + 5
            given = issue(room.key, room.secret, PLAN, "reviewer", until)
            ben = await room.enter("Ben", "reviewer", paths, invitation=given)
            await eventually(lambda: ada.room.peers() == cy.room.peers() == ben.room.peers() == 2)
            assert time.time() < until
            await eventually(lambda: ben.room.peers() == 0)
            assert time.time() >= until
            await eventually(lambda: ada.room.peers() == cy.room.peers() == 1)
            await eventually(lambda: reason(ben) == "expired")

    async def both() -> None:
        await asyncio.gather(play(Paths()), play(RELAYED))

    asyncio.run(both())
