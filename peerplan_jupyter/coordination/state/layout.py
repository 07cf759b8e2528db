"""Where states lie: one branch per writer, with a folder for each task that the writer changed.

The branch `orc-state/<tag>-<machine>` has `.orc/tasks/<ID>/` with `task.yaml` and `plan.yaml` as
this writer made them, `executions/<tag>.yaml`, and `changes.yaml`, where each field that this
writer set has its value and the time on the team's clock. That clock is Lamport's: a change is
later than all that its writer had seen. The last line of a commit's message has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...git.process import GitRunner
from ..naming import BRANCH_PREFIX, TaskId

if TYPE_CHECKING:
    from ...git.remote import Remote

TASKS = ".orc/tasks"
TASK_FILE = "task.yaml"
PLAN_FILE = "plan.yaml"
CHANGES_FILE = "changes.yaml"
EXECUTIONS = "executions"
TRANSCRIPTS = "transcripts"
ALONE = "solo"
CLOCK = "Orc-Lamport"
LATEST = 2**53
"""A clock above it was not counted up to, and is not gone on from."""

_clock = re.compile(rf"^{CLOCK}: ([0-9]{{1,16}})$", re.MULTILINE)
_format = "%(refname)%00%(objectname)%00%(contents)%00%00"


def state_folder(branch_prefix: str = BRANCH_PREFIX) -> str:
    """What the names of all branches with states begin with, without `/`."""
    return f"{branch_prefix}-state"


def states_of(remote: Remote, branch_prefix: str = BRANCH_PREFIX) -> str:
    """What fetches all states of a remote to where `tips` looks for them; see git-fetch."""
    folder = state_folder(branch_prefix)
    under = f"refs/remotes/{remote.name}"
    under = under if remote.key == remote.name else f"refs/peerplan/remotes/{remote.key}"
    return f"+refs/heads/{folder}/*:{under}/{folder}/*"


def writer_name(tag: str, machine: str) -> str:
    """The name of a writer: the tag of a person's runs, and the machine."""
    return f"{tag or ALONE}-{machine}"


def task_path(task: TaskId | str, *parts: str) -> str:
    """The path of something of a task's."""
    return "/".join((TASKS, str(task), *parts))


def is_telling(path: str) -> bool:
    """Whether a file at this path in a task's folder tells what the task is, and how far."""
    folder, _, name = path.rpartition("/")
    if folder == EXECUTIONS:
        return name.endswith(".yaml") and not name.startswith(".")
    return not folder and name in {TASK_FILE, CHANGES_FILE}


def message(task: TaskId | str, what: str, clock: int) -> str:
    """What a commit says: `[orc] TASK-AM-005: planned`."""
    line = " ".join(what.split())[:200]
    return f"[orc] {task}: {line}\n\n{CLOCK}: {clock}\n"


@dataclass(frozen=True)
class Tip:
    """A state branch as it is here."""

    ref: str
    writer: str
    commit: str
    clock: int

    @property
    def short(self) -> str:
        """Its name for people."""
        return self.ref.removeprefix("refs/").removeprefix("heads/").removeprefix("remotes/")

    @property
    def is_local(self) -> bool:
        """Whether it is this clone's own, and not what it knows of a remote's."""
        return self.ref.startswith("refs/heads/")


def newest(known: Iterable[Tip]) -> list[Tip]:
    """One for each writer: of this clone's own branch and what remotes have of it, the one that
    went on.
    """
    best: dict[str, Tip] = {}
    for tip in sorted(known, key=lambda one: (one.clock, one.is_local)):
        best[tip.writer] = tip
    return list(best.values())


def tips(runner: GitRunner, branch_prefix: str = BRANCH_PREFIX) -> list[Tip]:
    """All state branches that this clone has or knows of, by one process."""
    folder = state_folder(branch_prefix)
    places = (
        f"refs/heads/{folder}",
        f"refs/remotes/*/{folder}/*",
        f"refs/peerplan/remotes/*/{folder}/*",
    )
    said = runner.run("for-each-ref", f"--format={_format}", *places).stdout
    entries = said.decode("utf-8", "replace").split("\0\0\n")[:-1]
    return [_tip(*entry.split("\0", 2)) for entry in entries]


def _tip(ref: str, commit: str, contents: str) -> Tip:
    clocks = [int(one) for one in _clock.findall(contents)]
    return Tip(
        ref, ref.rpartition("/")[2], commit, max([one for one in clocks if one < LATEST], default=0)
    )
