"""A table where there is room for it; on a narrow terminal its rows as lines below each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

ENOUGH = 10_000
"""Columns in which every table fits."""


class Fitting:
    """Draws `table` where no cell of it has to be broken; otherwise each row as a block of lines,
    which begin with the name of the column. Empty cells have none.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = self._table
        needed = Measurement.get(console, options.update_width(ENOUGH), table).maximum
        if needed <= options.max_width:
            yield table
            return
        names = [str(column.header) for column in table.columns]
        cells = [[*column.cells] for column in table.columns]
        for row in zip(*cells, strict=True):
            yield Padding(_block(names, row), (1, 0, 0, 0))


def _block(names: list[str], row: tuple[RenderableType, ...]) -> Table:
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True, min_width=max(map(len, names)))
    made.add_column(overflow="fold")
    for name, cell in zip(names, row, strict=True):
        if str(cell):
            made.add_row(name, cell)
    return made
