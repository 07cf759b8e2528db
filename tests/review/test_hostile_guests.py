"""Guests who were let in, and then send what nobody should."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any

import pytest

from peerplan_jupyter.errors import ForbiddenError
from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.ids import new_id
from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.sync.codec import encode
from peerplan_jupyter.sync.frames import (
    Ack,
    Crdt,
    DocUpdate,
    Fragment,
    FragmentHeader,
    JoinRequest,
    JoinResponseOk,
    Leave,
    RoomError,
    RoomErrorCode,
    UpdateStatus,
)
from peerplan_jupyter.sync.introduction import Introduction
from peerplan_jupyter.sync.mesh import carrier
from peerplan_jupyter.sync.transports.relay import RelayLink

from ..sync.test_gate import ABORTS
from ..sync.test_gate import sealed as rehashed
from .attacks import ENDS, FLOOD, Attack, presence
from .hostile import Attacker, Person, answers, attacking, hears, joined, update
from .test_meetings import PLAN, User, room_server, server, soon, user
from .test_refusals import linked, told

__all__ = ["server", "user"]
MESSAGES = int(os.environ.get("PEERPLAN_HOSTILE_MESSAGES", "400"))


class Scene:
    """Ada's plan, with Ben in its room, and a link for whoever wants to come."""

    def __init__(self, ada: User, ben: User, link: str) -> None:
        self.ada, self.ben, self.link = ada, ben, link
        [meeting] = ada.workspace.meetings.rooms()
        self.target = meeting.mesh.me

    def copy(self) -> PlanDocument:
        """The plan as a guest has it."""
        blob = self.ada.workspace.peer.call(lambda plans: plans.get(PLAN).updates_since())
        return PlanDocument.load([blob])

    def change(self, person: Person, op: str, **fields: Any) -> bytes:
        operation = parse_operation({"op": op, **fields}, person.actor)
        return self.copy().apply(operation).update

    def annotated(self, person: Person) -> bytes:
        said = {"type": "concern", "content": "Why?", "target": {"type": "plan"}}
        return self.change(person, "annotate", **said)

    def play(self, script: Callable[[Attacker], Awaitable[Any]]) -> Any:
        async def run() -> Any:
            async with attacking(self.link, self.target) as attacker:
                return await script(attacker)

        return asyncio.run(run())

    def goes_on(self) -> None:
        """Ada and Ben are still linked, and hear each other."""
        said = f"Still there? {new_id()}"
        self.ben.does("annotate", type="question", content=said, target={"type": "plan"})
        soon(lambda: said in [one["content"] for one in self.ada.sees()["annotations"]])
        assert linked(self.ben) == 1


@pytest.fixture
def scene(user: Any, server: str) -> Scene:
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server))
    soon(lambda: linked(ben) == 1)
    return Scene(ada, ben, ada.invites(server))


def test_who_overstepped_stays_out_while_this_process_lives(scene: Scene, server: str) -> None:
    eve, fay = Person("Eve"), Person("Fay")

    async def script(attacker: Attacker) -> None:
        link = await attacker.link(eve)
        await joined(attacker, link)
        changed = scene.change(eve, "edit_title", title="Mine")
        await link.control.send(update(PLAN, changed))
        ended = await hears(link, lambda one: isinstance(one, RoomError))
        assert ended.code is RoomErrorCode.EVICTED
        assert "A reviewer may not write this" in ended.message
        for _ in range(2):
            with pytest.raises(ForbiddenError) as refused:
                await attacker.link(eve)
            assert refused.value.data["reason"] == "evicted"
        friend = await attacker.link(fay)
        await joined(attacker, friend)
        await friend.control.send(update(PLAN, scene.annotated(fay)))
        await hears(friend, lambda one: isinstance(one, Ack) and one.status is UpdateStatus.OK)

    scene.play(script)
    assert scene.ada.sees()["title"] == "Sessions"
    scene.link = scene.ada.invites(server)
    scene.play(lambda attacker: attacker.link(eve))
    scene.goes_on()


def test_a_user_who_is_put_out_reads_why_and_does_not_come_back(user: Any, server: str) -> None:
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server))
    ben.workspace.peer.call(lambda plans: setattr(plans, "guard", None))
    ben.does("edit_title", title="Mine")
    soon(lambda: "put out of its room" in told(ben))
    assert "A reviewer may not write this" in told(ben)
    ben.run(ben.workspace.meetings.leave(PLAN))
    ben.enters()
    soon(lambda: "put out of its room" in told(ben))
    ada.run(ada.workspace.meetings.leave(PLAN))
    ada.enters()
    soon(lambda: ada.workspace.meetings.rooms()[0].mesh.refusal is not None)
    assert linked(ada) == linked(ben) == 0
    assert ada.sees()["title"] == "Sessions"


def test_an_owner_whose_change_would_end_the_process_is_put_out(scene: Scene, server: str) -> None:
    scene.link = scene.ada.invites(server, role="owner")
    before = scene.ada.sees()

    async def script(attacker: Attacker) -> Any:
        link = await attacker.link(Person())
        await joined(attacker, link)
        await link.control.send(update(PLAN, ABORTS.read_bytes()))
        return await hears(link, lambda one: isinstance(one, RoomError))

    ended = scene.play(script)
    assert ended.code is RoomErrorCode.EVICTED
    assert ended.message == "The update would have ended the process that takes it in."
    assert scene.ada.sees() == before
    scene.goes_on()


def test_a_well_behaved_owner_may_change_everything(scene: Scene, server: str) -> None:
    scene.link = scene.ada.invites(server, role="owner")
    person = Person()

    async def script(attacker: Attacker) -> None:
        link = await attacker.link(person)
        await joined(attacker, link)
        await link.control.send(update(PLAN, scene.change(person, "edit_title", title="Ours")))
        await hears(link, lambda one: isinstance(one, Ack) and one.status is UpdateStatus.OK)

    scene.play(script)
    soon(lambda: scene.ben.sees()["title"] == "Ours")


def test_who_breaks_the_protocol_may_try_again_twice(scene: Scene) -> None:
    async def script(attacker: Attacker) -> None:
        clumsy = Person()
        for _ in range(3):
            link = await attacker.link(clumsy)
            await link.control.send(b"\x00no frame")
            await answers(link, 0.2)
        with pytest.raises(ForbiddenError, match="put out"):
            await attacker.link(clumsy)

    scene.play(script)
    scene.goes_on()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: Any) -> Any:
    """One scene for many attacks, each by somebody else."""
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("hostile")
        url = stack.enter_context(room_server())
        ada, ben = (
            User(stack.enter_context(Workspace(Home.under(folder / name))), name)
            for name in ("Ada", "Ben")
        )
        ada.begins()
        ben.joins(ada.invites(url))
        soon(lambda: linked(ben) == 1)
        yield Scene(ada, ben, ada.invites(url))


