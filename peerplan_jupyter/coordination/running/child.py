"""Running one command to its end, which comes at the latest with ours."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

GRACE = 5.0
"""Seconds that a command has to end by itself when it is asked to."""
LINGERING = 2.0
"""Seconds for which the output of what a command left running is still read."""
CHUNK = 1 << 16
TIMED_OUT = 124
"""As `timeout` of coreutils says it."""


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, 128 and the number of a signal, or `TIMED_OUT`."""

    exit_code: int
    seconds: float
    timed_out: bool = False


def run_shell(
    command: str,
    folder: Path,
    environment: Mapping[str, str],
    out: Callable[[bytes], None],
    timeout: float,
) -> Ended:
    """Run `command` by the shell in `folder`; both its outputs go to `out`, in another thread.

    It runs in a session and process group of its own and has no input. Whatever ends this call,
    a signal or the time limit too, ends the group: it is asked to, and after `GRACE` killed.
    """
    began = time.monotonic()
    process = _started(command, folder, environment)
    reading = threading.Thread(target=_read, args=(process, out), daemon=True)
    reading.start()
    try:
        code, timed_out = process.wait(timeout), False
    except subprocess.TimeoutExpired:
        code, timed_out = TIMED_OUT, True
    finally:
        _end(process)
        reading.join(LINGERING)
    return Ended(128 - code if code < 0 else code, time.monotonic() - began, timed_out)


def _started(command: str, folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S602 (the line is the user's, what is put in is quoted)
        command,
        shell=True,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _read(process: subprocess.Popen[bytes], out: Callable[[bytes], None]) -> None:
    with cast("BinaryIO", process.stdout) as pipe, contextlib.suppress(OSError, ValueError):
        while data := os.read(pipe.fileno(), CHUNK):
            out(data)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the command's group; nothing is where it ended by itself."""
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
    _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.send_signal(number)
        else:
            os.killpg(process.pid, number)
