"""Letting the team know how far a run is: each change is recorded in this person's state branch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

from ...errors import PeerPlanError
from ..naming import TaskId
from ..state.writer import StateWriter
from ..tasks.execution import Execution

FAREWELL = 30.0
"""Seconds that the last states of a run may take to be sent."""


class StateSink:
    """Records at once, and sends from a thread of its own: work does not wait for a remote.

    What cannot be sent stays, and is sent with what comes next. `note` is told what to say of it.
    """

    def __init__(self, writer: StateWriter, note: Callable[[str], None], *, sends: bool) -> None:
        self._writer = writer
        self._note = note
        self._wanted = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._work, name="states", daemon=True)
        if sends:
            self._thread.start()

    def saved(self, execution: Execution, what: str) -> None:
        """Record it. What keeps it from being recorded does not keep the run from going on."""
        try:
            self._writer.record(TaskId.parse(execution.task), what, execution=execution)
        except PeerPlanError as error:
            self._note(f"Others do not see how far the run is: {error.message}")
            return
        self._wanted.set()

    def close(self) -> None:
        """Wait until all was sent, or could not be."""
        self._ended = True
        self._wanted.set()
        if self._thread.is_alive():
            self._thread.join(FAREWELL)

    def _work(self) -> None:
        ended = False
        while not ended:
            self._wanted.wait()
            self._wanted.clear()
            ended = self._ended
            try:
                published = self._writer.publish()
            except PeerPlanError as error:
                self._note(f"The state of the run was not sent: {error.message}")
                continue
            if published.note:
                self._note(published.note)

    def __enter__(self) -> StateSink:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
