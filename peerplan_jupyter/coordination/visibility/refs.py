"""Where in git something is said of tasks: one process lists all refs, one reads what is new."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...git.objects import Found, ObjectReader, TreeEntry, parse_tree
from ...git.process import GitRunner
from ..naming import PREFIX_PATTERN
from ..state.layout import EXECUTIONS, TASKS, state_folder

USUAL = ("main", "master")
MAX_FILE = 1_000_000
"""Bytes of a file that are read."""

_task_folder = re.compile(
    rf"TASK(?:-{PREFIX_PATTERN})?-[0-9]{{3,9}}(?:\.[0-9A-Z]{{26}})?", re.IGNORECASE
)


@dataclass(frozen=True)
class Branch:
    """A branch that somebody works on a task on."""

    ref: str
    commit: str
    task: str
    """The task's id as the branch's name has it."""

    @property
    def key(self) -> str:
        """What is equal where the task's folder is."""
        return f"{self.commit}:{self.task}"


@dataclass(frozen=True)
class Refs:
    """What there is to read."""

    default: tuple[str, str] | None
    """The ref and the commit of the default branch, as the remote has it if there is one."""
    states: Sequence[tuple[str, str]]
    branches: Sequence[Branch]
    skipped: tuple[str, ...]
    said: str
    """All that git was asked, and its answer."""


def list_refs(runner: GitRunner, remote: str | None, branch_prefix: str, default: str = "") -> Refs:
    """All refs that say something of tasks; without a `remote`, those of this clone only.

    `default` is the name of the default branch where it is known to be an unusual one.
    """
    patterns = _patterns(remote, branch_prefix, default)
    said = runner.run("for-each-ref", "--format=%(objectname) %(refname)", *patterns)
    text = said.stdout.decode("utf-8", "backslashreplace")
    work, states, other = _sorted_out(text, branch_prefix)
    found = [Branch(ref, commit, task) for commit, ref, task in work if task]
    skipped = tuple(ref for _, ref, task in work if not task)
    return Refs(_default(other, remote, default), states, found, skipped, f"{patterns} {text}")


def _patterns(remote: str | None, prefix: str, default: str) -> list[str]:
    folders = (prefix, state_folder(prefix))
    names = [name for name in (default, *USUAL) if name]
    places = ["refs/heads"]
    if remote:
        places += [f"refs/remotes/{remote}", f"refs/peerplan/remotes/{remote}"]
    heads = ["HEAD"] if remote else []
    return [f"{place}/{name}" for place in places for name in (*folders, *names, *heads)]


def _sorted_out(
    text: str, prefix: str
) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]], dict[str, str]]:
    work = [(m[1], m[2], m[3] or "") for m in _work(prefix).finditer(text)]
    states: list[tuple[str, str]] = []
    other: dict[str, str] = {}
    state = f"/{state_folder(prefix)}/"
    for line in text.split("\n") if len(work) < text.count("\n") else ():
        commit, _, ref = line.partition(" ")
        if state in ref:
            states.append((ref, commit))
        elif ref and f"/{prefix}/" not in ref:
            other[ref] = commit
    return work, states, other


@lru_cache(maxsize=4)
def _work(prefix: str) -> re.Pattern[str]:
    """A line on a branch below `prefix`: its commit, its ref, and the task's id if it names one."""
    task = rf"(TASK(?:-{PREFIX_PATTERN})?-[0-9]{{3,9}})(?:-[a-z][a-z0-9]{{0,13}}(?:-[2-9])?)?"
    place = rf"refs/(?:heads|remotes/[^/\n]+|peerplan/remotes/[^/\n]+)/{re.escape(prefix)}"
    return re.compile(rf"^(\w+) ({place}/(?:{task}|[^\n]*))$", re.MULTILINE)


def _default(refs: Mapping[str, str], remote: str | None, default: str) -> tuple[str, str] | None:
    names = [name for name in (default, *USUAL) if name]
    places = ("refs/remotes", "refs/peerplan/remotes") if remote else ()
    known = [f"{place}/{remote}/{name}" for place in places for name in ("HEAD", *names)]
    candidates = [*known, *(f"refs/heads/{name}" for name in names)]
    return next(((ref, refs[ref]) for ref in candidates if ref in refs), None)


