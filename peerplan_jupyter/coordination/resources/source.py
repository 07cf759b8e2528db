"""Where a prompt, a skill or a template comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Source(StrEnum):
    """Whose it is; the first that has it is used."""

    PERSONAL_GLOBAL = "PersonalGlobal"
    """`~/.orc`"""
    PERSONAL_PROJECT = "PersonalProject"
    """`.orc/local`"""
    TEAM_SHARED = "TeamShared"
    """`.orc/shared`"""
    BUILTIN = "Builtin"


@dataclass(frozen=True)
class Place:
    """A folder that resources are looked for in. `within` is what no symbolic link may lead out
    of; None where the links are the person's own.
    """

    source: Source
    folder: Path
    within: Path | None = None


def project_place(source: Source, folder: Path, kind: str) -> Place:
    """The place for resources of a kind under `.orc/shared` or `.orc/local`. A repository can hold
    `.orc` itself as a link, so what is resolved is only the path to the project.
    """
    root = folder.parent.parent.resolve()
    return Place(source, folder / kind, root / folder.parent.name / folder.name)