@pytest.mark.parametrize("attack", ENDS)
def test_hostile_guests_are_put_out_and_others_go_on(
    shared: Scene, attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The room server lets nobody through who sends as fast as links between peers allow.
    slow = replace(carrier.LIMITS, messages_per_second=50.0, burst=FLOOD // 2)
    monkeypatch.setattr(carrier, "LIMITS", slow)

    async def script(attacker: Attacker) -> None:
        link = await attacker.link(Person())
        await asyncio.to_thread(soon, lambda: linked(shared.ada) == 2)
        with suppress(ConnectionError):
            await attack(attacker, link)
        await asyncio.to_thread(soon, lambda: linked(shared.ada) == 1)

    shared.goes_on()
    before = shared.ada.sees() | {"annotations": []}
    shared.play(script)
    shared.goes_on()
    assert shared.ada.sees() | {"annotations": []} == before


class Changes:
    """Messages of a well-behaved guest, and what chance makes of them."""

    def __init__(self, scene: Scene, attacker: Attacker, seed: int) -> None:
        self._chance = random.Random(seed)
        self._person = Person()
        blob = scene.annotated(self._person)
        said = Introduction(peer=attacker.me).encode()
        store = presence(**{attacker.me: [{"peer": attacker.me}]})
        pieces = FragmentHeader(Crdt.LORO, PLAN, b"f" * 8, 2, len(blob))
        quoted = {"type": "text", "quote": {"exact": "Redis"}}
        about = {"type": "question", "content": "Which?", "target": quoted}
        self._updates = [blob, scene.change(self._person, "annotate", **about)]
        self.valid: list[bytes | str] = [
            "ping", "pong",
            *map(encode, (
                JoinRequest(Crdt.LORO, PLAN, said, b"\x00"),
                JoinRequest(Crdt.EPHEMERAL, PLAN, said, b""),
                DocUpdate(Crdt.LORO, PLAN, (blob,), b"u" * 8),
                DocUpdate(Crdt.EPHEMERAL, PLAN, (store,), b"p" * 8),
                pieces,
                Fragment(Crdt.LORO, PLAN, b"f" * 8, 0, blob[:100]),
                Fragment(Crdt.LORO, PLAN, b"f" * 8, 1, blob[100:]),
                Ack(Crdt.LORO, PLAN, b"u" * 8, UpdateStatus.OK),
                Leave(Crdt.EPHEMERAL, PLAN),
                RoomError(Crdt.LORO, PLAN, RoomErrorCode.REJOIN_SUGGESTED, "?"),
            )),
        ]  # fmt: skip

    def next(self) -> bytes | str:
        """A message that nobody would send."""
        chance = self._chance
        if chance.random() < 0.4:
            body = bytearray(chance.choice(self._updates))
            for _ in range(chance.randrange(1, 4)):
                body[chance.randrange(22, len(body))] = chance.randrange(256)
            return update(PLAN, rehashed(bytes(body)), chance.randbytes(8))
        message = chance.choice(self.valid)
        changed = self._changed(message if isinstance(message, bytes) else message.encode())
        return changed if isinstance(message, bytes) else changed.decode("utf-8", "replace")

    def _changed(self, data: bytes) -> bytes:
        chance = self._chance
        at = chance.randrange(len(data))
        other = chance.choice([one for one in self.valid if isinstance(one, bytes)])
        return chance.choice([
            data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :],
            data[:at], data[:at] + chance.randbytes(5) + data[at:],
            data[:at] + b"\xff" * 5 + data[at + 1 :], data + data, data[:at] + other, data[at:],
        ])  # fmt: skip


class Link:
    """A link of an attacker, of which it is known at once that the other side ended it."""

    def __init__(self, scene: Scene, attacker: Attacker) -> None:
        self._scene, self._attacker = scene, attacker
        self.loop = asyncio.get_running_loop()
        self.ended = asyncio.Event()
        self.made = 0

    async def begin(self) -> RelayLink:
        link = await self._attacker.link(Person())
        await joined(self._attacker, link)
        await hears(link, lambda one: isinstance(one, JoinResponseOk))
        self.ended.clear()
        self.made += 1
        return link

    def changed(self, _: str) -> None:
        """On Ada's thread."""
        [meeting] = self._scene.ada.workspace.meetings.rooms()
        here = [one.path for one in meeting.mesh.members if one.peer == self._attacker.me]
        if here == [None]:
            self.loop.call_soon_threadsafe(self.ended.set)

    async def over(self, link: RelayLink) -> bool:
        """Whether it ended, once the other side has read all that was sent."""
        await link.control.send("ping")
        answer = asyncio.ensure_future(hears(link, lambda one: one == "pong"))
        ended = asyncio.ensure_future(self.ended.wait())
        await asyncio.wait([answer, ended], return_when=asyncio.FIRST_COMPLETED, timeout=10)
        for task in (answer, ended):
            task.cancel()
        await asyncio.gather(answer, ended, return_exceptions=True)
        return self.ended.is_set()


def test_changed_messages_of_members_never_break_anything(shared: Scene) -> None:
    """As many as PEERPLAN_HOSTILE_MESSAGES says, in place of 400."""

    async def script(attacker: Attacker) -> int:
        changes, link = Changes(shared, attacker, 5), Link(shared, attacker)
        stop = shared.ada.workspace.meetings.subscribe(link.changed)
        current = await link.begin()
        for _ in range(MESSAGES // 2):
            await current.control.send(changes.next())
            await current.control.send(changes.next())
            if await link.over(current):
                current = await link.begin()
        stop()
        return link.made

    shared.goes_on()
    before = shared.ada.sees()
    assert shared.play(script) > MESSAGES // 20
    shared.goes_on()
    after = shared.ada.sees()
    for part in ("title", "content", "steps", "policy", "artifacts", "revisions"):
        assert after[part] == before[part]
