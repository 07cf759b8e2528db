"""File names of artifacts in a plan's folder."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

MAX_CHARACTERS = 200
"""A file name has fewer."""
MAX_BYTES = 255


_FORBIDDEN = re.compile(r'[/\\<>:"|?*\x00-\x1f\x7f]')
_RESERVED = {"", ".", "..", ".git", "plan.json", "plan.loro"}


def plain_name(name: str) -> str:
    """`name`, if it can be one file beside the plan; `ValueError` otherwise.

    The store has the full rules, for every system; these keep a plan publishable.
    """
    if name.casefold() in _RESERVED or name.startswith("-") or _FORBIDDEN.search(name):
        raise ValueError("it cannot be the name of a file in the plan's folder")
    return name


def hashed_name(name: str, sha256: str, digits: int = 8) -> str:
    """`name` with the first `digits` of its content's hash before the suffix:
    `shot.png` becomes `shot.3fa9c1d2.png`. Shortened where it would be too long.
    """
    path = PurePosixPath(name[-MAX_CHARACTERS * 2 :])
    tail = f".{sha256.removeprefix('sha256:')[:digits]}{path.suffix[:40]}"
    stem = (path.stem if path.suffix else path.name)[:MAX_CHARACTERS]
    while len(stem + tail) >= MAX_CHARACTERS or len((stem + tail).encode()) > MAX_BYTES:
        stem = stem[:-1]
    return stem + tail


def distinct(files: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """A name for each artifact, from `(id, wished name, hash)` in the order of their ids.

    The first keeps its name; another content under a name that differs at most in case, as it
    does on Windows and macOS, gets a content-hashed one. Every peer comes to the same names.
    """
    taken: dict[str, str] = {}
    names: dict[str, str] = {}
    for key, wished, sha256 in sorted(files):
        name, digits = wished, 8
        while taken.get(name.casefold(), sha256) != sha256:
            name, digits = hashed_name(wished, sha256, digits), digits * 2
        taken.setdefault(name.casefold(), sha256)
        names[key] = name
    return names
