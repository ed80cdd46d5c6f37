# SPDX-License-Identifier: GPL-3.0-or-later
"""What is printed: data on stdout, talk on stderr, and nothing that could steer a terminal."""

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Final

import click
import msgspec
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text

from domain.envelope import Recorded

FIRST: Final = 5
"""How many of many are told in full."""

GAP: Final = 2
"""Blanks between two columns."""

NARROWEST: Final = 20
"""Of a column of text."""

_ENDLESS: Final = 10_000
"""Columns of what is not a terminal: a row is a line there, however long."""


def plain(value: object) -> str:
    """Return the text with everything escaped that a terminal would act on instead of showing."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def iso(at: datetime) -> str:
    """Return the time in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def some(things: Sequence[object], first: int = FIRST) -> str:
    """Return the first few of them, and how many more there are."""
    more = len(things) - first
    return ", ".join(map(plain, things[:first])) + (f" and {more} more" if more > 0 else "")


def counted(count: int, thing: str) -> str:
    """Return so many things, in the plural where it is one."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def talk(*lines: str) -> None:
    """Say something to the person, on stderr."""
    for line in lines:
        click.echo(plain(line), err=True)


def say(*lines: str) -> None:
    """Print lines of data."""
    for line in lines:
        click.echo(plain(line))


def print_json(value: object) -> None:
    """Print a value as one line of JSON, in ASCII."""
    text = json.dumps(msgspec.to_builtins(value, enc_hook=str), ensure_ascii=True)
    click.echo(text.replace("\x7f", "\\u007f"))


def print_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table as CSV."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)


def print_table(columns: Sequence[str | Column], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; columns that are only named, and numbers, always have the width they need."""
    cells = [[_cell(value) for value in row] for row in rows]
    heads = [Column(c, no_wrap=True) if isinstance(c, str) else c for c in columns]
    if not cells:
        return
    screen = console(sys.stdout)
    _fit([*zip(*cells, strict=True)], heads, screen.width)
    screen.width = sum((column.width or 0) + GAP for column in heads)
    table = Table(*heads, box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for row in cells:
        table.add_row(*map(Text, row))
    _print(table, screen)


def _fit(content: Sequence[Sequence[str]], columns: Sequence[Column], width: int) -> None:
    """Give every column what it needs, and columns of text what is left, the shortest first."""
    for column, texts in zip(columns, content, strict=True):
        column.width = max(map(cell_len, (str(column.header), *texts)))
    left = width - sum((column.width or 0) + GAP for column in columns if not column.ratio)
    elastic = sorted((c for c in columns if c.ratio), key=lambda column: column.width or 0)
    for waiting, column in zip(range(len(elastic), 0, -1), elastic, strict=True):
        column.width = min(column.width or 0, max(NARROWEST, left // waiting - GAP))
        left -= column.width + GAP


def number(name: str) -> Column:
    """Return a column of numbers."""
    return Column(name, justify="right", no_wrap=True)


def prose(name: str) -> Column:
    """Return a column of text that may take several lines."""
    return Column(name, overflow="fold", ratio=1)


def one_line(name: str) -> Column:
    """Return a column of text that is cut where the line ends."""
    return Column(name, no_wrap=True, overflow="ellipsis", ratio=1)


def print_pairs(pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values below each other."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(name, Text(_cell(value)))
    _print(table, console(sys.stdout))


def _print(table: Table, screen: Console) -> None:
    """Print it without the blanks that fill up the last column."""
    with screen.capture() as captured:
        screen.print(table)
    for line in captured.get().splitlines():
        click.echo(line.rstrip(), color=True)


def print_recorded(
    recorded: Sequence[Recorded], head: int, *, as_json: bool, dry_run: bool
) -> None:
    """Print the ids of the events that were recorded, or would be; of many the first few."""
    ids = [each.envelope.id for each in recorded]
    if as_json:
        print_json({"events": ids, "position": head})
        return
    if dry_run:
        talk("dry run: nothing was recorded; it would be" if ids else "dry run")
    if not ids:
        talk("nothing new, so nothing was recorded" if not dry_run else "nothing would be recorded")
    for each in recorded[:FIRST]:
        say(f"{each.envelope.id}  {each.envelope.event.topic}")
    if len(ids) > FIRST:
        say(f"… and {len(ids) - FIRST} more, {len(ids)} in all")


def console(file: IO[str]) -> Console:
    """Return a console that colours only a terminal, and folds only what has a width."""
    terminal = file.isatty()
    width = None if terminal or "COLUMNS" in os.environ else _ENDLESS
    return Console(
        file=file, width=width, force_terminal=terminal, markup=False, highlight=False, emoji=False
    )


@contextmanager
def progress_bar(what: str, total: int | None) -> Iterator["Bar"]:
    """Show a bar on stderr, where that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    screen = console(sys.stderr)
    bar = Progress(
        *columns,
        TimeRemainingColumn(),
        console=screen,
        disable=not screen.is_terminal,
        transient=True,
    )
    with bar:
        yield Bar(bar, what, total)


class Bar:
    """One bar."""

    def __init__(self, progress: Progress, what: str, total: int | None) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=total)

    def at(self, position: int) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=position)


def asked(question: str, *, yes: bool) -> bool:
    """Ask on a terminal, and take silence for no; elsewhere nobody is asked."""
    if yes or not at_terminal():
        return True
    return click.confirm(plain(question), err=True)


def at_terminal() -> bool:
    """Whether there is a person to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, tuple | list):
        return " ".join(plain(each) for each in value)
    return plain(value)
