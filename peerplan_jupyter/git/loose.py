"""A small commit without a process for it: its few objects as files of their own, as git puts them.

`git fast-import` writes a pack and starts another git that takes it apart again; that takes five
times as long, and comes to the same files. What is not as simple as here is left to it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
import zlib
from collections.abc import Mapping
from pathlib import Path

from .fast_import import NewCommit, Write
from .objects import TreeEntry, parse_tree

FILE = "100644"
FOLDER = "40000"
MOST = 20
"""Files of a commit; more are better in a pack."""
_algorithms = {40: "sha1", 64: "sha256"}


class NotLooseError(Exception):
    """What is needed is not there as a file of its own, or nothing may be put beside it so."""


class LooseObjects:
    """The objects of a repository that are files of their own."""

    def __init__(self, common_dir: Path, algorithm: str = "sha1") -> None:
        self._folder = common_dir / "objects"
        self._algorithm = algorithm

    def are_shared(self) -> bool:
        """Whether others of a group may write them, too."""
        return bool(self._folder.stat().st_mode & 0o020)

    def read(self, oid: str, kind: str) -> bytes:
        """An object of this kind; `NotLooseError` where it is none, or lies in a pack."""
        try:
            data = zlib.decompress((self._folder / oid[:2] / oid[2:]).read_bytes())
        except (OSError, zlib.error) as error:
            raise NotLooseError(oid) from error
        head, _, content = data.partition(b"\0")
        if head != b"%s %d" % (kind.encode(), len(content)):
            raise NotLooseError(oid)
        return content

    def write(self, kind: str, content: bytes) -> str:
        """Put an object there, whole or not at all, and return its id. One that is there already is
        marked as new, so that git does not clear it away. `NotLooseError` where it cannot be.
        """
        data = b"%s %d\0%s" % (kind.encode(), len(content), content)
        oid = hashlib.new(self._algorithm, data, usedforsecurity=False).hexdigest()
        place = self._folder / oid[:2] / oid[2:]
        try:
            os.utime(place)
        except FileNotFoundError:
            self._put(place, zlib.compress(data, 1))
        except OSError as error:
            raise NotLooseError(oid) from error
        return oid

    def _put(self, place: Path, data: bytes) -> None:
        # git clears away files of such names that a killed process left.
        mine = place.with_name(f"tmp_obj_{secrets.token_hex(6)}")
        try:
            place.parent.mkdir(exist_ok=True)
            handle = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            mine.replace(place)
        except OSError as error:
            with contextlib.suppress(OSError):
                mine.unlink(missing_ok=True)
            raise NotLooseError(str(place)) from error


def write_loose(common_dir: Path, commit: NewCommit) -> str | None:
    """Write a commit that has one parent and a few new files, and return its id; no ref leads to it
    then. None, with nothing done that matters, where that cannot be done so: a folder that it
    changes lies in a pack, or the repository is shared with others of a group, whose files git
    gives other permissions.
    """
    if len(commit.parents) != 1 or len(commit.changes) > MOST:
        return None
    files = {one.path: one.content for one in commit.changes if isinstance(one, Write)}
    small = {path: data for path, data in files.items() if isinstance(data, bytes)}
    if len(small) < len(commit.changes):
        return None
    (parent,) = commit.parents
    objects = LooseObjects(common_dir, _algorithms[len(parent)])
    try:
        if objects.are_shared():
            return None
        head = objects.read(parent, "commit").partition(b"\n")[0].decode()
        tree = _changed(objects, head.removeprefix("tree "), small)
        return objects.write("commit", _commit(commit, tree))
    except (NotLooseError, OSError):
        return None


def _changed(objects: LooseObjects, tree: str, files: Mapping[str, bytes]) -> str:
    """The id of a folder that is like `tree`, or empty without one, but with `files`."""
    known = parse_tree(objects.read(tree, "tree"), len(tree) // 2) if tree else []
    entries = {entry.name: entry for entry in known}
    below: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        name, inside, rest = path.partition("/")
        if inside:
            below.setdefault(name, {})[rest] = content
        else:
            entries[name] = TreeEntry(FILE, name, objects.write("blob", content))
    for name, inner in below.items():
        before = entries.get(name)
        tree = before.oid if before and before.is_tree else ""
        entries[name] = TreeEntry(FOLDER, name, _changed(objects, tree, inner))
    return objects.write("tree", b"".join(map(_line, sorted(entries.values(), key=_order))))


def _order(entry: TreeEntry) -> bytes:
    """Git orders folders as if their names ended with a stroke."""
    name = entry.name.encode("utf-8", "surrogateescape")
    return name + b"/" if entry.is_tree else name


def _line(entry: TreeEntry) -> bytes:
    name = entry.name.encode("utf-8", "surrogateescape")
    return b"%s %s\0%s" % (entry.mode.encode(), name, bytes.fromhex(entry.oid))


def _commit(commit: NewCommit, tree: str) -> bytes:
    stamp = f"{commit.author} {int(time.time())} +0000"
    parents = [f"parent {one}" for one in commit.parents]
    lines = [f"tree {tree}", *parents, f"author {stamp}", f"committer {stamp}", "", ""]
    return "\n".join(lines).encode() + commit.message.encode("utf-8", "replace")
