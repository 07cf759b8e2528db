"""What peers tell each other through a room server before they are linked; see `docs/mesh.md`."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast, get_args

from ...errors import ProtocolError
from ...plan.ids import is_ulid
from ..invitation import MemberRole
from ..sealing import seal, unseal

SignalType: TypeAlias = Literal["announce", "offer", "answer", "candidate", "relay", "leave"]
MAX_SIGNAL = 64_000
"""Characters of a sealed signal."""
_about_an_attempt = frozenset({"offer", "answer", "candidate", "relay"})


@dataclass(frozen=True, slots=True)
class Signal:
    """One message. `attempt` is empty in those that are about no attempt to connect."""

    type: SignalType
    sender: str
    to: str | None = None
    attempt: str = ""
    sdp: str = ""
    candidate: dict[str, Any] | None = None
    role: MemberRole = "viewer"
    """What an announce claims; only the handshake proves it."""

    def to_wire(self) -> dict[str, Any]:
        """Plain JSON."""
        wire: dict[str, Any] = {"v": 1, "type": self.type, "from": self.sender}
        wire |= {"to": self.to} if self.to else {}
        wire |= {"attempt": self.attempt} if self.attempt else {}
        wire |= {"sdp": self.sdp} if self.sdp else {}
        wire |= {"role": self.role} if self.type == "announce" else {}
        return wire | ({"candidate": self.candidate} if self.type == "candidate" else {})


def sealed(signal: Signal, room: str, key: bytes) -> str:
    """The `data` of a y-webrtc `publish`: base64 of the sealed signal."""
    text = json.dumps(signal.to_wire(), separators=(",", ":")).encode()
    return base64.b64encode(seal(key, text, room.encode())).decode()


def unsealed(data: Any, room: str, key: bytes) -> Signal:
    """The signal in `data`; `ProtocolError` for everything that no member of the room made."""
    if not isinstance(data, str) or len(data) > MAX_SIGNAL:
        raise ProtocolError("What came is not a signal.")
    try:
        raw = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise ProtocolError("What came is not base64.") from None
    return _parsed(unseal(key, raw, room.encode()))


def _parsed(text: bytes) -> Signal:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise ProtocolError("A signal is not JSON.") from None
    if not isinstance(said, dict) or said.get("v") != 1 or said.get("type") not in _types:
        raise ProtocolError("A signal is of a kind that is not known here.")
    kind, sender, to = cast("SignalType", said["type"]), said.get("from"), said.get("to")
    if not is_ulid(sender) or not (to is None or is_ulid(to)):
        raise ProtocolError("A signal does not say from whom and to whom it is.")
    attempt, about = said.get("attempt"), kind in _about_an_attempt
    if about and not is_ulid(attempt):
        raise ProtocolError("A signal does not say which attempt it is about.")
    sdp, candidate = said.get("sdp", ""), said.get("candidate")
    if not isinstance(sdp, str) or not (candidate is None or isinstance(candidate, dict)):
        raise ProtocolError("A signal's description or candidate is not one.")
    role = cast("MemberRole", said["role"] if said.get("role") in _roles else "viewer")
    return Signal(kind, str(sender), to, str(attempt) if about else "", sdp, candidate, role)


_roles = frozenset(get_args(MemberRole))
_types = frozenset(get_args(SignalType))
