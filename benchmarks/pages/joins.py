"""Coming into a large plan, and the same bytes over a bare data channel."""

from __future__ import annotations

import asyncio
from typing import Any

from playwright.async_api import Page

from peerplan_jupyter.plan.ids import new_id

from .bare import give
from .rooms import Given
from .stage import Stage

Found = dict[str, list[dict[str, Any]]]


class Joins:
    """Each comes from a fresh page. `found` holds what each way took, see `join.ts`."""

    def __init__(self, stage: Stage, owner: Page, size: int) -> None:
        self._stage, self._owner, self._size = stage, owner, size
        self.found: Found = {}

    async def plan(self, way: str, given: Given) -> None:
        """Join a room whose owner has the plan."""
        await self._note(way, "join", given)

    async def from_page(self, way: str) -> None:
        """Take the bytes from the owner's page."""
        where = self._where()
        await self._owner.evaluate("([where, size]) => give(where, size)", [where, self._size])
        await self._note(way, "take", where, self._size)

    async def from_python(self, way: str) -> None:
        """Take the bytes from aiortc in this process."""
        where, ready = self._where(), asyncio.Event()
        giving = asyncio.create_task(give(where["server"], where["topic"], self._size, ready))
        await ready.wait()
        await self._note(way, "take", where, self._size)
        await giving

    def _where(self) -> dict[str, str]:
        return {"server": self._stage.server, "topic": new_id()}

    async def _note(self, way: str, function: str, *given: Any) -> None:
        page = await self._stage.page()
        took = await page.evaluate(f"(given) => {function}(...given)", list(given))
        self.found.setdefault(way, []).append(took)
        await page.context.close()
