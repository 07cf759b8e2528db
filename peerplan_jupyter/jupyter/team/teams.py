"""Teams: what the server has of teams, made when it is first asked for, and off the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import PeerPlanError
from ..people import is_anonymous

if TYPE_CHECKING:
    from jupyter_server.auth.identity import User

    from ...coordination.server.board import Board, Reporter
    from ...coordination.server.dashboard import Repository

DATABASE = "team.sqlite"
FRESH = 10.0
"""Seconds for which the dashboard shows tasks as git had them."""


@dataclass(frozen=True)
class TeamSettings:
    """What the server's configuration says of teams; see the traits of `PeerPlanApp`."""

    presence: float = 90.0
    keep_days: float = 30.0


class Teams:
    """The board of a server, and the tasks of its repository. It keeps what it is told, and
    decides nothing.

    pydantic takes longer to import than a server should wait at its start, so it is imported by
    the first request, in a thread.
    """

    def __init__(self, root: Path, home: Path | None, settings: TeamSettings) -> None:
        self._root = root
        self._home = home
        self._settings = settings
        self._board: Board | None = None
        self._reading = threading.Lock()
        self._known: Repository | None = None
        self._stale = 0.0
        self._listeners: set[Callable[[], None]] = set()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener`, in some thread, when something was reported, until what is returned is
        called.
        """
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    async def report(self, user: User, kind: str, facts: dict[str, Any]) -> None:
        """Note what a user says of a run. `InvalidInputError` for what is no report."""
        await asyncio.to_thread(self._report, user, kind, facts)

    async def dashboard(self) -> dict[str, Any]:
        """All that was reported, and what it comes to."""
        return await asyncio.to_thread(self._dashboard)

    async def tasks(self, *, fetch: bool) -> dict[str, Any]:
        """`{"list"}`: the tasks of the repository at the server's root, or None without one."""
        return await asyncio.to_thread(self._tasks, fetch=fetch)

    async def close(self) -> None:
        """Close the board's file, if it was opened."""
        board, self._board = self._board, None
        if board is not None:
            await asyncio.to_thread(board.close)

    def _report(self, user: User, kind: str, facts: dict[str, Any]) -> None:
        from ...coordination.server.reports import Kind, parse_report  # noqa: PLC0415

        report = parse_report(kind, facts)
        self._opened().take(_reporter(user), Kind(kind), report)
        for listener in [*self._listeners]:
            listener()

    def _dashboard(self) -> dict[str, Any]:
        from ...coordination.server.dashboard import dashboard  # noqa: PLC0415

        entries, settings = self._opened().entries(), self._settings
        now, own = time.time(), self._repository()
        shown = dashboard(entries, now, settings.presence, settings.keep_days, own)
        return shown.model_dump(mode="json", exclude_none=True)

    def _tasks(self, *, fetch: bool) -> dict[str, Any]:
        from ...coordination.server.tasklist import task_list  # noqa: PLC0415

        with self._reading:
            found = task_list(self._root, fetch=fetch)
        return {"list": found.model_dump(mode="json", exclude_none=True) if found else None}

    def _repository(self) -> Repository | None:
        """The tasks as git has them, looked at every few seconds; none where they cannot be read,
        which the list of tasks says.
        """
        with self._reading:
            if time.monotonic() > self._stale:
                with contextlib.suppress(PeerPlanError):
                    self._known = _known(self._root)
                self._stale = time.monotonic() + FRESH
            return self._known

    def _opened(self) -> Board:
        from ...coordination.server.board import Board  # noqa: PLC0415
        from ...store.home import Home  # noqa: PLC0415

        board = self._board
        if board is None:
            home = Home.under(self._home) if self._home else Home.default()
            path = home.journal.with_name(DATABASE)
            board = self._board = Board(path, self._settings.keep_days)
        return board


def _known(root: Path) -> Repository | None:
    from ...coordination.server.dashboard import Repository  # noqa: PLC0415
    from ...coordination.server.projects import reported_project  # noqa: PLC0415
    from ...coordination.server.tasklist import task_list  # noqa: PLC0415
    from ...coordination.workspace import OrcWorkspace  # noqa: PLC0415

    found = task_list(root)
    if found is None:
        return None
    workspace = OrcWorkspace.open(root)
    remote = workspace.config.git.remote
    return Repository(reported_project(workspace.project, remote), found.tasks)


def _reporter(user: User) -> Reporter:
    """Nobody, for whoever came with the server's token only: Jupyter makes names up for them."""
    from ...coordination.server.board import Reporter  # noqa: PLC0415

    if is_anonymous(user):
        return Reporter()
    name = "".join(one for one in user.display_name or user.username if one.isprintable())
    return Reporter(user.username[:200], name.strip()[:200] or user.username[:200])
