"""The rooms that this user owns or was invited to, with their secrets, one file for each plan."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import StorageError
from ..plan.ids import checked_plan_id
from ..plan.schema import PlanId, Timestamp


class Issued(BaseModel):
    """An invitation that was given away."""

    model_config = ConfigDict(frozen=True)

    id: str
    """Its `did:key`, by which it is revoked."""
    role: str
    expires: Timestamp = 0
    at: Timestamp
    note: str = ""
    """For whom it is, in the owner's words."""
    url: str
    """The whole link."""


class KeptRoom(BaseModel):
    """A room with what is needed to live in it: `key` and `salt` are base64url."""

    model_config = ConfigDict(frozen=True)

    plan: PlanId
    owner: str
    """`did:key`"""
    salt: str
    key: str
    label: str = ""
    """Which identity of this user is in it; see `review.identity`."""
    name: str = ""
    """What that identity is called."""
    link: str = ""
    """The invitation by which this user came; empty in a room of their own."""
    role: Literal["owner", "reviewer", "viewer"] = "owner"
    """What this user may do."""
    who: str = ""
    """The `did:key` that the invitation's holder takes part with."""
    over: Literal["", "revoked"] = ""
    """Whether the owner said that the link was taken back. The plan says it too, where the change
    that does came.
    """
    servers: tuple[str, ...] = ()
    issued: tuple[Issued, ...] = ()


class Rooms:
    """A folder of such files, which only the user may read. Any number of processes may use it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, plan_id: str) -> KeptRoom | None:
        """The room of a plan; `StorageError` for a file that cannot be read."""
        path = self._path(plan_id)
        try:
            return KeptRoom.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise StorageError(
                f"The room in {path} cannot be read: {str(error)[:200]}.",
                hint="Move the file away, and invite anew.",
            ) from None

    def all(self) -> list[KeptRoom]:
        """Every room that can be read."""
        found = (self._try(path.stem) for path in sorted(self._folder.glob("*.json")))
        return [room for room in found if room is not None]

    def keep(self, room: KeptRoom) -> None:
        """Keep a room in place of what was kept of its plan; on the disk on return."""
        path = self._path(room.plan)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(room.model_dump_json(indent=1).encode())
                file.flush()
                os.fsync(file.fileno())
            Path(file.name).replace(path)
        except OSError as error:
            raise StorageError(f"The room cannot be kept in {path}: {error}.") from None

    def note(self, plan_id: str, issued: Issued) -> None:
        """Remember an invitation into a room that is kept."""
        with FileLock(self._folder / f"{plan_id}.lock", timeout=10):
            room = self.get(plan_id)
            if room is not None:
                self.keep(room.model_copy(update={"issued": (*room.issued, issued)}))

    def end(self, room: KeptRoom) -> None:
        """Remember that the owner took the link of a room back, if that is still what is kept."""
        with FileLock(self._folder / f"{room.plan}.lock", timeout=10):
            if self.get(room.plan) == room:
                self.keep(room.model_copy(update={"over": "revoked"}))

    def forget(self, plan_id: str) -> None:
        """Keep nothing of a plan's room any more."""
        self._path(plan_id).unlink(missing_ok=True)

    def stamp(self) -> int:
        """A number that differs when any room was kept or forgotten since."""
        try:
            return self._folder.stat().st_mtime_ns
        except OSError:
            return 0

    def _try(self, plan_id: str) -> KeptRoom | None:
        try:
            return self.get(plan_id)
        except StorageError:
            return None

    def _path(self, plan_id: str) -> Path:
        return self._folder / f"{checked_plan_id(plan_id)}.json"
