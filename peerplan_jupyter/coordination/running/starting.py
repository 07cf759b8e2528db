"""A run with all that takes part in it: the team, a team server, and people at gates."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from ..config.schema import Mode
from ..gates.case import Gate
from ..state.writer import StateWriter
from ..workspace import OrcWorkspace
from .consent import Confirm
from .events import Tell, warning
from .executor import Company, Executor
from .job import Job
from .notifier import Notifier
from .published import StateSink
from .transcript import Show


@contextlib.contextmanager
def started(
    workspace: OrcWorkspace,
    tell: Tell,
    *,
    confirm: Confirm | None = None,
    show: Show | None = None,
    wait: bool = True,
    notifier: Notifier | None = None,
) -> Iterator[Executor]:
    """An executor of tasks in `workspace`. `confirm` asks the person, where one can answer;
    `show` is given what commands print. Without `wait`, a run ends where people are waited for.
    `notifier` stands in for the team server of the configuration.
    """
    git = workspace.config.git
    writer = StateWriter(
        workspace.project,
        workspace.person,
        remote=git.remote,
        timeout=git.fetch_timeout,
        branch_prefix=git.branch_prefix,
    )
    sends = git.auto_publish and workspace.resolved.mode is not Mode.SOLO
    with StateSink(writer, lambda text: tell(warning(text)), sends=sends) as sink:
        company = Company(confirm, show, sink, notifier or _server(workspace, tell))
        yield Executor(workspace, tell, lambda job: _human(job, wait), company)


def _server(workspace: OrcWorkspace, tell: Tell) -> Notifier | None:
    if workspace.resolved.mode is Mode.SOLO or not workspace.resolved.server_url:
        return None
    from ..server.client import TeamServer  # noqa: PLC0415 (few teams have a server)

    return TeamServer.of(workspace, lambda text: tell(warning(text)), os.environ)


def _human(job: Job, wait: bool) -> Gate:
    from ..gates.human import HumanGate  # noqa: PLC0415 (loads all that plans need)

    return HumanGate(job.workspace.project, job.workspace.config, job.say, wait=wait)
