"""Identifiers: ULIDs for everything, and the seed's short form for plans."""

from __future__ import annotations

import re
import threading

from ulid import ULID

from ..errors import InvalidInputError

ULID_PATTERN = r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
PLAN_ID_PATTERN = r"^(?:[0-7][0-9A-HJKMNP-TV-Z]{25}|[a-z0-9][a-z0-9-]{1,62})$"
_plan_id = re.compile(PLAN_ID_PATTERN.replace("$", r"\Z"))
_ulid = re.compile(ULID_PATTERN.replace("$", r"\Z"))
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """A ULID that sorts after all made before it in this process (ULID spec, monotonicity)."""
    global _last
    with _lock:
        _last = max(int(ULID()), _last + 1)
        return str(ULID.from_int(_last))


def is_ulid(value: object) -> bool:
    """Whether `value` is a ULID in its one canonical spelling."""
    return isinstance(value, str) and _ulid.match(value) is not None


def made_at(ulid: str) -> float:
    """When a ULID was made, in Unix seconds."""
    return float(ULID.from_str(ulid).timestamp)


def checked_plan_id(text: str) -> str:
    """`text`, if it is a plan id; `InvalidInputError` otherwise."""
    if not _plan_id.match(text):
        raise InvalidInputError(
            f"{text[:80]!r} is not a plan id.",
            hint="A plan id is a ULID, or 2 to 63 lower-case letters, digits and hyphens.",
        )
    return text
