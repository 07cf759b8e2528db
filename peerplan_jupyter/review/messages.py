"""Messages of a review session: plain JSON, but for the models of `plan.json` that they may hold.

Models go into a page's frame without being made into dictionaries first: with 10,000 annotations
that is a third of the work, and leaves nothing to the garbage collector.
"""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from pydantic_core import PydanticSerializationError, to_json

from ..plan.schema import Model

Message: TypeAlias = dict[str, Any]


def plain(message: Any) -> Any:
    """The message as plain JSON, with wire names and without what is unset in models."""
    if isinstance(message, Model):
        return message.to_wire()
    if isinstance(message, dict):
        return {key: plain(value) for key, value in message.items()}
    return message


def encoded(message: Message) -> bytes:
    """The message as JSON in UTF-8; what is no text in Unicode is replaced by question marks."""
    try:
        return to_json(message, by_alias=True, exclude_none=True)
    except PydanticSerializationError:
        text = json.dumps(plain(message), ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")
