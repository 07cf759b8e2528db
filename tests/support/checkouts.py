"""What a person has in a checkout: nothing but the person may change it."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def untouched(folder: Path, *asked_to_write: str) -> Iterator[None]:
    """Nothing in here changes the index (byte for byte), HEAD, the stash, the branch checked
    out, the status, or what unstaged and untracked files hold; but for paths that the command
    was asked to write, such as `.orc`.
    """
    before = checkout_of(folder, *asked_to_write)
    yield
    assert checkout_of(folder, *asked_to_write) == before


def checkout_of(folder: Path, *without: str) -> dict[str, bytes]:
    """All that `untouched` compares, by what it is."""
    index = folder / _asked(folder, "rev-parse", "--git-path", "index").decode().strip()
    head = folder / _asked(folder, "rev-parse", "--git-path", "HEAD").decode().strip()
    paths = ["--", ".", *(f":(exclude){one}" for one in without)]
    listed = _asked(
        folder, "ls-files", "-z", "--others", "--modified", "--exclude-standard", *paths
    )
    return {
        "index": index.read_bytes() if index.exists() else b"",
        "HEAD": head.read_bytes(),
        "commit": _asked(folder, "rev-parse", "--verify", "--quiet", "HEAD"),
        "stash": _asked(folder, "stash", "list"),
        "status": _asked(folder, "status", "--porcelain=v2", "-z", "--untracked-files=all", *paths),
        **{name: _content(folder / name) for name in os.fsdecode(listed).split("\0") if name},
    }


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _asked(folder: Path, *args: str) -> bytes:
    """What git says, without writing what it learned into the index."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    done = subprocess.run(
        ["git", *args], cwd=folder, capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0 or args[0] == "rev-parse", done.stderr
    return done.stdout
