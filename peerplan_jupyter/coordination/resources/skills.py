"""Skills: what an agent can read up on, a folder each with a `SKILL.md` and what it refers to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import InvalidInputError, StorageError, TooLargeError
from ..home import OrcHome
from ..project import Project
from ..yamlfile import parse_yaml
from .chain import Chain, Kind, Resource
from .reading import read_bytes

MAX_FILES = 200
MAX_TOTAL = 5_000_000

_front = re.compile(r"---\n(.*?\n)---\n", re.DOTALL)


@dataclass(frozen=True)
class Skill:
    """A skill with all its files, by their paths in its folder."""

    resource: Resource
    description: str
    files: dict[str, bytes]


class SkillService:
    """Finds skills: a person's own, the team's, the builtin ones."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    @classmethod
    def of(cls, project: Project, home: OrcHome) -> SkillService:
        """The skills of a person in a project."""
        return cls(Chain.of(Kind.SKILL, project, home))

    def read(self, name: str) -> Skill:
        """The skill called `name`, whole. What `Chain.find` raises, and the same for each of its
        files; `TooLargeError` above `MAX_FILES` files or `MAX_TOTAL` bytes.
        """
        found = self.chain.find(name)
        within = next(one.within for one in self.chain.places if one.source is found.source)
        folder = found.path.parent
        files = dict(_files(folder, within))
        return Skill(found, description_of(found.content, str(found.path)), files)


def description_of(content: str, where: str) -> str:
    """What the front matter of a `SKILL.md` says it is for, or nothing."""
    if (front := _front.match(content)) is None:
        return ""
    said = parse_yaml(front[1].encode(), where).get("description")
    return said if isinstance(said, str) else ""


def _files(folder: Path, within: Path | None) -> Iterator[tuple[str, bytes]]:
    total = 0
    for count, path in enumerate(_paths(folder)):
        data = read_bytes(path, within)
        total += len(data or b"")
        if count >= MAX_FILES or total > MAX_TOTAL:
            raise TooLargeError(
                f"The skill at {folder} is too large: at most {MAX_FILES} files and"
                f" {MAX_TOTAL:,} bytes are read."
            )
        yield path.relative_to(folder).as_posix(), data or b""


def _paths(folder: Path) -> Iterator[Path]:
    """The files below `folder` in a fixed order; links to folders count as what they are."""
    for here, folders, names in os.walk(folder, onerror=_unlisted):
        folders.sort()
        for name in [one for one in folders if (Path(here) / one).is_symlink()]:
            raise InvalidInputError(
                f"{Path(here) / name} is a link to a folder.",
                hint="Put the files themselves there.",
            )
        yield from (Path(here) / name for name in sorted(names))


def _unlisted(error: OSError) -> None:
    raise StorageError(f"{error.filename} cannot be listed: {error.strerror or error}.") from None
