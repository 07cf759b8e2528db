"""What tasks and teams need, looked at one thing after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...errors import PeerPlanError
from ..config.schema import Mode
from ..ids.renumber import (
    Younger,
    finish_moving,
    is_half_moved,
    moved_elsewhere,
    renumber,
    younger_duplicates,
)
from ..locks.file_lock import State
from ..locks.survey import leases_here
from ..naming import TaskId
from ..state.outbox import Outbox
from ..team.files import read_team
from ..team.ignoring import add_rules, ignored, missing_rules
from ..team.merge_driver import is_registered, register
from ..workspace import OrcWorkspace
from ..worktrees.preflight import check_prefix
from ..worktrees.registration import registrations
from .findings import Finding, fine, listed
from .unlock import unlock

ELSEWHERE = (
    "`orc doctor --fix` on the machine that it was made on gives it another id. Commit that "
    "there, and `git pull` here."
)


def examine(workspace: OrcWorkspace) -> Iterator[Finding]:
    """Every finding; none raises. Nothing is changed but by a finding's `mend`."""
    team = (_team, _sharing, _private)
    tasks = (_tasks, _ids, _states, _leases, _worktrees)
    for check in (_mode, _you, _branches, *team, *tasks):
        yield from _guarded(check, workspace)


def _guarded(
    check: Callable[[OrcWorkspace], Iterator[Finding]], workspace: OrcWorkspace
) -> Iterator[Finding]:
    try:
        yield from check(workspace)
    except PeerPlanError as error:
        yield Finding(check.__name__.strip("_"), "broken", error.message, error.hint)


def _mode(workspace: OrcWorkspace) -> Iterator[Finding]:
    yield fine("mode", f"{workspace.resolved.mode}: {workspace.resolved.reason}")
    for warning in workspace.warnings:
        yield Finding("settings", "warning", warning, "`orc config` shows where each comes from.")


def _you(workspace: OrcWorkspace) -> Iterator[Finding]:
    person = workspace.person
    yield fine("you", f"{person.display_name} {person.prefix}".strip())


def _branches(workspace: OrcWorkspace) -> Iterator[Finding]:
    check_prefix(workspace.project, workspace.config.git.branch_prefix)
    yield fine("branches", "Nothing is in the way of the branches of tasks.")


def _team(workspace: OrcWorkspace) -> Iterator[Finding]:
    if workspace.resolved.mode is Mode.SOLO:
        return
    team = read_team(workspace.project)
    said = [*team.problems, *team.collisions()]
    for one in said:
        yield Finding("team", "broken", one, "Mend it in .orc/shared, by a pull request.")
    unknown = team.check(workspace.person.prefix, required=False)
    for one in unknown:
        yield Finding("team", "warning", one, "`orc team join` does that.")
    if not said and not unknown:
        names = [f"{one.initials} {one.name}".strip() for one in team.members]
        yield fine("team", listed(names) or "nobody has joined yet")


def _sharing(workspace: OrcWorkspace) -> Iterator[Finding]:
    if workspace.resolved.mode is Mode.SOLO:
        return
    project = workspace.project
    rules = ignored(project)
    for one in rules:
        yield Finding("sharing", "broken", one.sentence, "Mend that file.")
    if not is_registered(project.runner):

        def mend() -> str:
            register(project.runner)
            return "git merges the team's YAML by what it says."

        said = "git merges the team's YAML line by line in this clone."
        yield Finding("sharing", "warning", said, "", mend)
    elif not rules:
        yield fine("sharing", "git takes what is shared, and merges its YAML by what it says")


def _private(workspace: OrcWorkspace) -> Iterator[Finding]:
    project = workspace.project
    rules = missing_rules(project)
    if not rules:
        yield fine("private", "git takes nothing that is yours alone")
        return

    def add() -> str:
        add_rules(project, rules)
        return f".orc/.gitignore has {listed(rules)} now: commit it."

    said = f".orc/.gitignore lacks {listed(rules)}: git would take what is yours alone."
    yield Finding("private", "broken", said, "", add)


