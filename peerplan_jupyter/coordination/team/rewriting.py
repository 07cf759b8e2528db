"""Changing in YAML text what must change so that it says something else.

Libraries that keep comments write a whole file anew, in an indentation of their own and with
comments where they find room, so that one change shows as many. Here lines that stay, stay as
they are; and what came of it is read again, to see that it says what it must.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...errors import InvalidInputError
from ..yamlfile import dump_yaml, parse_yaml
from .merging import MISSING, Conflict, conflicts, elements, side
from .yaml_text import Part, Text, plain

OURS, BETWEEN, THEIRS = "<<<<<<< ours", "=======", ">>>>>>> theirs"

_conflict = re.compile(
    rf"^{OURS}\n(?P<ours>(?:.*\n)*?){BETWEEN}\n(?P<theirs>(?:.*\n)*?){THEIRS}\n", re.MULTILINE
)


def rewritten(text: str, facts: Mapping[str, Any], donor: str = "") -> str | None:
    """`text`, changed so that it says `facts`. Comments, order and quotes stay with what stays;
    what is new comes from `donor` with its comments, if that says the same.

    Conflicts in `facts` stand between markers; None where that cannot be done. What can only be
    said in other words altogether loses its comments.
    """
    made = _Writer(Text(text), Text(donor)).whole(dict(facts))
    if _says(made, dict(facts)):
        return made
    return None if any(conflicts(dict(facts))) else dump_yaml(facts)


def _says(made: str, facts: dict[str, Any]) -> bool:
    """Whether both sides of `made`, where it has conflicts, say what they must."""
    ours = _conflict.sub(lambda found: found["ours"], made), side(facts, lambda one: one.ours)
    theirs = _conflict.sub(lambda found: found["theirs"], made), side(facts, lambda one: one.theirs)
    try:
        return all(parse_yaml(text.encode(), "") == wanted for text, wanted in (ours, theirs))
    except InvalidInputError:
        return False


class _Writer:
    """Writes what `ours` says differently; what is new is looked for in `theirs`."""

    def __init__(self, ours: Text, theirs: Text) -> None:
        self.ours = ours
        self.theirs = theirs

    def whole(self, facts: dict[str, Any]) -> str:
        """The text that says `facts`."""
        parts, donors = self.ours.top(), _by_key(self.theirs.top())
        if parts and facts:
            lines = self._collection(parts, facts, 0, donors)
        elif self.ours.root is None:
            lines = self.ours.lines
            for key, value in facts.items():
                lines = [*lines, *self._fresh(key, value, 0, donors.get(key), in_list=False)]
        else:
            lines = []
        return "".join(f"{line}\n" for line in lines)

    def _collection(
        self,
        parts: list[Part],
        wanted: Mapping[str, Any],
        begin: int,
        donors: Mapping[str, Part],
        in_list: bool = False,
    ) -> list[str]:
        """The lines of `parts` and those from `begin` above them, with the values wanted."""
        there, lines = _by_key(parts), self.ours.lines
        made, loose = lines[begin : parts[0].first], list[str]()
        for gone in [one for one in parts if one.key not in wanted]:
            after = lines[self.ours.body(gone) : gone.end]
            made += after if any(line.strip() for line in after) else []
        for key, value in wanted.items():
            donor = donors.get(key)
            if (part := there.get(key)) is None:
                made += self._fresh(key, value, parts[0].column, donor, in_list=in_list)
                continue
            made += [*loose, *self._changed(part, value, donor, in_list=in_list)]
            loose = lines[self.ours.body(part) : part.end]
        return made + loose

    def _changed(self, part: Part, value: Any, donor: Part | None, *, in_list: bool) -> list[str]:
        """A part with its comment, saying `value`."""
        lines, body = self.ours.lines, self.ours.body(part)
        if plain(part.node) == value:
            return lines[part.first : body]
        if (inside := self._inside(part, value, donor)) is not None:
            return inside
        comment, value = lines[part.first : part.start], _lifted(value)
        if isinstance(value, Conflict):
            same = plain(part.node) == value.ours
            mine = lines[part.start : body] if same else None
            return comment + self._conflicting(part.key, value, part.column, donor, mine, in_list)
        if donor and plain(donor.node) == value:
            return comment + self._given(donor, part.column, donor.start)
        return comment + (
            self._in_place(part, value) or _dumped(part.key, value, part.column, in_list)
        )

    def _inside(self, part: Part, value: Any, donor: Part | None) -> list[str] | None:
        """A part of which only a part is different; None where that cannot be told."""
        wanted = value if isinstance(value, dict) else elements(value)
        parts = self.ours.inner(part)
        if not parts or not wanted or isinstance(value, list) != isinstance(plain(part.node), list):
            return None
        first = parts[0]
        shares_line = first.start == part.start
        if shares_line and next(iter(wanted.items())) != (first.key, plain(first.node)):
            return None
        donors = _by_key(self.theirs.inner(donor)) if donor else {}
        begin = part.start + (not shares_line)
        above = self.ours.lines[part.first : begin]
        return above + self._collection(parts, wanted, begin, donors, isinstance(value, list))

    def _fresh(
        self, key: str, value: Any, column: int, donor: Part | None, *, in_list: bool
    ) -> list[str]:
        """A part that is not there yet."""
        value = _lifted(value)
        if isinstance(value, Conflict):
            return self._conflicting(key, value, column, donor, None, in_list)
        if donor and plain(donor.node) == value:
            return self._given(donor, column, donor.first)
        return _dumped(key, value, column, in_list)

    def _conflicting(
        self,
        key: str,
        value: Conflict,
        column: int,
        donor: Part | None,
        mine: list[str] | None,
        in_list: bool,
    ) -> list[str]:
        ours = _dumped(key, value.ours, column, in_list) if mine is None else mine
        if donor and plain(donor.node) == value.theirs:
            theirs = self._given(donor, column, donor.start)
        else:
            theirs = _dumped(key, value.theirs, column, in_list)
        return [OURS, *ours, BETWEEN, *theirs, THEIRS]

    def _given(self, donor: Part, column: int, begin: int) -> list[str]:
        """The lines of a part of theirs, set at `column`."""
        lines = self.theirs.lines[begin : self.theirs.body(donor)]
        shift = column - donor.column
        return [" " * shift + one if one and shift > 0 else one[-min(shift, 0) :] for one in lines]

    def _in_place(self, part: Part, value: Any) -> list[str]:
        """The line of a part with another value in it, and the comment after that."""
        start, end = part.node.start_mark, part.node.end_mark
        if not isinstance(value, str) or isinstance(plain(part.node), dict | list):
            return []
        if "\n" in value or start.line != end.line or start.line != part.start:
            return []
        line = self.ours.lines[start.line]
        said = dump_yaml({"x": value}).removeprefix("x: ").rstrip("\n")
        return [line[: start.column] + said + line[end.column :]] if start != end else []


def _by_key(parts: list[Part]) -> dict[str, Part]:
    return {one.key: one for one in parts}


def _lifted(value: Any) -> Any:
    """A conflict somewhere in what is written as a whole is one of the whole."""
    if isinstance(value, Conflict) or not any(conflicts(value)):
        return value
    return Conflict(side(value, lambda one: one.ours), side(value, lambda one: one.theirs))


def _dumped(key: str, value: Any, column: int, in_list: bool) -> list[str]:
    """A part in the words of this program; nothing for what is missing."""
    if value is MISSING:
        return []
    lines = dump_yaml({key: [value] if in_list else value}).splitlines()
    return [" " * column + line if line else line for line in lines[in_list:]]
