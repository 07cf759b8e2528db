"""Where peerplan keeps things for this user on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from ..errors import StorageError


@dataclass(frozen=True)
class Home:
    """The user's folders, made when they are first asked for and closed to others (0700)."""

    data: Path
    settings: Path
    scratch: Path

    @classmethod
    def default(cls) -> Home:
        """Under `PEERPLAN_HOME` if it is set, else where the system keeps such things."""
        root = os.environ.get("PEERPLAN_HOME")
        if root:
            return cls.under(Path(root).expanduser().absolute())
        return cls(
            platformdirs.user_data_path("peerplan", appauthor=False),
            platformdirs.user_config_path("peerplan", appauthor=False),
            platformdirs.user_cache_path("peerplan", appauthor=False),
        )

    @classmethod
    def under(cls, root: Path) -> Home:
        """Everything under one folder."""
        return cls(root, root / "config", root / "cache")

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return _made(self.data) / "journal.sqlite"

    @property
    def blobs(self) -> Path:
        """The folder of artifacts by hash."""
        return _made(self.data / "blobs")

    @property
    def locks(self) -> Path:
        """The folder of the locks between processes."""
        return _made(self.data / "locks")

    @property
    def config(self) -> Path:
        """The folder of what the user chose: identity, settings."""
        return _made(self.settings)

    @property
    def cache(self) -> Path:
        """The folder of what can be fetched again."""
        return _made(self.scratch)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be made: {error.strerror or error}.",
            hint="Set PEERPLAN_HOME to a folder that you can write to.",
        ) from None
    return folder
