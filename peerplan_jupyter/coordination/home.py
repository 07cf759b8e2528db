"""What one person has on one machine: `~/.orc`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import StorageError


@dataclass(frozen=True)
class OrcHome:
    """The folder `~/.orc`, or what `ORC_HOME` names. Nothing is made by looking."""

    folder: Path

    @classmethod
    def find(cls, environment: Mapping[str, str] | None = None) -> OrcHome:
        """The home of whoever runs this."""
        named = (os.environ if environment is None else environment).get("ORC_HOME", "")
        return cls(Path(named) if named else Path("~/.orc").expanduser())

    @property
    def config_file(self) -> Path:
        """Who the person is, and what they prefer everywhere."""
        return self.folder / "config.yaml"

    @property
    def trust(self) -> Path:
        """The hashes of what others wrote and the person agreed to."""
        return self.folder / "trust"

    def machine_id(self) -> str:
        """Eight hexadecimal digits that stand for this machine, drawn once and kept.

        A name of the host would change with the network, and tell more than it must.
        `StorageError` where the folder cannot be written.
        """
        place = self.folder / "machine-id"
        try:
            return _kept(place) or _drawn(place)
        except OSError as error:
            raise StorageError(
                f"{place} cannot be used: {error.strerror or error}.",
                hint="Set ORC_HOME to a folder that you can write to.",
            ) from None


def _kept(place: Path) -> str:
    try:
        text = place.read_text("ascii", "replace").strip()
    except FileNotFoundError:
        return ""
    return text if len(text) == 8 and text.isalnum() else ""


def _drawn(place: Path) -> str:
    """Draw one. Of several processes that do so at once, one wins, and all return its id."""
    import secrets  # noqa: PLC0415 (which most commands would import for nothing)

    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mine = place.with_name(f"machine-id.{secrets.token_hex(8)}")
    mine.write_text(secrets.token_hex(4), "ascii")
    try:
        if place.exists() and not _kept(place):
            place.unlink()
        with contextlib.suppress(FileExistsError):
            os.link(mine, place)
    finally:
        mine.unlink()
    return _kept(place)
