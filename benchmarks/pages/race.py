"""Contestants in the same two pages: what is written in one is seen in the other."""

from __future__ import annotations

import random
from typing import Any

from playwright.async_api import Error, Page

from peerplan_jupyter.plan.ids import new_id

from .rooms import Given, room
from .stage import Stage

CONTESTANTS = ("raw", "ours", "plain", "y-webrtc", "jupyter")
PAUSE = (25.0, 75.0)
"""Milliseconds between two changes: a steady 20 a second would fall into step with the frames."""
Times = dict[str, list[float]]


class Race:
    """`shown`, `painted` and, of who shows ahead, `taken` hold milliseconds from a change on."""

    def __init__(self, stage: Stage, writer: Page, reader: Page) -> None:
        self.stage, self.writer, self.reader = stage, writer, reader
        self.shown: Times = {name: [] for name in CONTESTANTS}
        self.painted: Times = {name: [] for name in CONTESTANTS}
        self.taken: Times = {name: [] for name in CONTESTANTS}
        self.written = dict.fromkeys(CONTESTANTS, 0)

    async def enter(self, shared: Given, template: dict[str, Any]) -> None:
        """Let everybody meet. `shared` is what jupyter-collaboration's pages need, `template` an
        annotation as it is stored.
        """
        server = self.stage.server
        owner, reviewer = room(server, "/small.loro")
        unkept = room(server, "/small.loro", kept=False)
        met = {"server": server, "template": template}
        given: dict[str, tuple[Given, Given]] = {
            "raw": ({**met, "topic": new_id()},) * 2,
            "ours": (reviewer, owner),
            "plain": unkept,
            "y-webrtc": ({**met, "topic": new_id()},) * 2,
            "jupyter": ({**shared, "template": template},) * 2,
        }
        for name in CONTESTANTS:
            for page, told in zip((self.writer, self.reader), given[name], strict=True):
                await page.evaluate("([name, given]) => enter(name, given)", [name, told])
            for page in (self.reader, self.writer):
                await self._ready(page, name)

    async def _ready(self, page: Page, name: str) -> None:
        try:
            await page.wait_for_function("(name) => isReady(name)", arg=name)
        except Error:
            raise SystemExit(f"The two pages did not meet by {name}.") from None

    async def run(self, name: str, changes: int, *, counts: bool = True) -> None:
        """Write that often, at a human rate, and wait until all of it was painted."""
        pauses = [random.uniform(*PAUSE) for _ in range(changes)]
        first = self.written[name]
        self.written[name] += changes
        at = await self.writer.evaluate("(given) => write(...given)", [name, first, pauses])
        await self.reader.wait_for_function(
            "([name, count]) => seen(name) >= count", arg=[name, self.written[name]]
        )
        if counts:
            sights = await self.reader.evaluate("(given) => sights(...given)", [name, first])
            for one, then in zip(sights, at, strict=True):
                self.shown[name].append(one["shown"] - then)
                self.painted[name].append(one["painted"] - then)
                if one["taken"]:
                    self.taken[name].append(one["taken"] - then)

    async def size(self, name: str) -> float:
        """Bytes of a change."""
        total: int = await self.writer.evaluate("(name) => bytes(name)", name)
        return total / self.written[name]

    async def skew(self) -> dict[str, float]:
        """How far the reader's clock is `ahead` of the writer's, and how long it `took` to ask."""
        given: dict[str, tuple[Given, Given]] = {"server": self.stage.server, "topic": new_id()}
        await self.reader.evaluate("(given) => tellTime(given)", given)
        found: dict[str, float] = await self.writer.evaluate("(given) => skew(given)", given)
        return found
