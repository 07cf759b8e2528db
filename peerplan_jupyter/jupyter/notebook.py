"""The notebook's functions: open a plan, create one, list those there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import PeerPlanError
from ..git.repository import Repository
from ..plan.ids import new_id
from ..plan.operations import CreatePlan, parse_operation
from .kernel import kernel_workspace, notebook_person
from .reviewed import Plan

__all__ = ["Plan", "create", "list_plans", "open"]


def open(url: str, repo: str | Path | None = None) -> Plan:  # noqa: A001
    """The plan that `url` names: a plan URL, a pull request's URL, a path, or a plan's id.

    A URL with an invitation opens the plan's room too: what others write there comes here, and
    what is written here goes there, as the invitation's role allows.
    `repo` is the repository at hand, by default the working directory's; its remotes' hosts may
    be read from. Raises `InvalidInputError`, `NotFoundError`, `UnreachableError`, and
    `ForbiddenError` for an invitation that is over.
    """
    workspace = kernel_workspace()
    folder = Path(repo) if repo is not None else Path.cwd()
    person = notebook_person()
    return Plan(workspace, workspace.run(workspace.join(str(url), person.name, folder)), person)


def create(
    title: str,
    content: str = "",
    steps: Iterable[str | Mapping[str, Any]] = (),
    *,
    id: str | None = None,  # noqa: A002
    repo: str | Path | None = None,
    pr: int | None = None,
) -> Plan:
    """Begin a plan, written by the person who runs the notebook.

    A step is its title, or an object with `title`, `description`, `criteria` and `status`. The
    plan is published to `repo`, by default to the repository of the working directory; without
    one it stays on this machine. Raises `InvalidInputError`.
    """
    person = notebook_person()
    fields = {
        "op": "create_plan",
        "planId": id or new_id(),
        "title": title,
        "content": content,
        "steps": [{"title": one} if isinstance(one, str) else dict(one) for one in steps],
        "pr": pr,
    }
    operation = parse_operation(fields, person)
    assert isinstance(operation, CreatePlan)  # noqa: S101 (its `op` says so)
    workspace = kernel_workspace()
    workspace.run(workspace.create(operation, _folder(repo)))
    return Plan(workspace, operation.plan_id, person)


def list_plans() -> list[Plan]:
    """The plans on this machine, the last created first."""
    workspace, person = kernel_workspace(), notebook_person()
    summaries = workspace.run(workspace.summaries())
    return [Plan(workspace, one["id"], person) for one in summaries]


def _folder(repo: str | Path | None) -> Path | None:
    if repo is not None:
        return Path(repo)
    try:
        Repository.open(Path.cwd()).close()
    except PeerPlanError:
        return None
    return Path.cwd()
