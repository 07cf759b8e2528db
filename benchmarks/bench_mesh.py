"""A room of many: everybody linked directly, beside everybody through the room server's relay.

    uv run python benchmarks/bench_mesh.py [MEMBERS…]

One owner and reviewers, each with a journal and a judge of its own, as at people's machines; here
they share this one, so that what all of them work is what they wait for. The owner and one reviewer
have a process each, which is watched; the others share a few. `star` is what peers beyond a full
mesh do: through the relay with the owner, who sends everything on.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.progress import track
from rich.table import Table

from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.sync.handshake import Ticket
from peerplan_jupyter.sync.invitation import Invitation
from peerplan_jupyter.sync.mesh import roster
from peerplan_jupyter.sync.mesh.mesh import Paths
from peerplan_jupyter.sync.mesh.standing import Standing

COUNTS = (3, 6, 12, 16)
WAYS = {"direct": (10**6, True), "relay, each with each": (10**6, False), "relay, star": (0, False)}
"""How many are linked each with each, and whether directly."""
CROWD = 4
BEFORE, CHANGES, WARM = 100, 30, 3
"""Annotations that are there, those that are measured, and those before these."""
EVERY, REST, PATIENCE = 0.4, 3.0, 300.0
COLUMNS = (
    "equal, s", "linked, s", "work to join, ms", "change p50, ms", "p95, ms",
    "work for a change, ms: member", "owner", "server", "MB: member", "server",
)  # fmt: skip
PLAN_TEXT = "\n\n".join(f"Paragraph {number} says something." for number in range(200))
SERVE = [sys.executable, "-m", "peerplan_jupyter.cli", "room-server", "--port", "0", "--json"]


class Member:
    """What the driver asks of a process."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.who = workspace, workspace.identity("human")
        self.actor = self.who.actor("Somebody")
        self.seen: dict[str, int] = {}
        self.full = 0
        workspace.peer.subscribe(self._changed)

    def ready(self) -> None:
        importlib.import_module("aiortc")

    def begin(self, plan: str, server: str) -> str:
        work = self.workspace
        work.run(work.create(CreatePlan(actor=self.actor, plan_id=plan, title="Bench",
                                        content=PLAN_TEXT)))  # fmt: skip
        for _ in range(BEFORE):
            self.write(plan)
        issued = work.run(work.inviting.invite(plan, self.who, "Owner", servers=[server]))
        return issued.url

    def enter(self, plan: str, link: str, full: int, direct: bool) -> None:
        roster.FULL = full
        room = self.workspace.rooms.get(plan)
        if room is not None:
            standing = self.workspace.inviting.standing(room)
        else:
            invitation = Invitation.parse(link, plan)
            ticket = Ticket(invitation.secret, plan, self.actor, self.who.key, invitation)
            standing = Standing.invited(ticket, invitation)
        self.workspace.run(self.workspace.meetings.enter(standing, Paths(direct=direct)))

    def state(self, plan: str) -> tuple[int, int]:
        """Links, and annotations."""

        def look(plans: Any) -> tuple[int, int]:
            [meeting] = self.workspace.meetings.rooms()
            links = sum(1 for one in meeting.mesh.members if one.path)
            return links, len(plans.get(plan).raw.values("annotations")) if plans.has(plan) else 0

        return self.workspace.peer.call(look)

    def write(self, plan: str) -> tuple[str, int]:
        said = {"op": "annotate", "type": "concern", "content": "As people write.",
                "target": {"type": "plan"}}  # fmt: skip
        operation, began = parse_operation(said, self.actor), time.monotonic_ns()
        done = self.workspace.run(self.workspace.submit(plan, operation))
        return done.change.news[0].id, began

    def when(self, ids: Sequence[str]) -> list[int | None]:
        return [self.seen.get(one) for one in ids]

    def leave(self, plan: str) -> None:
        self.workspace.run(self.workspace.meetings.leave(plan))
        self.seen.clear()

    def _changed(self, event: Any) -> None:
        now = time.monotonic_ns()
        for news in event.change.news if event.change else ():
            self.seen.setdefault(news.id, now)


def live(homes: Sequence[str]) -> None:
    with ExitStack() as stack:
        spaces = [stack.enter_context(Workspace(Home.under(Path(home)))) for home in homes]
        members = [Member(one) for one in spaces]
        for line in sys.stdin:
            number, name, arguments = json.loads(line)
            print(json.dumps(getattr(members[number], name)(*arguments)), flush=True)


