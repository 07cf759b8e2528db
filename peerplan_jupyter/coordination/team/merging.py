"""Merging what two people made of the same facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

KEYED: Final = ("members", "former_members", "reserved_prefixes", "prefixes")
"""Lists whose order says nothing: people by their initials, prefixes by themselves."""


@dataclass(frozen=True)
class Missing:
    """What is not there."""


MISSING: Final = Missing()


@dataclass(frozen=True)
class Conflict:
    """Both changed the same thing, each in another way; one of them may have taken it away."""

    ours: Any
    theirs: Any


def merge(base: Any, ours: Any, theirs: Any, name: str = "") -> Any:
    """What comes of `base` when both changes are made: mappings by key, the lists in `KEYED` by
    their elements, anything else as a whole. Where that cannot be, a `Conflict` stands.
    """
    if theirs in (ours, base):
        return ours
    if base == ours:
        return theirs
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return _by_key(base if isinstance(base, dict) else {}, ours, theirs)
    before, mine, yours = (elements(one) for one in (base, ours, theirs))
    if name in KEYED and mine is not None and yours is not None:
        return list(_by_key(before or {}, mine, yours).values())
    return Conflict(ours, theirs)


def _by_key(base: dict[Any, Any], ours: dict[Any, Any], theirs: dict[Any, Any]) -> dict[Any, Any]:
    """Ours in its order; what only they have comes after what it comes after there."""
    order = list(ours)
    for before, key in zip([None, *theirs], theirs, strict=False):
        if key not in ours:
            order.insert(order.index(before) + 1 if before is not None else 0, key)
    found = {
        key: merge(base.get(key, MISSING), ours.get(key, MISSING), theirs.get(key, MISSING), key)
        for key in order
    }
    return {key: value for key, value in found.items() if value is not MISSING}


def elements(value: Any) -> dict[str, Any] | None:
    """The elements of a list in `KEYED` by what they are about; None where two are about the
    same, or it is no such list.
    """
    if not isinstance(value, list):
        return None
    named = [(about(one), one) for one in value]
    found = {name: one for name, one in named if name is not None}
    return found if len(found) == len(value) else None


def about(element: Any) -> str | None:
    """The prefix that an element of a list in `KEYED` is about."""
    if isinstance(element, Conflict):
        return about(element.ours) or about(element.theirs)
    if isinstance(element, dict):
        element = element.get("initials", element.get("prefix"))
    return element.upper() if isinstance(element, str) else None


def side(value: Any, choose: Callable[[Conflict], Any]) -> Any:
    """`value` with each conflict in it settled by `choose`; a side that is missing is left out."""
    if isinstance(value, Conflict):
        return choose(value)
    if isinstance(value, dict):
        settled = {key: side(one, choose) for key, one in value.items()}
        return {key: one for key, one in settled.items() if one is not MISSING}
    if isinstance(value, list):
        return [one for each in value if (one := side(each, choose)) is not MISSING]
    return value


def conflicts(value: Any) -> Iterator[Conflict]:
    """The conflicts in `value`."""
    if isinstance(value, Conflict):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from conflicts(one)
