"""What a command works with: the user's workspace, and who acts in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import NotFoundError
from .output import console

if TYPE_CHECKING:
    from ..git.repository import Repository
    from ..plan.schema import Actor
    from ..review.workspace import Workspace


@contextmanager
def opened() -> Iterator[Workspace]:
    """The user's workspace, closed afterwards. Plans of a journal that was broken are read back
    from the repository that the current folder is in.
    """
    from ..review.rebuilding import rebuild
    from ..review.workspace import Workspace

    with Workspace() as workspace:
        if workspace.recovered is not None:
            console(stderr=True).print(
                f"The journal was broken. It was moved to {workspace.recovered}; plans are read "
                "back from the plan branch of this repository.",
                style="yellow",
            )
            workspace.run(rebuild(workspace, Path.cwd()))
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
