"""The tasks of a checkout, and those of a team."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ...git.objects import ObjectReader
from ..naming import BRANCH_PREFIX
from ..project import Project
from . import checkout
from .cache import Cache
from .refs import FolderReader, Refs, list_refs, listing_of, listing_text, short
from .row import Row, TaskList

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
    """The tasks in the checkout and those that were recorded in this clone."""
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
        try:
            self._gather()
            known = self._cache.rows(self._scope, facts=facts)
            inputs = self._inputs(self._cache.aliases())
            changed = {key for key, text in inputs.items() if known.get(key, ("",))[0] != text}
            gone = known.keys() - inputs.keys()
            if changed or gone:
                known = {**known, **self._read(changed, gone, inputs, known)}
            listed = [row for key in inputs for row in known[key][1] if row.id]
            return sorted(listed, key=_order)
        finally:
            if self._reader:
                self._reader.close()

    def _gather(self) -> None:
        marks = checkout.stamps(self._project.tasks)
        self._add(CHECKOUT, "the checkout", marks.items())
        if self._scope == TEAM and self._refs.default:
            ref, commit = self._refs.default
            self._add(DEFAULT, short(ref), self._listing(commit))
        for ref, commit in self._refs.states:
            self._add(STATE, short(ref), self._listing(commit))
        if self._scope == TEAM:
            self._add_branches()

    def _add(self, rank: int, where: str, entries: Iterable[tuple[str, str]]) -> None:
        sources = self._sources
        for name, mark in entries:
            key = name.partition(".")[0].upper() if "." in name else name.upper()
            if key in sources:
                sources[key].append(Source(rank, where, name, mark))
            else:
                sources[key] = [Source(rank, where, name, mark)]

    def _add_branches(self) -> None:
        known = self._cache.branches()
        new = {one.key: one for one in self._refs.branches if one.key not in known}
        if new:
            found = self._reading().on_branches(list(new.values()))
            self._cache.keep_branches(found)
            known.update(found)
        for one in self._refs.branches:
            self._add(BRANCH, short(one.ref), [(one.task, known[one.key])])

    def _listing(self, commit: str) -> Iterable[tuple[str, str]]:
        text = self._cache.listing(commit)
        if text is None:
            text = listing_text(self._reading().listings([commit])[commit])
            self._cache.keep_listings({commit: text})
        return listing_of(text)

    def _inputs(self, aliases: Iterable[tuple[str, str]]) -> dict[str, str]:
        """What the rows of each id are made of."""
        inputs = {
            key: "\n".join([f"{rank} {mark} {name} {where}" for rank, where, name, mark in sources])
            for key, sources in self._sources.items()
        }
        for uid, old in sorted(aliases):
            if old in inputs:
                inputs[old] += f"\n~{uid}"
        return inputs

    def _read(
        self,
        changed: set[str],
        gone: Iterable[str],
        inputs: dict[str, str],
        known: Mapping[str, tuple[str, list[Row]]],
    ) -> dict[str, tuple[str, list[Row]]]:
        from .folding import Folding  # noqa: PLC0415

        folding = Folding(self._project, self._cache, self._reading, self._sources)
        folding.read(changed)
        inputs.update(self._inputs({*self._cache.aliases(), *folding.aliases}))
        # A task that was given another id is no more to be seen under the one that it had.
        also = {key for key, text in inputs.items() if known.get(key, ("",))[0] != text}
        folding.read(also - changed)
        rows = {key: (inputs[key], folding.rows(key)) for key in also}
        self._cache.keep(self._scope, rows, gone, folding.new_folders, folding.aliases)
        return rows

    def _reading(self) -> FolderReader:
        if self._folders is None:
            self._reader = ObjectReader(self._project.runner)
            self._folders = FolderReader(self._reader)
        return self._folders


def _order(row: Row) -> tuple[str, int, str]:
    prefix, _, number = row.id.rpartition("-")
    return prefix.upper(), int(number), row.uid


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
