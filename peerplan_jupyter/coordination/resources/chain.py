"""Finding a resource by its name: the first place that has it is the one that is used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ...errors import InvalidInputError, NotFoundError, PeerPlanError
from ..home import OrcHome
from ..project import Project
from .reading import read_text
from .source import Place, Source, project_place

BUILTIN = Path(__file__).with_name("builtin")

_name = re.compile(r"[a-z][a-z0-9_-]{0,63}")


class Kind(StrEnum):
    """What is shared. Its value is the name of its folders."""

    PROMPT = "prompts"
    SKILL = "skills"
    TEMPLATE = "templates"

    @property
    def word(self) -> str:
        """One of it."""
        return self.value[:-1]

    def file(self, name: str) -> str:
        """Where the resource with this name lies in a place."""
        return f"{name}/SKILL.md" if self is Kind.SKILL else f"{name}{self._ending}"

    def name_of(self, path: Path) -> str | None:
        """The name of what lies in a place at `path`, if that is one of this kind."""
        if self is Kind.SKILL:
            found = path.name if path.is_dir() else ""
        else:
            found = path.stem if path.suffix == self._ending else ""
        return found if _name.fullmatch(found) else None

    @property
    def _ending(self) -> str:
        return ".md" if self is Kind.PROMPT else ".yaml"


@dataclass(frozen=True)
class Resource:
    """A prompt, a skill or a template, with where it was found."""

    kind: Kind
    name: str
    content: str
    source: Source
    path: Path


class State(StrEnum):
    """What a place has under a name."""

    USED = "used"
    HIDDEN = "hidden"
    """There, but an earlier place has it too."""
    ABSENT = "absent"
    UNUSABLE = "unusable"


@dataclass(frozen=True)
class Candidate:
    """What one place has under a name; `why` says what is wrong with an unusable one."""

    source: Source
    path: Path
    state: State
    why: str = ""


@dataclass(frozen=True)
class Chain:
    """The places of one kind of resource, the first to be asked first."""

    kind: Kind
    places: Sequence[Place]

    @classmethod
    def of(cls, kind: Kind, project: Project, home: OrcHome) -> Chain:
        """The chain of a person in a project."""
        return cls.between(kind, home.folder / kind, project.local, project.shared)

    @classmethod
    def between(cls, kind: Kind, personal: Path, local: Path, shared: Path) -> Chain:
        """The chain `personal`, `local`/kind, `shared`/kind, builtin. In the person's own folder
        links may lead anywhere: many keep such files in another place.
        """
        return cls(
            kind,
            (
                Place(Source.PERSONAL_GLOBAL, personal),
                project_place(Source.PERSONAL_PROJECT, local, kind),
                project_place(Source.TEAM_SHARED, shared, kind),
                Place(Source.BUILTIN, BUILTIN / kind),
            ),
        )

    def find(self, name: str) -> Resource:
        """The resource that is used under `name`.

        Only a place that has nothing is passed over. What is there and cannot be read is an error
        that names the file (see `read_text`); `InvalidInputError` for what is no name,
        `NotFoundError` where no place has it.
        """
        for place in self.places:
            path = place.folder / self.kind.file(checked_name(name))
            if (content := read_text(path, place.within)) is not None:
                return Resource(self.kind, name, content, place.source, path)
        raise NotFoundError(
            f"There is no {self.kind.word} {name!r}.",
            hint=f"There are: {', '.join(self.names())}.",
        )

    def candidates(self, name: str) -> list[Candidate]:
        """What every place has under `name`, in their order. An unusable one before the one that
        would be used keeps that from being used.
        """
        found: list[Candidate] = []
        for place in self.places:
            settled = any(one.state in {State.USED, State.UNUSABLE} for one in found)
            found.append(self._candidate(place, checked_name(name), settled))
        return found

    def names(self) -> list[str]:
        """The names that any place has."""
        found = {
            name
            for place in self.places
            for path in _listed(place.folder)
            if (name := self.kind.name_of(path)) and _is_there(place.folder / self.kind.file(name))
        }
        return sorted(found)

    def _candidate(self, place: Place, name: str, settled: bool) -> Candidate:
        path = place.folder / self.kind.file(name)
        try:
            content = read_text(path, place.within)
        except PeerPlanError as error:
            return Candidate(place.source, path, State.UNUSABLE, error.message)
        if content is None:
            return Candidate(place.source, path, State.ABSENT)
        return Candidate(place.source, path, State.HIDDEN if settled else State.USED)


def checked_name(name: str) -> str:
    """`name`, if a resource can be called so; `InvalidInputError` otherwise."""
    if _name.fullmatch(name) is None:
        raise InvalidInputError(
            f"{name[:80]!r} is not the name of a prompt, a skill or a template.",
            hint="A name is a small letter with more small letters, digits, - and _ after it.",
        )
    return name


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _is_there(path: Path) -> bool:
    try:
        return path.exists() or path.is_symlink()
    except OSError:
        return True
