"""A change in one page of Chromium until it is painted in another, and coming into a large plan.

    uv run python benchmarks/bench_pages.py

All contestants are in the same two pages and take turns: a bare data channel, this project, the
published y-webrtc, and jupyter-collaboration with its server. Ours shows what it is told ahead, and
below the table stands when the change itself is in the plan. What the pages do is in
`benchmarks/pages/`. Needs uv and npm; what it installs stays in that folder or is temporary.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench_document import plan_of
from pages.collaboration import collaboration
from pages.host import hosting
from pages.joins import Joins
from pages.race import CONTESTANTS, Race
from pages.rooms import PLAN, Given, room, small_plan
from pages.stage import Stage, install, stage
from rich.console import Console
from rich.table import Table

NAMES = {
    "raw": "a bare data channel, JSON",
    "ours": "ours: a reviewer's change, kept by both",
    "plain": "ours: the owner's change, kept by nobody",
    "y-webrtc": "y-webrtc 10.3, Yjs, kept by nobody",
    "jupyter": "jupyter-collaboration 5.0, kept by its server",
}
TAKEN = {"ours": "the reviewer's, judged by then:", "plain": "the owner's:"}
ROUNDS, CHANGES, WARMING = 20, 10, 20
MANY, JOINS = 10_000, 5
"""Annotations of the large plan, and how often it is come into."""


def p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


async def race(stage: Stage, shared: Given) -> Race:
    small = small_plan()
    reader, writer = await stage.page(), await stage.page()
    running = Race(stage, writer, reader)
    template = small.raw.record("annotations", small.annotations()[0].id) or {}
    await running.enter(shared, template)
    for name in CONTESTANTS:
        await running.run(name, WARMING, counts=False)
    for turn in range(ROUNDS):
        start = turn % len(CONTESTANTS)
        for name in CONTESTANTS[start:] + CONTESTANTS[:start]:
            await running.run(name, CHANGES)
    return running


async def race_table(running: Race) -> Table:
    title = "Milliseconds from a change in one page until it is in the other's DOM, and painted"
    columns = ("in the DOM: p50", "p95", "painted: p50", "p95", "ours / this: p50", "p95")
    table = Table("", "n", "bytes", *columns, title=title)
    own = running.painted["ours"]
    for name in CONTESTANTS:
        shown, painted = running.shown[name], running.painted[name]
        ratios = statistics.median(own) / statistics.median(painted), p95(own) / p95(painted)
        cells = (statistics.median(shown), p95(shown), statistics.median(painted), p95(painted))
        size = f"{await running.size(name):.0f}"
        numbers = (f"{one:.2f}" for one in (*cells, *ratios))
        table.add_row(NAMES[name], str(len(shown)), size, *numbers)
    return table


def taken(running: Race) -> str:
    found = [(running.taken[name], of) for name, of in TAKEN.items()]
    said = [f"{of} {statistics.median(took):.1f} ms (p95 {p95(took):.1f})" for took, of in found]
    return f"The change itself is in the reader's plan after {', '.join(said)}."


async def join(stage: Stage, many: bytes, home: Path) -> Joins:
    owner = await stage.page()
    own, reviewer = room(stage.server, "/many.loro")
    await owner.evaluate("(given) => enter('ours', given)", own)
    running = Joins(stage, owner, len(many))
    async with hosting(home, PLAN, many, stage.server) as hosted:
        for _ in range(JOINS):
            await running.from_page("page, bare")
            await running.plan("page, ours", reviewer)
            await running.from_python("Python, bare")
            await running.plan("Python, ours", hosted)
    await owner.context.close()
    return running


def join_table(running: Joins, size: int) -> Table:
    title = f"Milliseconds until {size / 1e6:.1f} MB, a plan with {MANY:,} annotations, are here"
    columns = ("open: p50", "all: p50", "worst", "to bare", "to bare and Loro's import", "goal")
    table = Table("from a", *columns, title=title)
    middle = {
        (way, what): statistics.median(one[what] for one in found)
        for way, found in running.found.items()
        for what in ("opened", "all")
    }
    for way, found in running.found.items():
        if any(one.get("annotations", MANY) != MANY for one in found):
            raise SystemExit("A page did not get the whole plan.")
        took, bare = middle[way, "all"], middle[way.replace("ours", "bare"), "all"]
        imported = statistics.median([one["bare"] for one in found if "bare" in one] or [0])
        worst = max(one["all"] for one in found)
        cells = [f"{middle[way, 'opened']:.0f}", f"{took:.0f}", f"{worst:.0f}"]
        ratios = [f"{took / bare:.2f}", f"{took / (bare + imported):.2f} ({imported:.0f} ms)"]
        own = way.endswith("ours")
        table.add_row(way, *cells, *(ratios if own else ("", "")), "≤ 1.5" if own else "reference")
    return table


async def main() -> None:
    started, console = time.perf_counter(), Console(width=140)
    install()
    many = plan_of(MANY).updates_since()
    files = {"small.loro": small_plan().updates_since(), "many.loro": many}
    with tempfile.TemporaryDirectory(prefix="peerplan-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "built").mkdir()
        with collaboration(folder) as shared:
            async with stage(files, folder / "built") as made:
                running = await race(made, shared)
                skew = await running.skew()
                console.print(await race_table(running))
                console.print(taken(running))
                ahead, took = skew["ahead"], skew["took"]
                console.print(f"The reader's clock is {ahead:+.3f} ms ahead, ±{took / 2:.3f}.")
                joined = await join(made, many, folder / "home")
                console.print(join_table(joined, len(many)))
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    took = time.perf_counter() - started
    console.print(f"{took:.0f} s, load {load} on {os.cpu_count()} cores")


if __name__ == "__main__":
    asyncio.run(main())
