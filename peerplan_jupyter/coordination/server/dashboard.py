"""The dashboard: what the reports of all come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ..tasks.execution import ExecutionStatus
from .board import Entry
from .reports import Dashboard, PersonRow, ProjectRow, ReportedProject, RunRow, TaskRow
from .tasklist import TaskLine

PRESENCE = 90.0
"""Seconds; a run is heard of every 30."""
_active = (ExecutionStatus.RUNNING, ExecutionStatus.WAITING)
_telling = ("running", "waiting", "completed", "stopped", "failed")


@dataclass(frozen=True)
class Repository:
    """The project that the server itself works in, with its tasks as git has them."""

    project: ReportedProject
    tasks: Sequence[TaskLine] = ()


def dashboard(
    entries: Sequence[Entry],
    now: float,
    presence: float = PRESENCE,
    keep_days: float = 30.0,
    repository: Repository | None = None,
) -> Dashboard:
    """All runs with the tasks, people and projects that they are of; costs are summed over what
    said one. A run that should go on, and was not heard of for `presence` seconds, is shown as
    it was last, and as not live. Of the tasks in `repository`, those that nobody reported follow.
    """
    rows = [_row(entry, now, presence) for entry in entries]
    own = [repository.project] if repository and repository.tasks else []
    projects = [*own, *(entry.report.project for entry in reversed(entries))]
    names = {one.key: one.name for one in projects}
    limits = {
        (entry.report.project.key, entry.report.task.upper()): entry.report.warn_per_task
        for entry in reversed(entries)
    }
    return Dashboard(
        presence_seconds=presence,
        keep_days=keep_days,
        total_cost=_sum(row.cost for row in rows),
        projects=tuple(
            ProjectRow(
                key=key, name=name, cost=_sum(row.cost for row in rows if row.project == key)
            )
            for key, name in sorted(names.items(), key=lambda item: item[1].lower())
        ),
        runs=tuple(sorted(rows, key=lambda row: (not row.live, row.seen))),
        tasks=(*_tasks(rows, limits), *_unreported(rows, repository)),
        people=tuple(_people(rows)),
    )


def _row(entry: Entry, now: float, presence: float) -> RunRow:
    report, seen = entry.report, max(0.0, now - entry.seen)
    live = not entry.ended and report.status in _active and seen <= presence
    told = report.executor or report.tag or "somebody"
    return RunRow(
        project=report.project.key,
        task=report.task.upper(),
        title=report.title,
        who=entry.reporter.name or told,
        known=bool(entry.reporter.account),
        told=told,
        tag=report.tag,
        machine=report.machine,
        branch=report.branch,
        status=report.status,
        phase=report.phase,
        phases=report.phases,
        started=report.started,
        seen=seen,
        live=live,
        cost=report.cost,
        plan=report.plan,
    )


def _tasks(
    rows: Sequence[RunRow], limits: dict[tuple[str, str], float | None]
) -> Iterable[TaskRow]:
    ordered = sorted(rows, key=_of_task)
    found = [_task(list(runs), limits[key]) for key, runs in groupby(ordered, _of_task)]
    return sorted(found, key=lambda one: (not one.live, one.seen))


def _task(runs: list[RunRow], limit: float | None) -> TaskRow:
    last = min(runs, key=lambda run: run.seen)
    told = min(runs, key=lambda run: (not run.live, _telling.index(run.status), run.seen))
    return TaskRow(
        project=last.project,
        task=last.task,
        title=last.title,
        status=told.status,
        phase=told.phase,
        people=tuple(sorted({run.who for run in runs})),
        live=any(run.live for run in runs),
        cost=_sum(run.cost for run in runs),
        warn_per_task=limit,
        seen=last.seen,
    )


def _unreported(rows: Sequence[RunRow], repository: Repository | None) -> Iterator[TaskRow]:
    if repository is None:
        return
    key = repository.project.key
    reported = {row.task for row in rows if row.project == key}
    for line in repository.tasks:
        if line.id.upper() not in reported:
            yield TaskRow(
                project=key,
                task=line.id,
                title=line.title or line.problem,
                status=line.status,
                phase=line.phase,
                people=tuple(sorted({one.name for one in line.executors})),
                live=False,
                cost=_sum(one.cost for one in line.executors),
            )


def _people(rows: Sequence[RunRow]) -> Iterable[PersonRow]:
    ordered = sorted(rows, key=_of_person)
    found = [_person(list(runs)) for _, runs in groupby(ordered, _of_person)]
    return sorted(found, key=lambda one: (one.presence == "away", one.name.lower()))


def _person(runs: list[RunRow]) -> PersonRow:
    live = [run for run in runs if run.live]
    return PersonRow(
        name=runs[0].who,
        known=runs[0].known,
        presence="working" if live else "away",
        tasks=tuple(sorted({run.task for run in live})),
        cost=_sum(run.cost for run in runs),
        seen=min(run.seen for run in runs),
    )


def _of_task(row: RunRow) -> tuple[str, str]:
    return row.project, row.task


def _of_person(row: RunRow) -> tuple[str, bool]:
    return row.who, row.known


def _sum(costs: Iterable[float | None]) -> float | None:
    said = [cost for cost in costs if cost is not None]
    return round(sum(said), 6) if said else None
