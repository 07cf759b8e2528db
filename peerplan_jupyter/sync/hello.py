"""What a peer says first on a link."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..plan.schema import Actor, Ulid
from .invitation import Did, Grant


class Person(Actor):
    """Who is there, as they say."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=None)

    id: Did


class Hello(BaseModel):
    """The first message, with these fields and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    type: Literal["hello"]
    v: int
    peer: Ulid
    nonce: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}$")]
    ephemeral: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    identity: Person
    grant: Grant | None

    def to_wire(self) -> dict[str, Any]:
        """As it came."""
        return self.model_dump()
