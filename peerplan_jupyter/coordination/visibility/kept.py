"""A list of tasks as texts, a line for each cell: what is quick to keep, to compare and to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import repeat
from typing import NamedTuple

from .row import Row

Known = Mapping[str, tuple[str, Sequence[Row]]]
"""By the key of an id, what its rows were made of, and the rows."""

WIDTH = len(Row._fields) - 1
_row = partial(tuple.__new__, Row)


class Kept(NamedTuple):
    """The rows of a list, with what each was made of. No cell has a line break in it."""

    shown: str = ""
    """The cells of all rows but for their facts."""
    facts: str = ""
    """The facts of all rows; empty where nobody asked for them."""
    inputs: str = ""
    """Of each id its key, what its rows were made of, and how many these are."""

    @classmethod
    def of(cls, known: Known) -> Kept:
        """What is to be kept of these, in their order."""
        rows = [row for _, several in known.values() for row in several]
        inputs = [(key, made_of, str(len(several))) for key, (made_of, several) in known.items()]
        return cls(
            "\n".join([cell for row in rows for cell in row[:WIDTH]]),
            "\n".join([row.facts for row in rows]),
            "\n".join([cell for one in inputs for cell in one]),
        )

    def rows(self) -> list[Row] | None:
        """The rows in the order of their ids, or None where something else was written there."""
        cells = self.shown.split("\n") if self.shown else []
        facts: Iterable[str] = self.facts.split("\n") if self.facts else repeat("")
        columns = [cells[at::WIDTH] for at in range(WIDTH)]
        if len(cells) % WIDTH or (isinstance(facts, list) and len(facts) != len(columns[0])):
            return None
        return list(map(_row, zip(*columns, facts)))  # noqa: B905 (`repeat` has no end)

    def by_key(self) -> dict[str, tuple[str, list[Row]]]:
        """What `of` was made of; nothing where something else was written there."""
        cells = self.inputs.split("\n") if self.inputs else []
        rows = self.rows() or []
        found: dict[str, tuple[str, list[Row]]] = {}
        at = 0
        for key, made_of, count in zip(cells[0::3], cells[1::3], cells[2::3], strict=False):
            end = at + int(count) if count.isdecimal() else -1
            if not at <= end <= len(rows):
                return {}
            found[key] = (made_of, rows[at:end])
            at = end
        return found if at == len(rows) else {}
