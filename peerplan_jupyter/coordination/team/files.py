"""Reading the files of the registry: `team.yaml`, and `members/AM.yaml` for each member."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath

from ...errors import InvalidInputError, PeerPlanError
from ..project import Project
from ..resources.reading import read_bytes
from ..tasks.store import parsed
from .people import Member, TeamFile
from .registry import Team

TEAM_FILE = "team.yaml"
MEMBERS = "members"


def member_file(initials: str) -> str:
    """Where a member's own file lies in `.orc/shared`."""
    return f"{MEMBERS}/{initials.upper()}.yaml"


def read_team(project: Project) -> Team:
    """The registry in the checkout; without files, nobody is in it."""
    within = project.root.resolve() / ".orc" / "shared"
    places = [project.shared / TEAM_FILE, *sorted((project.shared / MEMBERS).glob("*.yaml"))]
    reading = _Reading()
    for place in places:
        name = place.relative_to(project.shared).as_posix()
        reading.take(name, partial(read_bytes, place, within))
    return reading.team()


def team_of(files: Mapping[str, bytes]) -> Team:
    """The registry in `files`, by their paths in `.orc/shared`."""
    reading = _Reading()
    for name, data in files.items():
        reading.take(name, partial(bytes, data))
    return reading.team()


@dataclass
class _Reading:
    """What is known so far. A file that cannot be read is a problem of the registry, not an error,
    and the prefix that it is named by counts as taken.
    """

    named: TeamFile = field(default_factory=TeamFile)
    members: dict[str, Member] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)

    def take(self, name: str, read: Callable[[], bytes | None]) -> None:
        where = f".orc/shared/{name}"
        stem = PurePosixPath(name).stem.upper()
        try:
            if (data := read()) is None:
                return
            if name == TEAM_FILE:
                self.named = parsed(data, TeamFile, where)
            else:
                self.members[stem] = _member(data, stem, where)
        except PeerPlanError as error:
            self.problems.append(error.message)
            if name != TEAM_FILE:
                self.unreadable.add(stem)

    def team(self) -> Team:
        """The registry. What a member's own file says holds before what `team.yaml` says."""
        for member in self.named.members:
            own = self.members.setdefault(member.initials, member)
            if own.email and member.email and not own.has_email(member.email):
                others = f"{own.email} in their own file, and {member.email} in {TEAM_FILE}"
                self.problems.append(f"{own.initials} is {others}.")
        return Team(
            tuple(self.members[initials] for initials in sorted(self.members)),
            self.named.reserved_prefixes,
            self.named.former_members,
            tuple(self.problems),
            frozenset(self.unreadable),
        )


def _member(data: bytes, stem: str, where: str) -> Member:
    if b"<<<<<<< " in data:
        raise InvalidInputError(
            f"{where} has conflict markers: two people joined as {stem} at once. One of them keeps"
            " the file, and the other runs `orc team join` with other initials."
        )
    member = parsed(data, Member, where)
    if member.initials != stem:
        raise InvalidInputError(f"{where} is the file of {member.initials}, and not named so.")
    return member


def is_registry_file(name: str) -> bool:
    """Whether a path in `.orc/shared` is one of the registry's."""
    folder, _, rest = name.rpartition("/")
    return name == TEAM_FILE or (folder == MEMBERS and rest.endswith(".yaml"))
