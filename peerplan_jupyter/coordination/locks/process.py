"""Which process something was done by, and whether it is still there."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .record import printable, seconds, texts


@dataclass(frozen=True)
class Process:
    """One process of one machine. The number alone would not do: it is given out again."""

    pid: int
    create_time: float | None
    """On Linux seconds since the machine began, elsewhere Unix seconds; None when unknown."""
    host: str
    boot_id: str
    """Processes with one host and one of these are numbered together; empty when unknown."""
    user: str

    @classmethod
    def here(cls) -> Process:
        """The process that asks."""
        return cls(os.getpid(), _own_create_time(os.getpid()), *_place(), _user())

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Process:
        """What `to_dict` gave. `ValueError` for anything else."""
        pid, created = data.get("pid"), data.get("create_time")
        if not isinstance(pid, int) or not 0 < pid < 1 << 31:
            raise ValueError(f"{pid!r} is not the number of a process")
        began = None if created is None else seconds(created)
        host, boot_id, user = texts(data, "host", "boot_id", "user")
        return cls(pid, began, host, boot_id, user)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "pid": self.pid,
            "create_time": self.create_time,
            "host": self.host,
            "boot_id": self.boot_id,
            "user": self.user,
        }

    def is_here(self) -> bool:
        """Whether it counts its processes as this machine does."""
        return (self.host, self.boot_id) == _place()

    def is_alive(self) -> bool | None:
        """Whether it runs. None when that cannot be judged from here: it is, or was, on another
        machine, in another container, or before this machine was started.
        """
        if not self.is_here():
            return None
        found = _look(self.pid)
        if found is None:
            return False
        return self.create_time is None or found == 0 or abs(found - self.create_time) < 0.005


@lru_cache(maxsize=1)
def _own_create_time(pid: int) -> float | None:
    return _look(pid) or None


@lru_cache(maxsize=1)
def _place() -> tuple[str, str]:
    return printable(_host()), _boot_id()


def _host() -> str:
    if hasattr(os, "uname"):
        return os.uname().nodename
    import socket  # noqa: PLC0415

    return socket.gethostname()


def _boot_id() -> str:
    """The start of the machine, and the container, since each numbers its processes by itself."""
    with contextlib.suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    return ""


@lru_cache(maxsize=1)
def _user() -> str:
    with contextlib.suppress(OSError, KeyError, ImportError):
        import getpass  # noqa: PLC0415

        return printable(getpass.getuser())
    return ""


def _look(pid: int) -> float | None:
    """When the process `pid` began, 0 when that is unknown, None when it has ended."""
    if sys.platform == "linux":
        return _look_linux(pid)
    return _look_elsewhere(pid)


def _look_linux(pid: int) -> float | None:
    # psutil counts from the wall clock here, so that a process seems another when that is set.
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return _look_without_proc(pid)
    fields = stat[stat.rindex(b")") + 2 :].split()
    if fields[0] in {b"Z", b"X"}:
        return None
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _look_without_proc(pid: int) -> float | None:
    """What a signal tells: `/proc` may hide the processes of others."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass
    return 0


def _look_elsewhere(pid: int) -> float | None:
    import psutil  # noqa: PLC0415

    try:
        process = psutil.Process(pid)
        ended = process.status() == psutil.STATUS_ZOMBIE
        return None if ended else float(process.create_time())
    except psutil.NoSuchProcess:
        return None
    except psutil.Error:
        return 0
