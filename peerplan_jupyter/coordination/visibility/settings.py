"""What a list has to know of the settings, without reading all of them where none is set."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..home import OrcHome
from ..naming import BRANCH_PREFIX
from ..project import Project

SECTION = b"git"


@dataclass(frozen=True)
class ListSettings:
    """The settings `git.remote`, `git.branch_prefix` and `git.fetch_timeout`."""

    remote: str = "origin"
    branch_prefix: str = BRANCH_PREFIX
    timeout: float = 20.0

    @classmethod
    def of(cls, project: Project, home: OrcHome) -> ListSettings:
        """Those that hold. Only where a file has the word for their section is all configuration
        loaded; then this raises what `load_config` does.
        """
        files = (
            project.shared / "config.yaml",
            project.orc / "config.yaml",
            home.config_file,
            project.local / "config.yaml",
        )
        if os.environ.get("ORC_REMOTE") or any(SECTION in _content(file) for file in files):
            from ..config.layers import load_config  # noqa: PLC0415

            git = load_config(project, home, os.environ).config.git
            return cls(git.remote, git.branch_prefix, git.fetch_timeout)
        return cls()


def _content(path: os.PathLike[str]) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return b""
