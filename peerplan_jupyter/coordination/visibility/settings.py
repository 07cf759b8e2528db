"""What a list has to know of the settings, without loading all of them each time."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass

from ..home import OrcHome
from ..naming import BRANCH_PREFIX
from ..project import Project
from .cache import Cache

SECTION = b"git"


@dataclass(frozen=True)
class ListSettings:
    """The settings `git.remote`, `git.branch_prefix` and `git.fetch_timeout`, and in sentences
    what is wrong with settings that were left out.
    """

    remote: str = "origin"
    branch_prefix: str = BRANCH_PREFIX
    timeout: float = 20.0
    faults: tuple[str, ...] = ()

    @classmethod
    def of(cls, project: Project, home: OrcHome) -> ListSettings:
        """Those that hold. All configuration is loaded only where a file has the word for their
        section, or is not known to be sound.
        """
        files = (
            project.shared / "config.yaml",
            project.orc / "config.yaml",
            home.config_file,
            project.local / "config.yaml",
        )
        contents = {os.fspath(file): _content(file) for file in files}
        told = "\n".join(f"{name} {zlib.crc32(data)}" for name, data in contents.items() if data)
        sought = os.environ.get("ORC_REMOTE") or any(SECTION in one for one in contents.values())
        if not sought and not told:
            return cls()
        with Cache(project) as cache:
            if not sought and cache.are_sound(told):
                return cls()
            found = cls._loaded(project, home)
            if not found.faults:
                cache.keep_sound(told)
            return found

    @classmethod
    def _loaded(cls, project: Project, home: OrcHome) -> ListSettings:
        from ..config.layers import load_what_is_sound  # noqa: PLC0415

        config, faults = load_what_is_sound(project, home, os.environ)
        git = config.git
        return cls(git.remote, git.branch_prefix, git.fetch_timeout, faults)


def _content(path: os.PathLike[str]) -> bytes:
    """What is in the file; what cannot be read is named where all are loaded."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError:
        return SECTION
