"""Users whose room server is killed, slow, or a liar, with plans, roles and verdicts on copies."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from peerplan_jupyter.sync.mesh.mesh import Paths

from ..sync.mesh.liar import Liar, Said, lying
from ..sync.mesh.test_servers import ABOUT_SIGNALS, LIES, Lies, free_port
from .members import member, room_server
from .test_meetings import PLAN, User, soon, user
from .test_processes import meet
from .test_refusals import linked

__all__ = ["user"]


@contextmanager
def liar() -> Iterator[Liar]:
    """A room server that may lie, on a thread of its own."""
    loop, stack = asyncio.new_event_loop(), AsyncExitStack()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(10)

    try:
        yield run(stack.enter_async_context(lying()))
    finally:
        run(stack.aclose())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def gathered(user: Any, server: str, paths: Paths) -> list[User]:
    """Ada, and two reviewers, linked each with each."""
    everybody = ada, *guests = [user(name) for name in ("Ada", "Ben", "Cy")]
    ada.begins()
    link = ada.invites(server)
    for guest in guests:
        guest.run(guest.workspace.inviting.accept(link, PLAN, guest.identity, guest.name, ""))
    for one in everybody:
        room = one.workspace.inviting.rooms.get(PLAN)
        standing = one.workspace.inviting.standing(room)
        one.run(one.workspace.meetings.leave(PLAN))
        one.run(one.workspace.meetings.enter(standing, paths))
    for one in everybody:
        soon(lambda one=one: linked(one) == 2, 40)
        soon(lambda one=one: one.workspace.peer.call(lambda plans: plans.has(PLAN)), 40)
    return everybody


def says(one: User, words: str) -> None:
    one.does("annotate", type="question", content=words, target={"type": "plan"})


def calls(one: User) -> None:
    """Announces itself to everybody, who answer."""
    [meeting] = one.workspace.meetings.rooms()
    one.workspace.peer.call(lambda _: meeting.mesh.call())


def comments(one: User) -> list[str]:
    return sorted(said["content"] for said in one.sees()["annotations"])


def equal(everybody: list[User], count: int) -> bool:
    return all(len(comments(one)) == count and one.sees() == everybody[0].sees()
               for one in everybody)  # fmt: skip


PATHS = pytest.mark.parametrize("paths", [Paths(), Paths(direct=False)], ids=["direct", "relay"])


@PATHS
def test_whatever_a_room_server_makes_of_messages_changes_no_plan(user: Any, paths: Paths) -> None:
    with liar() as server:
        everybody = gathered(user, server.url, paths)
        lies, chance = Lies(server), random.Random(7)
        kinds = ABOUT_SIGNALS if paths.direct else LIES

        def lie(said: Said) -> list[Said]:
            return partial(chance.choice(kinds), lies)(said)

        server.lie = lie
        for number in range(15):
            for one in everybody:
                says(one, f"{one.name} {number}")
            calls(everybody[number % 3])
        assert server.told
        if not paths.direct:
            server.lie = lambda said: [said]
        soon(lambda: equal(everybody, 45), 90)


@PATHS
def test_a_room_server_that_is_slow_is_waited_for(user: Any, paths: Paths) -> None:
    with liar() as server:
        server.lag = 0.1
        everybody = gathered(user, server.url, paths)
        for number in range(10):
            for one in everybody:
                says(one, f"{one.name} {number}")
        soon(lambda: equal(everybody, 30), 60)


@pytest.mark.parametrize("direct", [True, False], ids=["direct", "relay"])
def test_a_room_server_that_is_killed_and_begun_anew_costs_nothing(
    tmp_path: Path, direct: bool
) -> None:
    port = free_port()
    with member(tmp_path / "ada", "Ada") as ada, member(tmp_path / "ben", "Ben") as ben:
        with room_server(port=port) as server:
            meet(ada, ben, server, direct=direct)
        for one in (ada, ben):
            told = one.has("room", lambda room: not room["live"], plan=PLAN)["told"]
            assert "The room server is away" in told
            one.ask("burst", plan=PLAN, count=10)
        with room_server(port=port):
            for one in (ada, ben):
                one.has("comments", lambda seen: len(seen) == 20, 60, plan=PLAN)
                one.has("room", lambda room: room["live"], plan=PLAN)
