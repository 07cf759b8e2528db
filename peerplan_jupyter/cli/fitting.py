"""A table where there is room for it; on a narrow terminal its rows as lines below each other."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table

from .output import table as quiet_table

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Column

LEAST = 24
"""Columns in which sentences can still be read."""
GAP = 3
"""Columns between two of a table's."""


class Fitting:
    """Draws `table` where no cell of it has to be broken, but for those with sentences, which are
    in the columns named `prose`; otherwise each row as a block of lines, which begin with the name
    of the column. What is empty is left out.
    """

    def __init__(self, table: Table, prose: Collection[str] = ()) -> None:
        self._columns = [one for one in table.columns if any(str(cell) for cell in one.cells)]
        self._prose = prose

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        names = [str(column.header) for column in self._columns]
        rows = zip(*[column.cells for column in self._columns], strict=True)
        if sum(self._needed(console, one) + GAP for one in self._columns) <= options.max_width:
            made = quiet_table(*names)
            for row in rows:
                made.add_row(*row)
            yield made
            return
        for row in rows:
            block = Table.grid(padding=(0, 2, 0, 0))
            block.add_column(no_wrap=True, min_width=max(map(len, names)))
            block.add_column(overflow="fold")
            for name, cell in zip(names, row, strict=True):
                if str(cell):
                    block.add_row(name, cell)
            yield Padding(block, (1, 0, 0, 0))

    def _needed(self, console: Console, column: Column) -> int:
        cells = (column.header, *column.cells)
        longest = max(console.measure(one).maximum for one in cells)
        return min(longest, LEAST) if str(column.header) in self._prose else longest
