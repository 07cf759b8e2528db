"""File names of artifacts in a plan's folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count

MAX_CHARACTERS = 200
"""A file name has fewer."""
MAX_BYTES = 255


_FORBIDDEN = re.compile(r'[/\\<>:"|?*\x00-\x1f\x7f]')
_RESERVED = {"", ".", "..", ".GIT", "PLAN.JSON", "PLAN.LORO"}


def plain_name(name: str) -> str:
    """`name`, if it can be one file beside the plan; `ValueError` otherwise.

    The store has the full rules, for every system; these keep a plan publishable.
    """
    if folded(name) in _RESERVED or name.startswith("-") or _FORBIDDEN.search(name):
        raise ValueError("it cannot be the name of a file in the plan's folder")
    return name


def folded(name: str) -> str:
    """Names with one folding are one name where case does not count.

    `casefold` would be the word for it; JavaScript has these two, which tell the same apart.
    """
    return name.lower().upper()


def hashed_name(name: str, sha256: str, digits: int = 8) -> str:
    """`name` with the first `digits` of its content's hash before the suffix:
    `shot.png` becomes `shot.3fa9c1d2.png`. Shortened where it would be too long.
    """
    stem, suffix = _parts(name)
    tail = f".{sha256.removeprefix('sha256:')[:digits]}{suffix[:40]}"
    stem = stem[:MAX_CHARACTERS]
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
        wishes = _wishes(wished, sha256)
        name = next(name for name in wishes if taken.get(folded(name), sha256) == sha256)
        taken[folded(name)] = sha256
        names[key] = name
    return names


def _wishes(wished: str, sha256: str) -> Iterator[str]:
    """Without end, so that nobody can take all of them."""
    yield wished
    for digits in (8, 16, 32, 64):
        yield hashed_name(wished, sha256, digits)
    for number in count(2):
        yield hashed_name(f"{number}-{wished}", sha256, 64)


def _parts(name: str) -> tuple[str, str]:
    """What is before the last dot and what begins with it; a dot at either end begins no suffix.

    Not `PurePath.suffix`, which changed in Python 3.14.
    """
    file = name[-MAX_CHARACTERS * 2 :].replace("/", "_")
    at = file.rfind(".")
    return (file[:at], file[at:]) if 0 < at < len(file) - 1 else (file, "")
