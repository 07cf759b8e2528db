"""The JSON messages of peers, checked before anything is done with them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

from ...errors import ProtocolError
from .limits import RoomLimits


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Wants what is published on topics."""

    topics: list[str]


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Wants it no more."""

    topics: list[str]


@dataclass(frozen=True, slots=True)
class Publish:
    """Something for all subscribers of a topic, or for one member."""

    topic: str
    data: Any
    to: str | None


@dataclass(frozen=True, slots=True)
class Join:
    """Says under which id this socket is reached. Who knows `secret` may come again."""

    topic: str
    id: str
    secret: str | None


@dataclass(frozen=True, slots=True)
class Ping:
    """Wants a pong."""


Said: TypeAlias = Subscribe | Unsubscribe | Publish | Join | Ping


def parse(text: str, limits: RoomLimits) -> Said | None:
    """What a message says; None for types that are not known here.

    Raises `ProtocolError` for what is no message of the protocol.
    """
    message = _object(text)
    match message.get("type"):
        case "subscribe":
            return Subscribe(_topics(message, limits))
        case "unsubscribe":
            return Unsubscribe(_topics(message, limits))
        case "publish":
            topic = _text(message, "topic", limits.topic_name)
            to = _text(message, "to", limits.peer_id) if "to" in message else None
            return Publish(topic, message.get("data"), to)
        case "join":
            secret = _text(message, "secret", limits.peer_id) if "secret" in message else None
            topic = _text(message, "topic", limits.topic_name)
            return Join(topic, _text(message, "id", limits.peer_id), secret)
        case "ping":
            return Ping()
        case str():
            return None
    raise ProtocolError("A message has no type.")


def write(message: dict[str, Any]) -> str:
    """A message as text; `ProtocolError` for numbers that JSON does not have."""
    try:
        return json.dumps(message, allow_nan=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        raise ProtocolError("A message holds what JSON cannot say.") from None


def _object(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ProtocolError("A message is not JSON.") from None
    if not isinstance(message, dict):
        raise ProtocolError("A message is not a JSON object.")
    return message


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _topics(message: dict[str, Any], limits: RoomLimits) -> list[str]:
    topics = message.get("topics")
    if not isinstance(topics, list):
        raise ProtocolError("`topics` is not a list.")
    return [_checked(one, "topics", limits.topic_name) for one in topics]


def _text(message: dict[str, Any], name: str, longest: int) -> str:
    return _checked(message.get(name), name, longest)


def _checked(value: Any, name: str, longest: int) -> str:
    if not isinstance(value, str) or not value:
        raise ProtocolError(f"`{name}` is not a text.")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise ProtocolError(f"`{name}` is not Unicode.") from None
    if size > longest:
        raise ProtocolError(f"`{name}` has {size} bytes; {longest} are allowed.")
    return value