class Process:
    """A process that was begun, and what it works."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process, self._usage = process, psutil.Process(process.pid)
        self._turn = asyncio.Lock()

    async def ask(self, *question: Any) -> Any:
        async with self._turn:
            assert self._process.stdin
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            return await self.heard()

    async def heard(self) -> Any:
        assert self._process.stdout
        return json.loads(await self._process.stdout.readline())

    @property
    def worked(self) -> float:
        """Milliseconds of a core, with what its judge of updates did."""
        family = [self._usage, *self._usage.children(recursive=True)]
        return 1000 * sum(sum(one.cpu_times()[:4]) for one in family)

    @property
    def megabytes(self) -> float:
        return float(self._usage.memory_info().rss) / 2**20


@dataclass(frozen=True)
class Seat:
    """A member, who may share a process."""

    process: Process
    number: int

    async def ask(self, command: str, *arguments: Any) -> Any:
        return await self.process.ask(self.number, command, arguments)


@asynccontextmanager
async def begun(*command: str) -> AsyncIterator[Process]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    try:
        yield Process(process)
    finally:
        process.kill()
        await process.wait()


async def everybody(members: Iterable[Seat], command: str, *arguments: Any) -> list[Any]:
    return await asyncio.gather(*(one.ask(command, *arguments) for one in members))


async def until(
    members: Sequence[Seat], plan: str, holds: Callable[[list[list[int]]], bool]
) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds(await everybody(members, "state", plan)):
            await asyncio.sleep(0.05)


async def spread(members: Sequence[Seat], plan: str, count: int, pause: float) -> list[float]:
    """Milliseconds until each change was at the last of the others."""
    made = []
    for number in range(count):
        writer = number * 7 % len(members)
        made.append((writer, *await members[writer].ask("write", plan)))
        await asyncio.sleep(pause)
    ids = [one for _, one, _ in made]
    seen = [[None]]
    async with asyncio.timeout(PATIENCE):
        while any(None in one for one in seen):
            await asyncio.sleep(0.05)
            seen = await everybody(members, "when", ids)
    return [
        max(times[at] - began for number, times in enumerate(seen) if number != writer) / 1e6
        for at, (writer, _, began) in enumerate(made)
    ]


async def joined(members: Sequence[Seat], plan: str, url: str, way: str) -> list[float]:
    """Seconds until all have the plan, and until all links are there; a member's work for that."""
    owner, watched, *_ = members
    full, direct = WAYS[way]
    link = await owner.ask("begin", plan, url)
    started, before = time.monotonic(), watched.process.worked
    await everybody(members, "enter", plan, link, full, direct)
    await until(members, plan, lambda told: all(has == BEFORE for _, has in told))
    equal = time.monotonic() - started
    wanted = len(members) - 1 if full else 1
    await until(members, plan, lambda told: all(links >= wanted for links, _ in told))
    linked = time.monotonic() - started
    return [equal, linked, watched.process.worked - before]


async def changed(members: Sequence[Seat], server: Process, plan: str) -> list[float]:
    """How long changes take, and what a member, the owner and the server work for each."""
    watched = [members[1].process, members[0].process, server]
    before = [one.worked for one in watched]
    took = sorted(await spread(members, plan, CHANGES, EVERY))
    work = [(late.worked - early) / CHANGES for late, early in zip(watched, before, strict=True)]
    p95 = took[len(took) * 95 // 100 - 1]
    return [statistics.median(took), p95, *work]


async def measure(members: Sequence[Seat], server: Process, url: str, way: str) -> list[str]:
    """A row of the table."""
    plan = f"bench-{time.monotonic_ns()}"
    found = await joined(members, plan, url, way)
    await spread(members, plan, WARM, EVERY)
    await asyncio.sleep(REST)
    found += await changed(members, server, plan)
    found += [members[1].process.megabytes, server.megabytes]
    await everybody(members, "leave", plan)
    await asyncio.sleep(1)
    digits = (1, 1, 0, 0, 0, 1, 1, 1, 0, 0)
    return [f"{one:.{to}f}" for one, to in zip(found, digits, strict=True)]


async def seated(stack: AsyncExitStack, folder: Path, count: int) -> list[Seat]:
    """The owner, the member that is watched, and the others."""
    homes = [str(folder / str(number)) for number in range(count)]
    crowd = [homes[2 + at :: CROWD] for at in range(min(CROWD, count - 2))]
    seats: list[Seat] = []
    for group in [[homes[0]], [homes[1]], *crowd]:
        command = [sys.executable, __file__, "member", *group]
        process = await stack.enter_async_context(begun(*command))
        seats += [Seat(process, number) for number in range(len(group))]
    # Each process has its share of every number of members.
    return seats[:2] + sorted(seats[2:], key=lambda seat: seat.number)


async def run(counts: Sequence[int], folder: Path) -> Table:
    table = Table("members", "links", *COLUMNS)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(begun(*SERVE))
        url = f"ws://127.0.0.1:{(await server.heard())['port']}/"
        members = await seated(stack, folder, max(counts))
        await everybody(members, "ready")
        for count, way in track(list(product(counts, WAYS)), "Measuring", transient=True):
            table.add_row(str(count), way, *await measure(members[:count], server, url, way))
    return table


def main() -> None:
    if sys.argv[1:2] == ["member"]:
        live(sys.argv[2:])
        return
    counts = [int(one) for one in sys.argv[1:]] or COUNTS
    loads = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory(prefix="peerplan-bench-") as folder:
        table = asyncio.run(run(counts, Path(folder)))
    loads.append(os.getloadavg()[0])
    said = f"load before {loads[0]:.1f}, after {loads[1]:.1f}, on {os.cpu_count()} cores"
    Console(width=130).print(table, said)


if __name__ == "__main__":
    main()
