"""`peerplan new`: begin a plan."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InvalidInputError, NotFoundError, TooLargeError
from .context import acting, opened, repository_at
from .options import AgentOption, JsonOption
from .output import tell, words

if TYPE_CHECKING:
    from ..git.repository import Repository

NAME = "new"


def run(
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What the plan is called.")],
    content: Annotated[
        str, typer.Option(metavar="FILE", help="The markdown; `-` reads standard input.")
    ] = "",
    step: Annotated[
        list[str] | None, typer.Option(metavar="TITLE", help="A step; may be given again.")
    ] = None,
    pr: Annotated[int | None, typer.Option(help="The pull request it belongs to.")] = None,
    branch: Annotated[
        str | None, typer.Option(help="Its branch; by default the one that is checked out.")
    ] = None,
    repo: Annotated[
        Path | None, typer.Option(help="Its repository; by default the current folder's.")
    ] = None,
    id_: Annotated[str, typer.Option("--id", help="A short id of your own.")] = "",
    agent: AgentOption = "",
    as_json: JsonOption = False,
) -> None:
    """Begin a plan in the current repository."""
    from ..plan.ids import new_id
    from ..plan.operations import CreatePlan, parse_operation

    repository = repository_at(repo)
    fields: dict[str, Any] = {
        "op": "create_plan",
        "planId": id_ or new_id(),
        "title": title,
        "content": _read(content) if content else "",
        "steps": [{"title": one} for one in step or []],
        "pr": pr,
        "branch": branch or (repository.branch() if repository else None),
    }
    with opened() as workspace:
        operation = parse_operation(fields, acting(workspace, agent))
        assert isinstance(operation, CreatePlan)  # noqa: S101
        folder = _folder(repository) if repository else None
        workspace.run(workspace.create(operation, folder))
    _tell(operation.plan_id, folder, as_json)


def _tell(plan_id: str, folder: Path | None, as_json: bool) -> None:
    facts = {"plan": plan_id, "repository": str(folder) if folder else None}
    where = f"in {folder}" if folder else "without a repository (name one with publish --repo)"
    tell(as_json, facts, words(f"{plan_id}  {where}"))


def _folder(repository: Repository) -> Path:
    return repository.work_tree or repository.common_dir


def _read(source: str) -> str:
    from ..plan.schema import MAX_CONTENT

    limit = 4 * MAX_CONTENT  # bytes: a code point has at most four
    data = sys.stdin.buffer.read(limit + 1) if source == "-" else _read_file(Path(source), limit)
    if len(data) > limit:
        raise TooLargeError(
            f"{source} has more than {limit:,} bytes; content may have {MAX_CONTENT:,} characters."
        )
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise InvalidInputError(f"{source} is not text in UTF-8.") from None


def _read_file(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except FileNotFoundError:
        raise NotFoundError(f"There is no file {path}.") from None
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}.") from None
