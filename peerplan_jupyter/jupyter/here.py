"""What a page in front of a kernel asks the server: are these the same plans, and the interface."""

from __future__ import annotations

from tornado import web

from ..errors import NotFoundError
from .assets import INTERFACE, asset, version
from .base import PlanAPIHandler


class HereHandler(PlanAPIHandler):
    """Which journal this server writes to.

    A page whose kernel writes to the same one may talk to the server instead, which answers while
    a cell is running.
    """

    @web.authenticated
    async def get(self) -> None:
        """`{"journal", "version"}`; `version` is the interface's, empty if it was not built."""
        service = await self.host.service()
        self.finish({"journal": await service.journal(), "version": _version()})


class InterfaceHandler(PlanAPIHandler):
    """The interface's bundle, for pages that cannot get it from a busy kernel."""

    @web.authenticated
    async def get(self) -> None:
        """JavaScript; `NotFoundError` if it was not built."""
        path = asset(INTERFACE)
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("ETag", f'"{version(INTERFACE)}"')
        if self.check_etag_header():
            self.set_status(304)
            self.finish()
            return
        self.finish(path.read_bytes(), set_content_type="text/javascript; charset=utf-8")

    def compute_etag(self) -> str | None:
        """Set above already."""
        return None


def _version() -> str:
    try:
        return version(INTERFACE)
    except NotFoundError:
        return ""
