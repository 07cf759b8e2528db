"""People as they stand in the files of the registry."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)  # fmt: skip

from ..naming import PREFIX_PATTERN
from ..tasks.task import Line

Prefix = Annotated[
    str, StringConstraints(pattern=rf"^{PREFIX_PATTERN}$"), AfterValidator(str.upper)
]
"""In capitals, however it is written."""


def _text(value: Any) -> Any:
    return "" if value is None else value


def _listed(value: Any) -> Any:
    return () if value is None else value


def _as_reservation(value: Any) -> Any:
    return {"prefix": value} if isinstance(value, str) else value


Element = TypeVar("Element")
Text = Annotated[Line, BeforeValidator(_text)]
Many = Annotated[tuple[Element, ...], BeforeValidator(_listed), Field(max_length=5000)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Member(_Record):
    """Somebody in the team."""

    initials: Prefix
    name: Text = ""
    email: Text = ""
    prefixes: Many[Prefix] = ()
    """Those that their ids have where a team's ids do not begin with initials."""

    @property
    def all_prefixes(self) -> tuple[str, ...]:
        """Every prefix that is theirs."""
        return (self.initials, *self.prefixes)

    def has_email(self, email: str) -> bool:
        """Whether the e-mail address is theirs."""
        return bool(email.strip()) and self.email.strip().lower() == email.strip().lower()

    def is_called(self, text: str) -> bool:
        """Whether `text` is a prefix, the name, the first name or the e-mail address of theirs."""
        names = (*self.all_prefixes, self.name, *self.name.split()[:1], self.email)
        return text.strip().lower() in {one.strip().lower() for one in names if one}


class Former(Member):
    """Somebody who was in the team. Their prefix stays theirs until it is given to another."""

    left: Text = ""
    """The day, as in 2026-05-31."""


class Reservation(_Record):
    """A prefix that is kept for somebody, who may be named."""

    prefix: Prefix
    name: Text = ""
    email: Text = ""

    def is_for(self, name: str, email: str) -> bool:
        """Whether it says that it is kept for this person."""
        told = [(self.name, name), (self.email, email)]
        same = [kept.strip().lower() == own.strip().lower() for kept, own in told if kept]
        return bool(same) and all(same)


class TeamFile(_Record):
    """What `team.yaml` says."""

    version: Annotated[int, Field(ge=1, le=1)] = 1
    members: Many[Member] = ()
    reserved_prefixes: Many[Annotated[Reservation, BeforeValidator(_as_reservation)]] = ()
    former_members: Many[Former] = ()
