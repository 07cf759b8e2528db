"""The form of an invitation's fragment: percent-encoded fields, as in a query string."""

from __future__ import annotations

import re
from urllib.parse import unquote

from ..errors import InvalidInputError

REPEATED = frozenset({"server", "ice"})
MAX_FIELDS = 40
_half = re.compile(r"%(?![0-9A-Fa-f]{2})")


def fields_of(fragment: str, longest: int) -> dict[str, list[str]]:
    """The values of each field, in order; those that are not known are in it as well.

    `InvalidInputError` beyond the limits, for what is not percent-encoded UTF-8, and for a second
    value of a field that has one.
    """
    if len(fragment) > longest:
        raise _wrong(f"It has {len(fragment)} characters, and {longest} are allowed")
    pairs = fragment.split("&")
    if len(pairs) > MAX_FIELDS:
        raise _wrong(f"It has {len(pairs)} fields, and {MAX_FIELDS} are allowed")
    found: dict[str, list[str]] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        found.setdefault(_decoded(name), []).append(_decoded(value))
    for name, values in found.items():
        if len(values) > 1 and name not in REPEATED:
            raise _wrong(f"It has {len(values)} fields {name[:20]!r}")
    return found


def _decoded(text: str) -> str:
    try:
        if _half.search(text) is None:
            return unquote(text, errors="strict")
    except UnicodeDecodeError:
        pass
    raise _wrong("It is not percent-encoded UTF-8")


def _wrong(what: str) -> InvalidInputError:
    hint = "Copy the whole link again, or ask for a new one."
    return InvalidInputError(f"This is not an invitation. {what}.", hint=hint, reason="wrong")
