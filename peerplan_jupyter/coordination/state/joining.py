"""Two ends of one writer's branch become one: two clones on a machine wrote without each other."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import InvalidInputError
from ...git.fast_import import Change, Delete, Keep, Write
from ...git.objects import ObjectReader, TreeEntry
from ..yamlfile import dump_yaml, parse_yaml
from .changes import Changes, changes_facts, clock_of, later, parse_changes
from .layout import CHANGES_FILE, EXECUTIONS, TASK_FILE, TASKS, task_path

FOLDER = "40000"


def joined(objects: ObjectReader, ours: str, theirs: str) -> list[Change]:
    """What turns the tree of the commit `theirs` into one that has all of `ours` too.

    Of one file, the later is kept. Two tasks that were given the same id keep a folder each: that
    of the task with the larger uid is named with it, and `orc doctor` gives it another id.
    """
    mine, other = objects.tree(f"{ours}:{TASKS}"), objects.tree(f"{theirs}:{TASKS}")
    found: list[Change] = []
    for name, entry in mine.items():
        if name not in other:
            found.append(Keep(task_path(name), entry.mode, entry.oid))
        elif other[name].oid != entry.oid:
            found += _Pair(objects, name, entry.oid, other[name].oid).changes()
    return found


class _Pair:
    """Two folders of one name."""

    def __init__(self, objects: ObjectReader, name: str, ours: str, theirs: str) -> None:
        self._objects = objects
        self._name = name
        self._ours = ours
        self._theirs = theirs
        self._mine, self._other = objects.tree(ours), objects.tree(theirs)

    def changes(self) -> Iterator[Change]:
        uid, other_uid = self._uid(self._mine), self._uid(self._other)
        if uid and other_uid and uid != other_uid:
            yield from self._apart(uid, other_uid)
            return
        for name, entry in self._mine.items():
            if name == EXECUTIONS:
                yield from self._executions(entry)
            elif name not in self._other or self._other[name].oid != entry.oid:
                yield from self._file(name, entry)

    def _apart(self, uid: str, other_uid: str) -> Iterator[Change]:
        if uid > other_uid:
            yield Keep(task_path(f"{self._name}.{uid}"), FOLDER, self._ours)
            return
        yield Keep(task_path(f"{self._name}.{other_uid}"), FOLDER, self._theirs)
        yield Delete(task_path(self._name))
        yield Keep(task_path(self._name), FOLDER, self._ours)

    def _file(self, name: str, entry: TreeEntry) -> Iterator[Change]:
        path = task_path(self._name, name)
        if name == CHANGES_FILE and name in self._other:
            merged = later(self._changes(entry), self._changes(self._other[name]))
            yield Write(path, dump_yaml(changes_facts(merged)).encode())
        else:
            yield Keep(path, entry.mode, entry.oid)

    def _executions(self, entry: TreeEntry) -> Iterator[Change]:
        folder = self._other.get(EXECUTIONS)
        other = self._objects.tree(folder.oid) if folder else {}
        for name, one in self._objects.tree(entry.oid).items():
            rival = other.get(name)
            if rival is None or clock_of(self._facts(one)) > clock_of(self._facts(rival)):
                yield Keep(task_path(self._name, EXECUTIONS, name), one.mode, one.oid)

    def _uid(self, tree: Mapping[str, TreeEntry]) -> str:
        return str(self._facts(tree[TASK_FILE]).get("uid", "")) if TASK_FILE in tree else ""

    def _changes(self, entry: TreeEntry) -> Changes:
        with contextlib.suppress(InvalidInputError):
            return parse_changes(self._objects.blob(entry.oid) or b"", entry.name)
        return {}

    def _facts(self, entry: TreeEntry) -> dict[str, Any]:
        """What a file says; nothing where it cannot be read, so that the other is kept."""
        try:
            return parse_yaml(self._objects.blob(entry.oid) or b"", entry.name)
        except InvalidInputError:
            return {}
