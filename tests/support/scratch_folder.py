"""Where tests keep their files: in memory, where there is room for them."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import psutil

MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that have to be free there, and twice as many in the memory as a whole."""
PREFIX = "peerplan-tests-"


def move_in() -> Path | None:
    """A folder in memory that takes all temporary files from now on, of this process and of those
    that it starts; what earlier runs left there is removed. None, and nothing changes, where
    `TMPDIR` says another place, or the memory has too little room or runs no programs, as that of
    containers.
    """
    if "TMPDIR" in os.environ or not _has_room():
        return None
    for one in MEMORY.glob(f"{PREFIX}*"):
        of = one.name.removeprefix(PREFIX)
        if of.isdecimal() and not psutil.pid_exists(int(of)):
            shutil.rmtree(one, ignore_errors=True)
    folder = MEMORY / f"{PREFIX}{os.getpid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    return folder


def _has_room() -> bool:
    if not os.access(MEMORY, os.W_OK):
        return False
    told = os.statvfs(MEMORY)
    runs = not told.f_flag & getattr(os, "ST_NOEXEC", 0)
    free = told.f_bavail * told.f_frsize >= ROOM
    return runs and free and psutil.virtual_memory().available >= 2 * ROOM
