# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo shows: a line for each thing that happens, tables, a bar where it takes time."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from projections.story import Step


class Bar:
    """A bar that somebody moves, or nothing."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def to(self, done: int) -> None:
        """Show how much is done."""
        self._progress.update(self._task, completed=done)


class Screen:
    """Talks to a person; says nothing without a console. The bar goes to stderr."""

    def __init__(self, console: Console | None) -> None:
        self._console = console or Console(quiet=True)
        self._errors = Console(stderr=True, quiet=console is None)

    def title(self, text: str) -> None:
        """Begin a part."""
        self._console.print(f"\n[bold]{text}[/]")

    def happens(self, at: datetime, text: str) -> None:
        """Say what happens when."""
        self._console.print(f"[dim]{at:%m-%d %H:%M:%S}[/]  {text}", highlight=False)

    def say(self, text: str) -> None:
        """Say something about what is seen."""
        self._console.print(f"                {text}", highlight=False, soft_wrap=True)

    def types(self, command: str) -> None:
        """Show what a person would type."""
        self._console.print(f"                [bold cyan]$ {command}[/]", highlight=False)

    @contextmanager
    def working(self, what: str, total: int | None = None) -> Iterator[Bar]:
        """Show a bar as long as this goes on."""
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        hidden = not self._errors.is_terminal
        with Progress(*columns, console=self._errors, transient=True, disable=hidden) as progress:
            yield Bar(progress, progress.add_task(what, total=total))

    def counts(self, title: str, counts: Mapping[tuple[str, str], int]) -> None:
        """Show how many builds have which verdict, and why."""
        rows = ((kind, reason, f"{n:,}") for (kind, reason), n in sorted(counts.items()))
        self._table(title, ("verdict", "reason", "builds>"), rows)

    def figures(self, title: str, figures: Mapping[str, int | str]) -> None:
        """Show figures, a line each."""
        rows = ((k, f"{v:,}" if isinstance(v, int) else v) for k, v in figures.items())
        self._table(title, ("", ">"), rows)

    def story(self, title: str, steps: Iterable[Step]) -> None:
        """Show what happened to a package."""
        rows = (
            (str(s.position), f"{s.at:%m-%d %H:%M:%S}", s.event, s.nvr or "", s.tag or "", _why(s))
            for s in steps
        )
        self._table(title, ("position>", "at", "event", "build", "tag", "why"), rows)

    def _table(self, title: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
        table = Table(title=title, title_justify="left", show_header=any(columns))
        for column in columns:
            table.add_column(column.rstrip(">"), justify="right" if ">" in column else "left")
        for row in rows:
            table.add_row(*row)
        self._console.print(table)


def _why(step: Step) -> str:
    rests = ", ".join(f"#{position}" for position in step.evidence)
    return " ".join(part for part in (step.reason, rests and f"(see {rests})") if part)
