# SPDX-License-Identifier: GPL-3.0-or-later
"""What is printed: data on stdout, talk on stderr, and nothing that could steer a terminal."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from textwrap import fill
from typing import IO

import click
import msgspec
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text

from adapters.tables import cell, coloured, console, csv_cell, drawn, lines_of
from adapters.words import FIRST, plain
from domain.envelope import Recorded


def talk(*lines: str) -> None:
    """Say something to the person, on stderr; where that takes nothing, the exit code tells."""
    with suppress(OSError):
        for line in lines:
            click.echo(_folded(line, sys.stderr), err=True)


def tell(*sentences: str) -> None:
    """Print sentences, folded between words where there is a width."""
    for sentence in sentences:
        click.echo(_folded(sentence, sys.stdout))


def _folded(line: str, file: IO[str]) -> str:
    text, width = plain(line), console(file).width
    if len(text) <= width:
        return text
    margin = text[: len(text) - len(text.lstrip())]
    return fill(
        text, width, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False
    )


def say(*lines: str) -> None:
    """Print lines of data."""
    for line in lines:
        click.echo(plain(line))


def print_json(value: object) -> None:
    """Print a value as one line of JSON, in ASCII."""
    text = json.dumps(msgspec.to_builtins(value, enc_hook=str), ensure_ascii=True)
    click.echo(text.replace("\x7f", "\\u007f"))


def print_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table as CSV, without a header where there is none."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if header:
        writer.writerow(header)
    writer.writerows([csv_cell(value) for value in row] for row in rows)


def print_table(columns: Sequence[str | Column], rows: Iterable[Sequence[object]]) -> None:
    """Print a table."""
    _print(drawn(console(sys.stdout), columns, rows))


def print_pairs(pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values below each other."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(name, Text(cell(value)))
    screen = console(sys.stdout)
    _print(lines_of(screen, table, screen.width))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line, color=True)


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


@contextmanager
def progress_bar(what: str, total: int | None) -> Iterator["Bar"]:
    """Show a bar on stderr, where that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    screen = console(sys.stderr)
    bar = Progress(
        *columns,
        TimeRemainingColumn(),
        console=screen,
        disable=not (screen.is_terminal and coloured()),
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

    def of(self, position: int, total: int) -> None:
        """Move the bar, whose end is known only now."""
        self._progress.update(self._task, completed=position, total=total)


class Declined(Exception):
    """A person was asked, and did not say yes."""


def make_sure(question: str, *, yes: bool) -> None:
    """Ask on a terminal, and take silence for no; elsewhere nobody is asked. Raises Declined."""
    if not yes and at_terminal() and not click.confirm(plain(question), err=True):
        raise Declined


def at_terminal() -> bool:
    """Whether there is a person to ask."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
