"""What a command works with: the user's workspace, and who acts in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import NotFoundError
from .output import console, plain

if TYPE_CHECKING:
    from ..git.repository import Repository
    from ..plan.schema import Actor
    from ..review.workspace import Workspace


@contextmanager
def opened() -> Iterator[Workspace]:
    """The user's workspace, closed afterwards. It is said when a journal was found broken, which
    of its plans were read back, and which were not.
    """
    from ..review.workspace import Workspace

    with Workspace() as workspace:
        told = [" ".join(one.words) for one in workspace.recoveries]
        if workspace.read_back and not told:
            told = [f"Read back from git: {', '.join(workspace.read_back)}."]
        for line in told:
            shown = console(stderr=True)
            shown.print(plain(line), style="yellow", markup=False, soft_wrap=True)
        yield workspace


def acting(workspace: Workspace, agent: str) -> Actor:
    """The agent called `agent`, or the user when that is empty."""
    from ..jupyter.people import person_name

    if agent:
        return workspace.actor("agent", agent, agent)
    return workspace.actor("human", person_name(Path.cwd()))


def repository_at(path: Path | None) -> Repository | None:
    """The repository at `path`, or the one that the current folder is in, if it is in one."""
    from ..git.repository import Repository

    if path is not None:
        return Repository.open(path)
    try:
        return Repository.open(Path.cwd())
    except NotFoundError:
        return None
