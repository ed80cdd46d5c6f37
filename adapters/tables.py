# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables for people: as wide as the terminal, broken between words."""

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from io import StringIO
from typing import IO, Any, Final

from rich.cells import cell_len
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from adapters.words import iso, plain
from domain.values import minute

GAP: Final = 2
"""Blanks between two columns."""

NARROWEST: Final = 24
"""Of a column of prose: only a longer word is broken, and only where there is no room for it."""

_FORMULA: Final = ("=", "+", "-", "@")
"""What a formula begins with in a spreadsheet."""

_ENDLESS: Final = 10_000
"""Columns of what is not a terminal: a row is a line there, however long."""


def coloured() -> bool:
    """Whether escape sequences are welcome at all."""
    return not os.environ.get("NO_COLOR")


def console(file: IO[str]) -> Console:
    """Return a console that styles only a terminal, and folds only what has a width."""
    terminal = file.isatty()
    width = None if terminal or "COLUMNS" in os.environ else _ENDLESS
    return Console(
        file=file,
        width=width,
        force_terminal=terminal,
        color_system="auto" if coloured() else None,
        markup=False,
        highlight=False,
        emoji=False,
    )


def number(name: str) -> Column:
    """Return a column of numbers."""
    return Column(name, justify="right", no_wrap=True)


def moment(name: str) -> Column:
    """Return a column of times; where room is short, a date that stands above is not repeated."""
    return Column(name, justify="right")


def prose(name: str) -> Column:
    """Return a column of text that may take several lines."""
    return Column(name, overflow="fold", ratio=1)


def one_line(name: str) -> Column:
    """Return a column of text that is cut where the line ends."""
    return Column(name, no_wrap=True, overflow="ellipsis", ratio=1)


def cell(value: object) -> str:
    """Return what stands in a table for a value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, tuple | list):
        return " ".join(plain(each) for each in value)
    return plain(value)


def csv_cell(value: object) -> str:
    """Return what stands in CSV: what a spreadsheet would take for a formula begins with a '."""
    text = cell(value)
    return f"'{text}" if text.startswith(_FORMULA) and not isinstance(value, int | float) else text


def drawn(
    screen: Console, columns: Sequence[str | Column], rows: Iterable[Sequence[object]]
) -> Iterator[str]:
    """Yield the lines of a table; nothing where there is no row.

    Columns fold between words; what is one word (a name, a number) stands whole.
    """
    heads = [Column(name) if isinstance(name, str) else name for name in columns]
    values = [list(row) for row in rows]
    if not values:
        return
    texts = [*_texts(values, repeat=True)]
    if sum(_widest(heads, texts)) + GAP * (len(heads) - 1) > screen.width:
        texts = [*_texts(values, repeat=False)]
    _fit(heads, texts, screen.width)
    table = Table(*heads, box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for row in texts:
        table.add_row(*map(Text, row))
    yield from lines_of(screen, table, sum((column.width or 0) + GAP for column in heads))


def lines_of(screen: Console, table: Table, width: int) -> Iterator[str]:
    """Yield a table's lines in the screen's style, without the blanks that fill up the last column.

    They may be wider than the screen: what stands whole is broken by the terminal, if at all.
    """
    canvas = StringIO()
    style: Any = screen.color_system if screen.is_terminal else None
    Console(file=canvas, width=width, force_terminal=screen.is_terminal, color_system=style).print(
        table
    )
    for line in canvas.getvalue().splitlines():
        yield line.rstrip()


def _texts(rows: Sequence[Sequence[object]], *, repeat: bool) -> Iterator[list[str]]:
    above: list[str] = []
    for row in rows:
        whole = [minute(v).removesuffix("Z") if isinstance(v, datetime) else cell(v) for v in row]
        shown = whole.copy()
        for index, value in enumerate(row):
            if isinstance(value, datetime) and above and not repeat:
                date, _, time = whole[index].partition(" ")
                shown[index] = time if above[index].startswith(date) else whole[index]
        above = whole
        yield shown


def _widest(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
    cells = zip(*([str(c.header) for c in columns], *rows), strict=True)
    return [max(map(cell_len, texts)) for texts in cells]


def _narrowest(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
    """A column may become as narrow as its longest word; one of prose may break very long ones."""
    words = [[max(text.split() or [""], key=cell_len) for text in row] for row in rows]
    longest = _widest(columns, words)
    widest = _widest(columns, rows)
    for index, column in enumerate(columns):
        if column.ratio:
            longest[index] = min(longest[index], NARROWEST)
        if column.no_wrap:
            longest[index] = min(widest[index], NARROWEST) if column.ratio else widest[index]
    return longest


def _fit(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> None:
    """Give every column what it needs at least, then what it lacks, the nearly content first."""
    least, most = _narrowest(columns, rows), _widest(columns, rows)
    spare = width - sum(least) - GAP * (len(columns) - 1)
    by_want = sorted(range(len(columns)), key=lambda index: most[index] - least[index])
    for waiting, index in zip(range(len(columns), 0, -1), by_want, strict=True):
        want, share = most[index] - least[index], max(0, spare // waiting)
        # A little more is of use to prose only.
        more = want if want <= share else share if columns[index].ratio else 0
        columns[index].width = least[index] + more
        spare -= more