def short(ref: str) -> str:
    """A ref as people call it."""
    for begin in ("refs/heads/", "refs/remotes/", "refs/peerplan/remotes/", "refs/"):
        if ref.startswith(begin):
            return ref[len(begin) :]
    return ref


class FolderReader:
    """Reads folders of tasks through one `cat-file --batch`."""

    def __init__(self, objects: ObjectReader) -> None:
        self._objects = objects
        self._trees: dict[str, list[TreeEntry]] = {}

    def listings(self, commits: Sequence[str]) -> dict[str, dict[str, str]]:
        """Which tasks each commit has: the names of their folders, and what these are."""
        trees = self._read_trees([f"{commit}:{TASKS}" for commit in commits])
        return {
            commit: {
                entry.name: entry.oid
                for entry in (tree[1] if tree else ())
                if entry.is_tree and _task_folder.fullmatch(entry.name)
            }
            for commit, tree in zip(commits, trees, strict=True)
        }

    def on_branches(self, branches: Sequence[Branch]) -> dict[str, str]:
        """The folder that each task has on its branch, by the branch's key; empty for none."""
        names = [f"{one.commit}:{TASKS}/{one.task}" for one in branches]
        trees = self._read_trees(names)
        self._trees.update(tree for tree in trees if tree)
        return {one.key: tree[0] if tree else "" for one, tree in zip(branches, trees, strict=True)}

    def files(self, oids: Sequence[str]) -> dict[str, dict[str, bytes | None]]:
        """The ordinary files of each folder and of its `executions`, by their paths."""
        missing = [oid for oid in oids if oid not in self._trees]
        self._trees.update(tree for tree in self._read_trees(missing) if tree)
        wanted: list[tuple[str, str, str]] = []
        inner: list[tuple[str, str]] = []
        for oid in oids:
            for entry in self._trees.get(oid, ()):
                if entry.is_file and entry.name.endswith(".yaml"):
                    wanted.append((oid, entry.name, entry.oid))
                elif entry.is_tree and entry.name == EXECUTIONS:
                    inner.append((oid, entry.oid))
        for (oid, _), tree in zip(inner, self._read_trees([o for _, o in inner]), strict=True):
            entries = tree[1] if tree else []
            wanted += [(oid, f"{EXECUTIONS}/{e.name}", e.oid) for e in entries if e.is_file]
        return self._contents(oids, wanted)

    def _contents(
        self, oids: Sequence[str], wanted: Sequence[tuple[str, str, str]]
    ) -> dict[str, dict[str, bytes | None]]:
        from ..state.folder import is_telling  # noqa: PLC0415

        telling = [one for one in wanted if is_telling(one[1])]
        blobs = self._objects.many([blob for _, _, blob in telling], MAX_FILE)
        files: dict[str, dict[str, bytes | None]] = {oid: {} for oid in oids}
        for (oid, path, _), found in zip(telling, blobs, strict=True):
            files[oid][path] = found.data if found else None
        return files

    def _read_trees(self, names: Sequence[str]) -> list[tuple[str, list[TreeEntry]] | None]:
        return [_tree(found) for found in self._objects.many(names)]


def _tree(found: Found | None) -> tuple[str, list[TreeEntry]] | None:
    if found is None or found.kind != "tree" or found.data is None:
        return None
    return found.oid, parse_tree(found.data, len(found.oid) // 2)


def listing_text(entries: Mapping[str, str]) -> str:
    """A listing as it is kept; `listing_of` reads it."""
    return "\n".join(f"{name} {oid}" for name, oid in entries.items())


def listing_of(text: str) -> Iterator[tuple[str, str]]:
    """The names and the folders of a listing."""
    for line in text.split("\n") if text else ():
        name, _, oid = line.rpartition(" ")
        yield name, oid
