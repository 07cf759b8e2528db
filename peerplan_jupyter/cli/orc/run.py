"""`orc run`: run a task in a worktree of its own, phase by phase."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from ..exits import CHANGES_REQUESTED, DONE, NOTHING_CAME
from ..output import console, print_json, words
from .context import TaskArgument, opened, task_named, warn

if TYPE_CHECKING:
    from ...coordination.running.events import Event
    from ...coordination.tasks.execution import Execution
    from ...coordination.workspace import OrcWorkspace

NAME = "run"
FAILED = 1
_styles = {"warning": "yellow", "attempt": "bold", "gate": "bold", "ended": "bold"}


def run(
    task: TaskArgument,
    command: Annotated[
        str, typer.Option("--command", "-c", help="Carries out each phase, this once.")
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Agree to whatever is asked, and run beside others.")
    ] = False,
    wait: Annotated[
        bool, typer.Option(help="Wait at a human gate; otherwise end there, to be gone on with.")
    ] = True,
    base: Annotated[
        str, typer.Option(help="What a new branch begins at, by default what is checked out.")
    ] = "",
    suffix: Annotated[str, typer.Option(help="Run it on one more branch of yours: 2 to 9.")] = "",
    takeover: Annotated[
        bool, typer.Option(help="Go on from what you pushed on another machine.")
    ] = False,
    mode: Annotated[str, typer.Option(help="solo, p2p or team, instead of what is found.")] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per event, and no output.")
    ] = False,
) -> int:
    """Run a task in a worktree of its own, phase by phase.

    It goes on where it stopped, however that was. Your own checkout is not touched. Exit codes: 0
    completed, 1 a phase failed, 3 somebody else runs it and nobody could be asked, 20 it waits for
    people, 21 people asked for changes to the last attempt that may be made.
    """
    from ...coordination.running.executor import Options

    workspace = opened(mode, {"run.command": command} if command else {})
    options = Options(base=base, suffix=suffix, takeover=takeover)
    tell = _tell_json if as_json else _tell
    done = _executed(workspace, task_named(workspace, task), options, tell, yes, wait, as_json)
    return _exit_code(done)


def _executed(
    workspace: OrcWorkspace,
    task: object,
    options: object,
    tell: Callable[[Event], None],
    yes: bool,
    wait: bool,
    as_json: bool,
) -> Execution:
    from ...coordination.running.starting import started

    confirm = _yes if yes else _ask if sys.stdin.isatty() and not as_json else None
    show = None if as_json else _show
    with started(workspace, tell, confirm=confirm, show=show, wait=wait) as executor:
        return executor.run(task, options)  # type: ignore[arg-type]


def _exit_code(execution: Execution) -> int:
    from ...coordination.tasks.execution import ExecutionStatus, PhaseStatus

    if execution.status is ExecutionStatus.COMPLETED:
        return DONE
    if execution.status is ExecutionStatus.WAITING:
        return NOTHING_CAME
    last = [run.status for run in execution.phases if run.name == execution.phase]
    return CHANGES_REQUESTED if last == [PhaseStatus.CHANGES_REQUESTED] else FAILED


def _tell_json(event: Event) -> None:
    print_json(event.to_wire())


def _tell(event: Event) -> None:
    if event.kind == "warning":
        warn(event.text)
        return
    console().print(words(event.text, _styles.get(event.kind, "dim")), soft_wrap=True)


def _show(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _yes(question: str) -> bool:  # noqa: ARG001
    return True


def _ask(question: str) -> bool:
    return typer.confirm(question, err=True)