def _tasks(workspace: OrcWorkspace) -> Iterator[Finding]:
    ids = [one for one in workspace.tasks.ids() if workspace.tasks.is_here(one)]
    unreadable = [said for one in ids if (said := _unreadable(workspace, one))]
    for said in unreadable:
        yield Finding("tasks", "broken", said, "Mend the file, or take its version from git.")
    yield fine("tasks", f"{len(ids) - len(unreadable)} can be read")


def _unreadable(workspace: OrcWorkspace, task: TaskId) -> str:
    try:
        workspace.tasks.read(task)
        workspace.tasks.plan(task)
    except PeerPlanError as error:
        return error.message
    return ""


def _ids(workspace: OrcWorkspace) -> Iterator[Finding]:
    found = younger_duplicates(workspace)
    for one in found:
        said = f"Two tasks are called {one.id}; the younger is by {one.creator}: {one.title}"
        if one.is_ours:
            yield Finding("ids", "broken", said, "", _renumbering(workspace, one))
        else:
            yield Finding("ids", "broken", said, ELSEWHERE)
    moved = moved_elsewhere(workspace)
    for old, new in moved.items():
        if is_half_moved(workspace, old, new):
            said = f"The task in .orc/tasks/{old} is {new} now, and its folder is not moved yet."
            yield Finding("ids", "broken", said, "", _finishing(workspace, old, new))
            continue
        said = f"The task in .orc/tasks/{old} is {new} now, where it was made."
        yield Finding(
            "ids", "warning", said, f"`git pull` brings it as {new}; then remove that folder."
        )
    if not found and not moved:
        yield fine("ids", "No two tasks have the same.")


def _finishing(workspace: OrcWorkspace, old: str, new: str) -> Callable[[], str]:
    def move() -> str:
        finish_moving(workspace, old, new)
        return f".orc/tasks/{old} is .orc/tasks/{new} now."

    return move


def _renumbering(workspace: OrcWorkspace, younger: Younger) -> Callable[[], str]:
    def give_another() -> str:
        new = renumber(workspace, younger)
        return f"{younger.title} is {new} now, and was {younger.id}."

    return give_another


def _states(workspace: OrcWorkspace) -> Iterator[Finding]:
    workspace.writer.known()
    waiting = Outbox(workspace.project.state).waiting()
    if waiting is None:
        yield fine("states", "Nothing waits to be sent.")
        return

    def send() -> str:
        done = workspace.writer.publish()
        return "Sent." if done.pushed else f"Not sent: {done.note or done.reason}"

    said = f"States wait since {waiting.since}: {waiting.error}"
    yield Finding("states", "broken", said, "Mend the remote; the next change is sent too.", send)


def _leases(workspace: OrcWorkspace) -> Iterator[Finding]:
    folder, owner = workspace.project.state / "lease", workspace.person.owner
    found = list(leases_here(folder, owner))
    for task, state, lease in found:
        if state is State.UNREADABLE:
            advice = f"`orc unlock {task} --force` removes it, if nobody runs the task."
            yield Finding("leases", "broken", f"The lease on {task} cannot be read.", advice)
        if state is State.STALE:
            who = lease.owner if lease else "somebody"
            yield Finding(
                "leases", "warning", f"{who} left {task}.", "", _unlocking(workspace, task)
            )
    if not any(state in {State.UNREADABLE, State.STALE} for _, state, _ in found):
        yield fine("leases", f"{len(found)} held")


def _unlocking(workspace: OrcWorkspace, task: str) -> Callable[[], str]:
    def take_away() -> str:
        done = unlock(workspace, TaskId.parse(task), force=False)
        return f"Taken away: {listed([*done.removed]) or 'nothing'}."

    return take_away


def _worktrees(workspace: OrcWorkspace) -> Iterator[Finding]:
    inside = [
        one
        for one in registrations(workspace.project.common_dir)
        if one.path.is_relative_to(workspace.worktrees)
    ]
    broken = [str(one.path) for one in inside if not one.is_linked and not one.is_being_made]
    if broken:
        advice = "`orc run` of the task makes it anew; its commits are on its branch."
        yield Finding("worktrees", "warning", f"Not there any more: {listed(broken)}", advice)
    yield fine("worktrees", f"{len(inside) - len(broken)} in use")
