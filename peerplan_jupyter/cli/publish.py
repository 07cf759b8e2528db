"""`peerplan publish`: a plan, or all that waits in the outbox, goes to its plan branch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InvalidInputError, PeerPlanError
from .context import opened
from .exits import DONE
from .options import JsonOption
from .output import console, tell, words

if TYPE_CHECKING:
    from ..review.workspace import Workspace
    from ..store.publisher import Published

NAME = "publish"


def run(
    plan: Annotated[
        str, typer.Argument(metavar="[PLAN]", help="Without it, what waits in the outbox.")
    ] = "",
    repo: Annotated[
        Path | None, typer.Option(help="The repository; by default the plan's own.")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Publish a plan, or all in the outbox.

    It goes to the plan branch of its repository, which is pushed.
    """
    if repo and not plan:
        raise InvalidInputError("--repo needs a PLAN.", hint="`peerplan list` shows the plans.")
    with opened() as workspace, console(stderr=True).status("Publishing"):
        if not plan:
            return _retry(workspace, as_json)
        done = _publish(workspace, workspace.run(workspace.find(plan)), repo)
    tell(as_json, done, words(_sentence(done)))
    return DONE


def _publish(workspace: Workspace, plan_id: str, repo: Path | None) -> dict[str, Any]:
    if repo is not None:
        workspace.run(workspace.bind(plan_id, repo))
    done = workspace.run(workspace.publisher.publish(plan_id))
    return _fact(plan_id, done)


def _retry(workspace: Workspace, as_json: bool) -> int:
    results = workspace.run(workspace.publisher.retry())
    facts = [_fact(plan_id, result) for plan_id, result in results.items()]
    told = [words(_sentence(one)) for one in facts]
    tell(as_json, {"plans": facts}, *(told or [words("Nothing waits to be published.")]))
    failed = [one for one in results.values() if isinstance(one, PeerPlanError)]
    return failed[0].exit_code if failed else DONE


def _fact(plan_id: str, result: Published | PeerPlanError) -> dict[str, Any]:
    if isinstance(result, PeerPlanError):
        return {"plan": plan_id, "error": result.to_wire()}
    return {
        "plan": plan_id,
        "commit": result.commit,
        "folder": result.folder,
        "remote": result.remote,
        "pushed": result.pushed,
        "retries": result.retries,
    }


def _sentence(fact: dict[str, Any]) -> str:
    if "error" in fact:
        return f"{fact['plan']}: {fact['error']['message']} It stays in the outbox."
    where = f"{fact['folder']} at {fact['commit'][:12]}"
    if fact["pushed"]:
        return f"{fact['plan']}: published to {fact['remote']}, {where}."
    return f"{fact['plan']}: written to {where}, here only: the repository has no remote."
