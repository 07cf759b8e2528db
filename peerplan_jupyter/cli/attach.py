"""`peerplan attach`: files become evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InvalidInputError, PeerPlanError
from .context import acting, opened
from .options import AgentOption, JsonOption, PlanArgument
from .output import table, tell, words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ..plan.operations import AddArtifact
    from ..plan.schema import ArtifactType
    from ..review.workspace import Workspace

NAME = "attach"


def run(
    plan: PlanArgument,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The files.")],
    step: Annotated[str | None, typer.Option(help="The id of the step that they prove.")] = None,
    caption: Annotated[str, typer.Option(help="The claim that they prove, in a sentence.")] = "",
    type_: Annotated[
        str, typer.Option("--type", help="What they are; by default their content says.")
    ] = "",
    agent: AgentOption = "",
    as_json: JsonOption = False,
) -> None:
    """Attach files as evidence."""
    kind = _kind(type_)
    done: list[AddArtifact] = []
    with opened() as workspace:
        actor, plan_id = acting(workspace, agent), workspace.run(workspace.find(plan))
        within = _folder(workspace, plan_id) if agent else None
        for file in files:
            try:
                taking = workspace.attach(
                    plan_id,
                    actor,
                    file,
                    kind=kind,
                    step=step,
                    caption=caption,
                    within=within,
                )
                done.append(workspace.run(taking))
            except PeerPlanError as error:
                error.data |= {"attached": [one.name for one in done]}
                raise
    tell(as_json, {"plan": plan_id, "artifacts": [_fact(one) for one in done]}, _shown(done))


def _folder(workspace: Workspace, plan_id: str) -> Path:
    """What an agent may attach files from: the plan's repository, or else the current folder."""
    return workspace.run(workspace.workdir(plan_id)) or Path.cwd()


def _kind(text: str) -> ArtifactType | None:
    from typing import cast, get_args

    from ..plan.schema import ArtifactType

    if text and text not in get_args(ArtifactType):
        raise InvalidInputError(
            f"{text[:40]!r} is not a type of artifact.",
            hint=f"It is one of {', '.join(get_args(ArtifactType))}.",
        )
    return cast("ArtifactType | None", text or None)


def _fact(one: AddArtifact) -> dict[str, Any]:
    wire = one.to_wire()
    names = ("type", "name", "hash", "size", "mediaType", "stepId", "caption")
    return {"id": one.artifact_id} | {name: wire[name] for name in names if name in wire}


def _shown(done: list[AddArtifact]) -> RenderableType:
    made = table("Artifact", "Type", "Bytes", "Hash", "File")
    for one in done:
        name = words(one.name)
        made.add_row(one.artifact_id, one.type, f"{one.size:,}", one.hash[:19], name)
    return made
