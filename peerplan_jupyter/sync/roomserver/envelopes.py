"""Envelopes: what servers of one backplane say to each other."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from ...errors import ProtocolError

Kind: TypeAlias = Literal[
    "publish", "signal", "frame", "joined", "gone", "full", "free", "beat", "bye"
]
_KINDS = frozenset(get_args(Kind))


@dataclass(frozen=True, slots=True)
class Envelope:
    """`kind` as text, who sent it, then what it is about and what it carries."""

    kind: Kind
    server: str
    """The server it comes from."""
    topic: str = ""
    peer: str = ""
    """The member whom it is for, or about."""
    payload: bytes = b""

    def encode(self) -> bytes:
        """One line of JSON, then the payload."""
        head = json.dumps([self.kind, self.server, self.topic, self.peer], separators=(",", ":"))
        return head.encode() + b"\n" + self.payload


def decode_envelope(data: bytes) -> Envelope:
    """Raises `ProtocolError` for what no server of this version sent."""
    head, _, payload = data.partition(b"\n")
    try:
        kind, server, topic, peer = json.loads(head)
    except (ValueError, TypeError):
        raise ProtocolError("An envelope has no head.") from None
    if kind not in _KINDS or not all(isinstance(one, str) for one in (server, topic, peer)):
        raise ProtocolError("An envelope of an unknown kind.")
    return Envelope(kind, server, topic, peer, payload)
