"""Telling a team server what runs: beside the work, never in its way."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from ...errors import PeerPlanError
from ..tasks.execution import Execution
from ..tasks.task import Task
from .events import Tell, warning

HEARTBEAT = 30.0
"""Seconds between two signs of life."""
FAREWELL = 3.0
"""Seconds that the last of them may take."""


class Notifier(Protocol):
    """A server that shows who runs what. Each call may raise a `PeerPlanError`."""

    def start(self, task: Task, execution: Execution) -> None:
        """A run begins."""

    def heartbeat(self, execution: Execution) -> None:
        """It goes on, and is as far as the execution says; its cost too."""

    def stop(self, execution: Execution) -> None:
        """It ended, for now at least."""


class Telling:
    """Calls a notifier from a thread of its own, in order, with copies. What fails is said once,
    and the rest is not tried any more until the run ends.
    """

    def __init__(self, notifier: Notifier | None, tell: Tell) -> None:
        self._notifier = notifier
        self._tell = tell
        self._calls: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._last: Execution | None = None
        self._thread = threading.Thread(target=self._work, name="team server", daemon=True)

    def start(self, task: Task, execution: Execution) -> None:
        """The run begins."""
        if self._notifier is not None:
            notifier, copy = self._notifier, self._copied(execution)
            self._calls.put(lambda: notifier.start(task, copy))
            self._thread.start()

    def progress(self, execution: Execution) -> None:
        """The run is farther than it was."""
        if self._notifier is not None:
            notifier, copy = self._notifier, self._copied(execution)
            self._calls.put(lambda: notifier.heartbeat(copy))

    def stop(self, execution: Execution) -> None:
        """The run ended. Waits a moment for the server, no longer."""
        if self._notifier is not None and self._thread.is_alive():
            notifier, copy = self._notifier, self._copied(execution)
            self._calls.put(lambda: notifier.stop(copy))
            self._calls.put(None)
            self._thread.join(FAREWELL)

    def _copied(self, execution: Execution) -> Execution:
        self._last = execution.model_copy(deep=True)
        return self._last

    def _work(self) -> None:
        try:
            while (call := self._next()) is not None:
                call()
        except PeerPlanError as error:
            self._tell(warning(f"The team server was not told: {error.message} Work goes on."))

    def _next(self) -> Callable[[], None] | None:
        notifier = self._notifier
        with contextlib.suppress(queue.Empty):
            return self._calls.get(timeout=HEARTBEAT)
        last = self._last
        return lambda: notifier.heartbeat(last) if notifier and last else None

    def __enter__(self) -> Telling:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._last is not None:
            self.stop(self._last)
