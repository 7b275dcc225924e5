"""Accounts side by side, with words in the cells: a grid that fills while work goes on, and stands when it is done."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from liveaudit.cli.common import print_table, safe
from liveaudit.cli.setup.matrix import MANY, short

if TYPE_CHECKING:
    from rich.console import RenderableType

_LIVE_ROWS = 20
_STYLES = {"ok": "green", "FAILED": "bold red", "?": "yellow", "warning": "yellow"}
_PER_SECOND = 8


@dataclass(slots=True)
class Grid:
    """Cells by row and column. ``names``: how a row is headed; a cell that was never set is still awaited."""

    title: str
    names: Mapping[str, str]
    columns: Sequence[str]
    cells: dict[tuple[str, str], str] = field(default_factory=dict)

    def put(self, row: str, column: str, text: str) -> None:
        """Fill a cell."""
        self.cells[row, column] = text

    def print(self, width: int) -> None:
        """Print it, in as many blocks of columns as fit into ``width`` characters.

        Of many rows only those that are not well.
        """
        shown = [row for row in self.names if len(self.names) <= MANY or not self._well(row)]
        head = max([len(self.title), *(len(safe(self.names[row])) for row in shown)])
        for block in _blocks(self.columns, width - head):
            rows = [[self.names[row], *(self.cells.get((row, each), "") for each in block)] for row in shown]
            print_table((self.title, *(short(each) for each in block)), rows)
            if len(shown) < len(self.names):
                sys.stdout.write(f"and {len(self.names) - len(shown)} more, in which all is well\n")
            sys.stdout.write("\n")

    def renderable(self) -> RenderableType:
        """The same for a terminal, with the rows first that are not finished or not well."""
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        table.add_column(self.title.upper(), no_wrap=True)
        for column in self.columns:
            table.add_column(short(column), no_wrap=True)
        rows = sorted(self.names, key=self._well)
        for row in rows[:_LIVE_ROWS]:
            shown = (self.cells.get((row, column), "...") for column in self.columns)
            table.add_row(
                Text(safe(self.names[row])),
                *(Text(safe(each), style=_STYLES.get(each, "")) for each in shown),
            )
        if len(rows) > _LIVE_ROWS:
            table.add_row(f"... and {len(rows) - _LIVE_ROWS} more")
        return table

    def _well(self, row: str) -> bool:
        texts = [self.cells.get((row, column), "...") for column in self.columns]
        return not any(each in ("...", "FAILED", "?") for each in texts)


def _blocks(columns: Sequence[str], width: int) -> Iterator[list[str]]:
    block: list[str] = []
    used = 0
    for each in columns:
        needed = max(len(short(each)), len("warning")) + 2
        if block and used + needed > width:
            yield block
            block, used = [], 0
        block.append(each)
        used += needed
    if block:
        yield block


@contextmanager
def shown(*grids: Grid) -> Iterator[None]:
    """Show the grids on standard error while they fill, where that is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console, Group
    from rich.live import Live

    class Current:
        def __rich__(self) -> RenderableType:
            return Group(*(each.renderable() for each in grids))

    with Live(Current(), console=Console(stderr=True), transient=True, refresh_per_second=_PER_SECOND):
        yield
