"""Built scripts over HTTP, which browsers keep for as long as they are the same."""

from __future__ import annotations

from typing import ClassVar

from tornado import web

from .assets import asset, version
from .base import PlanAPIHandler


class ScriptHandler(PlanAPIHandler):
    """One of the built scripts."""

    script: ClassVar[str]

    @web.authenticated
    async def get(self) -> None:
        """JavaScript; `NotFoundError` if it was not built."""
        path = asset(self.script)
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("ETag", f'"{version(self.script)}"')
        if self.check_etag_header():
            self.set_status(304)
            self.finish()
            return
        self.finish(path.read_bytes(), set_content_type="text/javascript; charset=utf-8")

    def compute_etag(self) -> str | None:
        """Set above already."""
        return None
