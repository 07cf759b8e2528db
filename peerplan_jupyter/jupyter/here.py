"""What a page in front of a kernel asks the server: are these the same plans, and the interface."""

from __future__ import annotations

from tornado import web

from ..errors import NotFoundError
from .assets import INTERFACE, version
from .base import PlanAPIHandler
from .scripts import ScriptHandler


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


class InterfaceHandler(ScriptHandler):
    """The interface's bundle, for pages that cannot get it from a busy kernel."""

    script = INTERFACE


def _version() -> str:
    try:
        return version(INTERFACE)
    except NotFoundError:
        return ""
