"""The processes of a demo: started with pipes, heard line by line, ended by their ids."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

Event = dict[str, Any]
GRACE_SECONDS = 10.0
LAST_SECONDS = 2.0
"""For what was killed to be gone."""


@dataclass(frozen=True)
class Ended:
    """A process that is over."""

    name: str
    code: int


class Processes:
    """Processes of their own sessions, so that Ctrl-C reaches only the demo, which ends them.

    What a process prints as JSON objects, one on a line, is an event; what else it says goes to
    its log. Leaving the `with` block ends all that still run, newest first.
    """

    def __init__(self, logs: Path) -> None:
        self.events: queue.Queue[Event | Ended] = queue.Queue()
        self._logs = logs
        self._running: list[tuple[subprocess.Popen[str], threading.Thread]] = []

    def start(
        self, name: str, command: Sequence[str], env: Mapping[str, str], cwd: Path
    ) -> subprocess.Popen[str]:
        """Start a process; its standard input stays open until it is ended."""
        log = (self._logs / f"{name}.log").open("a", encoding="utf-8")
        process = subprocess.Popen(
            command,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        listener = threading.Thread(target=self._listen, args=(name, process, log), daemon=True)
        listener.start()
        self._running.append((process, listener))
        return process

    def close(self) -> None:
        """End everything, politely first."""
        for process, _ in reversed(self._running):
            _end(process)
        for _, listener in self._running:
            listener.join(timeout=GRACE_SECONDS)
        self._running.clear()

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _listen(self, name: str, process: subprocess.Popen[str], log: IO[str]) -> None:
        assert process.stdout is not None  # noqa: S101
        with log, process.stdout:
            for line in process.stdout:
                event = _event(line)
                if event is None:
                    log.write(line)
                else:
                    self.events.put({"who": name, **event})
            self.events.put(Ended(name, process.wait()))


def _event(line: str) -> Event | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "event" in found else None


def _end(process: subprocess.Popen[str]) -> None:
    below = _below(process.pid)
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=GRACE_SECONDS)
    # The session may outlive its leader: kernels of a server, processes of a browser. A browser is
    # in a session of its own, and one that hangs outlives its driver too.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
    for one in below:
        with contextlib.suppress(psutil.Error):
            one.kill()
    psutil.wait_procs(below, timeout=LAST_SECONDS)
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    process.wait()


def _below(pid: int) -> list[psutil.Process]:
    """All that a process started, and what these did; none where it is over."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []
