# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo shows: a line for each thing that happens, tables, a bar where it takes time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from adapters.steps import story_columns, story_row
from adapters.tables import coloured, drawn, number
from projections.story import Step

MARGIN: Final = " " * 16
"""What stands before a line that has no time of its own."""

ROOM_FOR_BAR: Final = 28
"""Columns, so that what is done and the time stand beside it in a window of eighty."""


class Bar:
    """A bar that somebody moves, or nothing."""

    def __init__(self, progress: Progress, task: TaskID, total: int | None) -> None:
        self._progress = progress
        self._task = task
        self._total = total

    def to(self, done: int, total: int | None = None) -> None:
        """Show how much is done, and of how much where that is known only now."""
        self._total = total or self._total
        count = f"{done:,} of {self._total:,}" if self._total else f"{done:,}"
        self._progress.update(self._task, completed=done, total=self._total, count=count)


class Screen:
    """Talks to a person; says nothing without a console. The bar goes to stderr."""

    def __init__(self, console: Console | None) -> None:
        self._console = console or Console(quiet=True)
        self._errors = Console(stderr=True, quiet=console is None or not coloured())

    def title(self, text: str) -> None:
        """Begin a part."""
        self._console.print()
        self._console.print(Text(text, "bold"))

    def happens(self, at: datetime, text: str) -> None:
        """Say what happens when."""
        self._indented(Text.assemble((f"{at:%m-%d %H:%M:%S}", "dim"), "  "), text)

    def say(self, text: str) -> None:
        """Say something about what is seen."""
        self._indented(Text(MARGIN), text)

    def types(self, command: str) -> None:
        """Show what a person would type; it is one line, so that it can be copied."""
        shown = Text.assemble(MARGIN, (f"$ {command}", "bold cyan"))
        self._console.print(shown, soft_wrap=True)

    @contextmanager
    def working(self, what: str, total: int | None = None) -> Iterator[Bar]:
        """Show a bar as long as this goes on."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(ROOM_FOR_BAR),
            TextColumn("{task.fields[count]}"),
            TimeElapsedColumn(),
        )
        hidden = self._errors.quiet or not self._errors.is_terminal
        with Progress(*columns, console=self._errors, transient=True, disable=hidden) as progress:
            yield Bar(progress, progress.add_task(what, total=total, count=""), total)

    def counts(self, title: str, counts: Mapping[tuple[str, str], int]) -> None:
        """Show how many builds have which verdict, and why."""
        rows = ((kind, reason, f"{n:,}") for (kind, reason), n in sorted(counts.items()))
        self._table(title, ("VERDICT", "REASON", number("BUILDS")), rows)

    def figures(self, title: str, figures: Mapping[str, int | str]) -> None:
        """Show figures, a line each."""
        rows = ((k, f"{v:,}" if isinstance(v, int) else v) for k, v in figures.items())
        self._table(title, ("WHAT", number("HOW MANY")), rows)

    def story(self, package: str, title: str, steps: Iterable[Step]) -> None:
        """Show what happened to a package, as ``ebs why`` does."""
        self._table(title, story_columns(), (story_row(package, step) for step in steps))

    def _table(
        self, title: str, columns: Sequence[str | Column], rows: Iterable[Sequence[object]]
    ) -> None:
        self.title(title)
        if not self._console.quiet:
            for line in drawn(self._console, columns, rows):
                self._console.print(Text.from_ansi(line), soft_wrap=True)
        self._console.print()

    def _indented(self, head: Text, text: str) -> None:
        """Fold between words, and begin each line below the first."""
        room = max(len(MARGIN), self._console.width - len(head))
        for line in Text(text).wrap(self._console, room):
            line.rstrip()
            self._console.print(Text.assemble(head, line), soft_wrap=True)
            head = Text(" " * len(head))
