"""Tools about evidence: attach a file or inline content to a claim, and take it back."""

from __future__ import annotations

import binascii
from base64 import b64decode
from pathlib import Path
from typing import Annotated

from mcp_types import CallToolResult
from pydantic import Field

from ...errors import ForbiddenError, InvalidInputError
from ...plan.operations import AddArtifact
from ...plan.schema import ArtifactType
from ..answers import Answer, answer
from ..desk import Call, Desk
from ..standing import next_step, standing
from .parameters import PlanName


class ArtifactAttached(Answer):
    """A piece of evidence."""

    plan: str
    artifact: str
    """Its id."""
    type: ArtifactType
    name: str
    hash: str
    size: int
    """Bytes."""


class ArtifactWithdrawn(Answer):
    """Evidence that was taken back."""

    plan: str
    artifact: str


class EvidenceTools:
    """attach_artifact, withdraw_artifact."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def attach_artifact(  # noqa: PLR0913, PLR0917
        self,
        call: Call,
        plan: PlanName,
        caption: Annotated[
            str, Field(description="The claim it supports, in a sentence: “All 42 tests pass.”")
        ],
        path: Annotated[
            str, Field(description="A file in your working directory or the plan's repository.")
        ] = "",
        text: Annotated[
            str, Field(description="Instead of `path`: the content, with `name`.")
        ] = "",
        base64: Annotated[str, Field(description="Instead of `text`: binary content.")] = "",
        name: Annotated[str, Field(description="The file's name, e.g. pytest.xml.")] = "",
        type: Annotated[  # noqa: A002
            ArtifactType | None, Field(description="Default: told from the content.")
        ] = None,
        step: Annotated[str, Field(description="The id of the step that it proves.")] = "",
    ) -> Annotated[CallToolResult, ArtifactAttached]:
        """Attach evidence: a screenshot, test results, a recording, a log, a diff, a notebook or an
        HTML page. Its bytes are kept under their sha256 and published with the plan. Large files go
        by `path`.
        """
        plan_id, caller = await self._desk.at(call, plan)
        source = _source(path, text, base64, name)
        within = await self._within(plan_id, source) if isinstance(source, Path) else None
        made = await self._desk.workspace.attach(
            plan_id,
            caller.actor,
            source,
            name=name,
            kind=type,
            step=step or None,
            caption=caption,
            within=within,
        )
        return await self._attached(plan_id, made)

    async def withdraw_artifact(
        self,
        call: Call,
        plan: PlanName,
        artifact: Annotated[str, Field(max_length=64, description="The artifact's id.")],
        reason: str = "",
    ) -> Annotated[CallToolResult, ArtifactWithdrawn]:
        """Take evidence back, for example because a newer one replaces it. That it was there stays
        on record.
        """
        plan_id, caller = await self._desk.at(call, plan)
        await self._desk.submit(
            plan_id, caller, op="withdraw_artifact", artifactId=artifact, reason=reason
        )
        now = await self._desk.read(lambda plans: standing(plans.get(plan_id)))
        told = ArtifactWithdrawn(plan=plan_id, artifact=artifact, next=next_step(now))
        return answer(told, "The artifact was withdrawn.")

    async def _within(self, plan_id: str, path: Path) -> Path:
        """The folder that a path must not leave: the root, or the plan's repository if the file is
        there.
        """
        workdir = await self._desk.workspace.workdir(plan_id)
        allowed = [one for one in (self._desk.root, workdir) if one is not None]
        if not allowed:
            raise ForbiddenError(
                "This server reads no files: it has no folder, and the plan no repository.",
                hint="Give the content inline as text or base64.",
            )
        return next((one for one in allowed if _holds(one, path)), allowed[0])

    async def _attached(self, plan_id: str, made: AddArtifact) -> CallToolResult:
        now = await self._desk.read(lambda plans: standing(plans.get(plan_id)))
        told = ArtifactAttached(
            plan=plan_id,
            artifact=made.artifact_id,
            type=made.type,
            name=made.name,
            hash=made.hash,
            size=made.size,
            next=next_step(now),
        )
        return answer(told, f"Attached {made.name} as {made.type} ({made.size} bytes).")


def _source(path: str, text: str, base64: str, name: str) -> Path | bytes:
    if sum(bool(one) for one in (path, text, base64)) != 1:
        raise InvalidInputError(
            "attach_artifact takes exactly one of path, text and base64, not empty.",
            hint="Large files go by path.",
        )
    if path:
        if "\0" in path:
            raise InvalidInputError("A path cannot contain NUL.")
        return Path(path)
    if not name:
        raise InvalidInputError("Inline content needs a name, for example pytest.xml.")
    return text.encode("utf-8", "surrogatepass") if text else _decoded(base64)


def _decoded(text: str) -> bytes:
    try:
        return b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInputError(f"The base64 cannot be decoded: {error}.") from None


def _holds(folder: Path, path: Path) -> bool:
    """Whether the file is there; what is refused and what is not is decided where it is read."""
    root = folder.resolve()
    try:
        full = (path if path.is_absolute() else root / path).parent.resolve() / path.name
        return full.is_relative_to(root) and full.exists()
    except (OSError, ValueError, RuntimeError):
        return False
