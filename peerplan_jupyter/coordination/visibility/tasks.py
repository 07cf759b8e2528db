"""The tasks of a checkout, and those of a team."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ...git.objects import ObjectReader
from ..naming import BRANCH_PREFIX, is_task_id
from ..project import Project
from ..state.layout import TASKS
from . import checkout
from .cache import Cache
from .folders import FolderReader, listing_of, listing_text
from .kept import Kept
from .refs import Branch, Refs, list_refs, short
from .row import Row, TaskList

if TYPE_CHECKING:
    from .folding import Folding

LOCAL = "local"
TEAM = "team"
NOWHERE = ""
"""Stands for the folder that a branch does not have."""

# The ranks of `state.folding.Rank`, whose module needs pydantic.
BRANCH, STATE, CHECKOUT, DEFAULT = range(4)


class Source(NamedTuple):
    """A folder of a task that is there, unread."""

    rank: int
    where: str
    name: str
    mark: str
    """Its id in git; in the checkout, what is equal while it does not change."""


def local_tasks(
    project: Project, *, branch_prefix: str = BRANCH_PREFIX, facts: bool = False
) -> TaskList:
    """The tasks in the checkout and those that were made or run in this clone."""
    with _uncollected(), Cache(project) as cache:
        refs = list_refs(project.runner, None, branch_prefix)
        found = _Gathered(project, cache, refs, LOCAL)
        return TaskList(found.rows(facts=facts))


def known_team_tasks(
    project: Project,
    *,
    remote: str | None = "origin",
    branch_prefix: str = BRANCH_PREFIX,
    default_branch: str = "",
    facts: bool = False,
) -> TaskList:
    """The tasks of everybody, as far as this clone knows: on the default branch, on the branches
    that tasks are worked on, in the states that were recorded, and in the checkout.
    """
    with _uncollected(), Cache(project) as cache:
        refs = list_refs(project.runner, remote, branch_prefix, default_branch)
        found = _Gathered(project, cache, refs, TEAM)
        return TaskList(found.rows(facts=facts), skipped=tuple(map(short, refs.skipped)))


def team_tasks(
    project: Project,
    *,
    fetch: bool = True,
    remote: str | None = "origin",
    branch_prefix: str = BRANCH_PREFIX,
    timeout: float = 20.0,
    facts: bool = False,
) -> TaskList:
    """The tasks of everybody; `fetch` first brings what is new on the remote, for at most `timeout`
    seconds. Where that fails, they are as known here, and `stale` says why.
    """
    from .fetching import fetch_team, fetched_before  # noqa: PLC0415

    if fetch:
        got = fetch_team(project, remote=remote, branch_prefix=branch_prefix, timeout=timeout)
    else:
        got = fetched_before(project, remote)
    found = known_team_tasks(
        project,
        remote=got.remote,
        branch_prefix=branch_prefix,
        default_branch=got.default_branch,
        facts=facts,
    )
    fresh = fetch and not got.stale and got.remote is not None
    return replace(found, fetched=fresh, stale=got.stale)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Many small things are made and all are kept: looking for garbage among them, again and again,
    takes as long as all else.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class _Gathered:
    """All that is said of tasks, by the key of their ids; read only where it is new."""

    def __init__(self, project: Project, cache: Cache, refs: Refs, scope: str) -> None:
        self._project = project
        self._cache = cache
        self._refs = refs
        self._scope = scope
        self._reader: ObjectReader | None = None
        self._folders: FolderReader | None = None
        self._sources: dict[str, list[Source]] = {}

    def rows(self, *, facts: bool) -> list[Row]:
        """A row for each task, in the order of the ids."""
        marks = checkout.stamps(self._project.tasks)
        aliases = self._cache.aliases()
        told = _told(self._refs, marks, aliases)
        rows = self._cache.rows(self._scope, told, facts=facts)
        return self._fresh(marks, aliases) if rows is None else rows

    def _fresh(self, marks: Mapping[str, str], aliases: Sequence[tuple[str, str]]) -> list[Row]:
        """The rows, where something differs from what was kept."""
        try:
            self._gather(marks)
            known = self._cache.kept(self._scope).by_key()
            inputs = self._inputs(aliases)
            changed = {key for key, text in inputs.items() if known.get(key, ("",))[0] != text}
            found = self._read(changed, inputs, known) if changed else set(aliases)
            known = {key: known[key] for key in sorted(inputs, key=_order)}
            told = _told(self._refs, marks, sorted(found))
            self._cache.keep(self._scope, told, Kept.of(known), found)
            return [row for _, rows in known.values() for row in rows]
        finally:
            if self._reader:
                self._reader.close()

    def _gather(self, marks: Mapping[str, str]) -> None:
        folder = self._project.tasks
        here = [
            ("the checkout", name, mark)
            for name, mark in marks.items()
            if is_task_id(name) and not (mark[0] == "-" and checkout.says_nothing(folder, name))
        ]
        self._add(CHECKOUT, here)
        if self._scope == TEAM and self._refs.default:
            ref, commit = self._refs.default
            self._add(DEFAULT, self._listing(ref, commit))
        for ref, commit in self._refs.states:
            self._add(STATE, self._listing(ref, commit))
        if self._scope == TEAM:
            self._add_branches(self._refs.branches)
        else:
            self._add_branches([one for one in self._refs.branches if self._is_elsewhere(one.task)])

    def _is_elsewhere(self, task: str) -> bool:
        """Whether a task was run here, and is not in the checkout: its branch has its files."""
        found = self._sources.get(task.upper(), ())
        return bool(found) and all(one.rank != CHECKOUT for one in found)

    def _add(self, rank: int, entries: Iterable[tuple[str, str, str]]) -> None:
        """Add a source for each of these: where it is, its name, and its mark."""
        sources = self._sources
        for where, name, mark in entries:
            key = name.partition(".")[0].upper() if "." in name else name.upper()
            if key in sources:
                sources[key].append(Source(rank, where, name, mark))
            else:
                sources[key] = [Source(rank, where, name, mark)]

    def _add_branches(self, branches: Sequence[Branch]) -> None:
        known = self._cache.branches() if branches else {}
        keys = [one.key for one in branches]
        new = {key: one for key, one in zip(keys, branches, strict=True) if key not in known}
        if new:
            self._read_branches(new, known)
            self._cache.keep_branches(known)
        there = zip(branches, keys, strict=True)
        self._add(BRANCH, [(short(one.ref), one.task, known[key]) for one, key in there])

    def _read_branches(self, new: Mapping[str, Branch], known: dict[str, str]) -> None:
        """Put the folders of these branches into `known`; what they say is new unless it is known
        as the folder of another branch.
        """
        names = [f"{commit}:{TASKS}/{task}" for _, commit, task in new.values()]
        folders = self._reading().folders(names, known.values())
        for key, folder in zip(new, folders, strict=True):
            known[key] = folder.oid
            if folder.files is not None:
                self._folding.take(folder)

    def _listing(self, ref: str, commit: str) -> Iterable[tuple[str, str, str]]:
        text = self._cache.listing(commit)
        if text is None:
            text = listing_text(self._reading().listing(commit))
            self._cache.keep_listings({commit: text})
        where = short(ref)
        return [(where, name, oid) for name, oid in listing_of(text)]

    def _inputs(self, aliases: Iterable[tuple[str, str]]) -> dict[str, str]:
        """What the rows of each id are made of."""
        inputs = {
            key: "\t".join([f"{rank} {mark} {name} {where}" for rank, where, name, mark in sources])
            for key, sources in self._sources.items()
        }
        for uid, old in sorted(aliases):
            if old in inputs:
                inputs[old] += f"\t~{uid}"
        return inputs

    def _read(
        self,
        changed: set[str],
        inputs: dict[str, str],
        known: dict[str, tuple[str, list[Row]]],
    ) -> set[tuple[str, str]]:
        """Read what is new, put it into `inputs` and `known`, and return all aliases."""
        folding = self._folding
        folding.read(changed)
        aliases = {*self._cache.aliases(), *folding.aliases}
        if folding.aliases:
            # A task that was given another id is no more to be seen under the one that it had.
            inputs.update(self._inputs(aliases))
            also = {key for key, text in inputs.items() if known.get(key, ("",))[0] != text}
            folding.read(also - changed)
            changed = changed | also
        known.update({key: (inputs[key], folding.rows(key)) for key in changed})
        return {*aliases, *folding.aliases}

    @cached_property
    def _folding(self) -> Folding:
        from .folding import Folding  # noqa: PLC0415

        return Folding(
            self._project, self._cache, self._reading, self._sources, here=self._scope == LOCAL
        )

    def _reading(self) -> FolderReader:
        if self._folders is None:
            self._reader = ObjectReader(self._project.runner)
            self._folders = FolderReader(self._reader)
        return self._folders


def _told(refs: Refs, marks: Mapping[str, str], aliases: Iterable[tuple[str, str]]) -> str:
    """What is equal while nothing changes that a list is made of."""
    told = "\n".join([refs.said, *map("~".join, aliases), *marks, *marks.values()])
    return told if told.isascii() else told.encode("utf-8", "backslashreplace").decode()


def _order(key: str) -> tuple[str, int, str]:
    prefix, _, number = key.rpartition("-")
    return prefix, int(number), key


@dataclass(frozen=True)
class Duplicate:
    """Tasks that were given one id, the oldest first."""

    id: str
    rows: Sequence[Row]


def duplicates(rows: Sequence[Row]) -> list[Duplicate]:
    """Which ids more than one of these tasks has."""
    by_id: dict[str, list[Row]] = {}
    for row in rows:
        if row.uid:
            by_id.setdefault(row.id.upper(), []).append(row)
    return [Duplicate(several[0].id, several) for several in by_id.values() if len(several) > 1]
