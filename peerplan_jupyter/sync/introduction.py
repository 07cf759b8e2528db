"""What a peer says about itself when it joins, and the answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .frames import Permission
from .limits import Clock, Limits


@dataclass(frozen=True, slots=True)
class Introduction:
    """The JSON in JoinRequest's `auth` and in JoinResponseOk's `extra`.

    It proves nothing by itself: who checks it decides what it is worth.
    """

    identity: dict[str, Any] = field(default_factory=dict)
    """The identity as in `plan.json`."""
    peer: str = ""
    """The key under which the peer keeps its presence."""
    token: str = field(default="", repr=False)
    """A secret that admits to the room."""
    acks: bool = True
    """Whether the peer acknowledges what it receives as requester too."""
    features: tuple[str, ...] = ()
    """What it can do besides, in words; those that are not known mean nothing."""
    raw: bytes = field(default=b"", repr=False)
    """The bytes as they came, for peers that send something else."""

    def encode(self) -> bytes:
        """The JSON, without what is empty."""
        fields = {
            "identity": self.identity,
            "peer": self.peer,
            "token": self.token,
            "features": self.features,
        }
        said: dict[str, Any] = {key: value for key, value in fields.items() if value}
        return json.dumps(said | {"acks": self.acks}, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, raw: bytes) -> Introduction:
        """What `raw` says; bytes that are not such JSON make an introduction that says nothing."""
        try:
            said = json.loads(raw)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            return cls(acks=False, raw=raw)
        return cls(
            identity=_kept(said.get("identity"), dict),
            peer=_kept(said.get("peer"), str),
            token=_kept(said.get("token"), str),
            acks=said.get("acks") is True,
            features=tuple(one for one in _kept(said.get("features"), list) if type(one) is str),
            raw=raw,
        )


def _kept(value: Any, kind: type) -> Any:
    return value if isinstance(value, kind) else kind()


Admit: TypeAlias = Callable[[str, Introduction], Permission]
"""Says what a peer may do in the room of that name, or raises `ForbiddenError`."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms this peer meets others."""

    admit: Admit
    """Asked on both sides, each about the other."""
    introduction: Introduction = field(default_factory=Introduction)
    """What it says about itself."""
    limits: Limits = field(default_factory=Limits)
    clock: Clock = time.monotonic
