"""Reading folders of tasks in git, through one `cat-file --batch`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...git.objects import Found, ObjectReader, TreeEntry, parse_tree
from ..naming import PREFIX_PATTERN
from ..state.layout import EXECUTIONS, TASKS, is_telling

AT_ONCE = 64
"""How many folders are asked for at once."""
MAX_FILE = 1_000_000
"""Bytes of a file that are read."""

_task_folder = re.compile(
    rf"TASK(?:-{PREFIX_PATTERN})?-[0-9]{{3,9}}(?:\.[0-9A-Z]{{26}})?", re.IGNORECASE
)


@dataclass
class Folder:
    """A folder in git; one that is not there has no id."""

    oid: str
    files: dict[str, bytes | None] | None = None
    """The telling files of a task by their paths, None for one that is too large; None where they
    were not read.
    """
    blobs: list[tuple[str, str]] = field(default_factory=list)
    """The paths of these files, and their ids."""
    executions: str = ""
    """The id of the folder with executions in it."""


class FolderReader:
    """Reads folders in blocks; while one is worked on, git looks for the next."""

    def __init__(self, objects: ObjectReader) -> None:
        self._objects = objects

    def listing(self, commit: str) -> dict[str, str]:
        """Which tasks a commit has: the names of their folders, and what these are."""
        (found,) = self._objects.many([f"{commit}:{TASKS}"])
        return {
            entry.name: entry.oid
            for entry in _entries(found)
            if entry.is_tree and _task_folder.fullmatch(entry.name)
        }

    def folders(self, names: Sequence[str], known: Iterable[str] = ()) -> Iterator[Folder]:
        """The folder that each name leads to, in order. The files of one are read once, and never
        where its id is in `known`. Read it to its end before anything else is read.
        """
        read = {*known}
        asked = (names[at : at + AT_ONCE] for at in range(0, len(names), AT_ONCE))
        trees = self._objects.ahead((block, block) for block in asked)
        begun = ([_begun(found, read) for found in answers] for _, answers in trees)
        for block in self._with_files(self._with_executions(begun)):
            yield from block

    def _with_executions(self, blocks: Iterable[list[Folder]]) -> Iterator[list[Folder]]:
        asked = ((block, [one.executions for one in block if one.executions]) for block in blocks)
        for block, trees in self._objects.ahead(asked):
            owners = [one for one in block if one.executions]
            for folder, tree in zip(owners, trees, strict=True):
                found = [(f"{EXECUTIONS}/{one.name}", one) for one in _entries(tree)]
                folder.blobs += [(path, one.oid) for path, one in found if _is_read(path, one)]
            yield block

    def _with_files(self, blocks: Iterable[list[Folder]]) -> Iterator[list[Folder]]:
        asked = ((block, [oid for one in block for _, oid in one.blobs]) for block in blocks)
        for block, found in self._objects.ahead(asked, MAX_FILE):
            wanted = [(one, path) for one in block for path, _ in one.blobs]
            for (folder, path), blob in zip(wanted, found, strict=True):
                if folder.files is not None:
                    folder.files[path] = blob.data if blob else None
            yield block


def _begun(found: Found | None, read: set[str]) -> Folder:
    if found is None or found.kind != "tree":
        return Folder("")
    folder = Folder(found.oid)
    if found.oid not in read:
        read.add(found.oid)
        folder.files = {}
        for one in _entries(found):
            if _is_read(one.name, one):
                folder.blobs.append((one.name, one.oid))
            elif one.name == EXECUTIONS and one.is_tree:
                folder.executions = one.oid
    return folder


def _is_read(path: str, entry: TreeEntry) -> bool:
    return is_telling(path) and entry.is_file


def _entries(found: Found | None) -> list[TreeEntry]:
    if found is None or found.kind != "tree" or found.data is None:
        return []
    return parse_tree(found.data, len(found.oid) // 2)


def listing_text(entries: Mapping[str, str]) -> str:
    """A listing as it is kept; `listing_of` reads it."""
    return "\n".join(f"{name} {oid}" for name, oid in entries.items())


def listing_of(text: str) -> Iterator[tuple[str, str]]:
    """The names and the folders of a listing."""
    for line in text.split("\n") if text else ():
        name, _, oid = line.rpartition(" ")
        yield name, oid
