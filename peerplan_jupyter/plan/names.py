"""File names of artifacts in a plan's folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath


def hashed_name(name: str, sha256: str) -> str:
    """`name` made its content's own: `shot.png` becomes `shot.3fa9c1d2.png`.

    `sha256` is `sha256:` and hex, or the hex alone.
    """
    path = PurePosixPath(name)
    return f"{path.stem[:180]}.{sha256.removeprefix('sha256:')[:8]}{path.suffix[:20]}"


def distinct(files: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """A name for each artifact, from `(id, wished name, hash)` in the order of their ids.

    The first keeps its name; another content under a name that differs at most in case gets a
    content-hashed one. Every peer comes to the same names.
    """
    taken: dict[str, str] = {}
    names: dict[str, str] = {}
    for key, wished, sha256 in sorted(files):
        name = (
            wished
            if taken.get(wished.casefold(), sha256) == sha256
            else hashed_name(wished, sha256)
        )
        taken.setdefault(name.casefold(), sha256)
        names[key] = name
    return names
