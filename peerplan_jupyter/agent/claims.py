"""Claims: leases on tasks that agents hold while they work."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from ..coordination.config.schema import Mode
from ..coordination.naming import TaskId
from ..coordination.running.leases import Leases
from ..coordination.workspace import OrcWorkspace

Key = tuple[Path, str]


@dataclass(frozen=True)
class Claimed:
    """What came of a claim."""

    held: bool
    holders: tuple[str, ...]
    """Who else works on the task, in words."""
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Held:
    leases: Leases
    timer: threading.Timer
    seconds: float


class Claims:
    """The leases that agents of one server took, each for some time. All end with the server; any
    thread may use them. A lease is advisory: it keeps nobody from anything.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[Key, _Held] = {}

    def take(self, workspace: OrcWorkspace, task: TaskId, seconds: float) -> Claimed:
        """Take the lease on a task for this long, or begin its time anew."""
        if workspace.resolved.mode is Mode.SOLO:
            return Claimed(True, (), ("There is nobody to tell: this project is worked on alone.",))
        key = workspace.project.root, task.key
        with self._lock:
            if held := self._held.get(key):
                self._keep(key, held.leases, seconds)
                return Claimed(True, (), ())
            warnings: list[str] = []
            leases = Leases(
                workspace, task, workspace.person.tag, lambda event: warnings.append(event.text)
            )
            holders = tuple(leases.take())
            if holders:
                leases.release()
            else:
                self._keep(key, leases, seconds)
            return Claimed(not holders, holders, tuple(warnings))

    def renew(self, workspace: OrcWorkspace, task: TaskId) -> None:
        """Begin the time of a lease that is held anew."""
        key = workspace.project.root, task.key
        with self._lock:
            if held := self._held.get(key):
                self._keep(key, held.leases, held.seconds)

    def release(self, workspace: OrcWorkspace, task: TaskId) -> bool:
        """Give the lease back; whether it was held."""
        return self._release((workspace.project.root, task.key))

    def close(self) -> None:
        """Give all back. What takes time, such as telling a remote, goes on in a thread."""
        with self._lock:
            held, self._held = list(self._held.values()), {}
        for one in held:
            one.timer.cancel()
            threading.Thread(target=one.leases.release, name="giving a lease back").start()

    def _keep(self, key: Key, leases: Leases, seconds: float) -> None:
        if before := self._held.get(key):
            before.timer.cancel()
        timer = threading.Timer(seconds, self._release, (key,))
        timer.daemon = True
        timer.start()
        self._held[key] = _Held(leases, timer, seconds)

    def _release(self, key: Key) -> bool:
        with self._lock:
            held = self._held.pop(key, None)
        if held:
            held.timer.cancel()
            held.leases.release()
        return held is not None
