"""Getting what the team shares: what changed, and what of it the work tree can take."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ...errors import StorageError
from ...git.repository import Place
from ..project import Project
from .upstream import Upstream, shared_files

LINK = b"\0a link\0"


class Standing(StrEnum):
    """What becomes of a file that others changed."""

    TAKEN = "taken"
    """Nobody changed it here."""
    EDITED = "edited"
    """It was changed here too: git merges that, and nothing else does."""


@dataclass(frozen=True)
class Change:
    """A file of `.orc/shared` that is different on the remote's default branch; None where it is
    not there.
    """

    name: str
    here: bytes | None
    there: bytes | None
    standing: Standing

    @property
    def kind(self) -> str:
        """What others did to it."""
        return "added" if self.here is None else "removed" if self.there is None else "changed"


def changes(project: Project, upstream: Upstream) -> list[Change]:
    """What others changed since the commit that both sides have; what was changed only here is
    not in it.
    """
    there = shared_files(project, upstream.commit)
    before = _before(project, upstream)
    names = sorted({*there, *before})
    here = {name: _here(project.shared / name) for name in names}
    return [*_different(names, before, here, there)]


def is_pulled(project: Project, upstream: Upstream) -> bool:
    """Whether `git pull` brings it, and would refuse to where the work tree has it already: on the
    default branch, with no commits of one's own.
    """
    runner = project.runner
    branch = runner.run("symbolic-ref", "--quiet", "--short", "HEAD", check=False).text
    if branch != upstream.branch:
        return False
    ours = runner.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", check=False).text
    return ours != upstream.commit and Place(runner).is_ancestor(ours, upstream.commit)


def take(project: Project, found: Sequence[Change]) -> list[str]:
    """Put the changes that can be taken into the work tree; returns their names. A file that was
    changed meanwhile stays as it is. `StorageError` where one cannot be written.
    """
    taken = [one for one in found if one.standing is Standing.TAKEN]
    return [one.name for one in taken if _put(project.shared / one.name, one)]


def _before(project: Project, upstream: Upstream) -> dict[str, bytes]:
    done = project.runner.run("merge-base", "HEAD", upstream.commit, check=False)
    return {} if done.status else shared_files(project, done.text)


def _different(
    names: Sequence[str],
    before: Mapping[str, bytes],
    here: Mapping[str, bytes | None],
    there: Mapping[str, bytes],
) -> Iterator[Change]:
    for name in names:
        old, mine, theirs = before.get(name), here[name], there.get(name)
        if _same(mine, theirs) or _same(old, theirs):
            continue
        standing = Standing.TAKEN if _same(old, mine) else Standing.EDITED
        yield Change(name, mine, theirs, standing)


def _same(one: bytes | None, other: bytes | None) -> bool:
    """Whether two are equal but for how git was told to end lines here."""
    if one is None or other is None:
        return one is other
    return one.replace(b"\r\n", b"\n") == other.replace(b"\r\n", b"\n")


def _here(path: Path) -> bytes | None:
    try:
        return LINK if _is_linked(path) else path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}.") from None


def _is_linked(path: Path) -> bool:
    """Whether the path leads through a link; what is behind it is not ours to write to."""
    inside = path.parents[: len(path.parts) - path.parts.index(".orc") - 1]
    return any(one.is_symlink() for one in (path, *inside))


def _put(path: Path, change: Change) -> bool:
    if _here(path) != change.here:
        return False
    try:
        if change.there is None:
            path.unlink(missing_ok=True)
            return True
        path.parent.mkdir(parents=True, exist_ok=True)
        mine = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        try:
            mine.write_bytes(change.there)
            os.replace(mine, path)  # noqa: PTH105
        finally:
            with contextlib.suppress(FileNotFoundError):
                mine.unlink()
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}.") from None
    return True
