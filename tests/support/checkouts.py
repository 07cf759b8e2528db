"""What a person has in a checkout: nothing but the person may change it."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

_places = ("index", "HEAD", "logs/refs/stash")
_words_before_a_path = {b"1": 8, b"2": 9, b"u": 10, b"?": 1}
"""In a line of `git status --porcelain=v2`, by what it begins with."""


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
    asked = [word for place in _places for word in ("--git-path", place)]
    top, *places = _asked(folder, "rev-parse", "--show-toplevel", *asked).decode().splitlines()
    paths = ["--", ".", *(f":(exclude){one}" for one in without)]
    told = ["--porcelain=v2", "-z", "--branch", "--no-ahead-behind", "--untracked-files=all"]
    status = _asked(folder, "status", *told, *paths).split(b"\0")
    kept = [one for one in status if not one.startswith((b"# branch.ab", b"# branch.upstream"))]
    return {
        **{f"git {place}": _content(folder / place) for place in places},
        "status": b"\0".join(kept),
        **{name: _content(Path(top) / name) for name in _changed(kept)},
    }


def _changed(status: list[bytes]) -> list[str]:
    """The files that a status names."""
    parted = [(line, _words_before_a_path.get(line[:1])) for line in status]
    return [os.fsdecode(line.split(b" ", words)[-1]) for line, words in parted if words]


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _asked(folder: Path, *args: str) -> bytes:
    """What git says, without writing what it learned into the index."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    done = subprocess.run(
        ["git", *args], cwd=folder, capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
