# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual pages: what --help says of each verb, in the words of man(7).

click writes its help through a formatter, so a formatter that writes man's macros is all it takes;
click-man knows neither verbs that are imported when they are asked for, nor our examples.
"""

import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from textwrap import dedent
from typing import Final

import click

from adapters.cli.main import cli
from adapters.cli.output import talk

SECTION: Final = 1
DISTRIBUTION: Final = "elnsync"


class Roff(click.HelpFormatter):
    """Writes help as a page for man; it folds the lines itself."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:  # noqa: ARG002 - click's
        """Write how it is called."""
        self.write_heading("Synopsis")
        self.write(f"\\fB{escaped(prog)}\\fR {escaped(args)}\n")

    def write_heading(self, heading: str) -> None:
        """Begin a part."""
        self.write(f'.SH "{escaped(heading.upper())}"\n')

    def write_paragraph(self) -> None:
        """Write nothing: what follows begins a paragraph by itself."""

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        paragraphs = dedent(text).strip().split("\n\n")
        self.write("\n.PP\n".join(map(escaped, paragraphs)) + "\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2  # noqa: ARG002 - click's
    ) -> None:  # fmt: skip
        """Write what things are, each with its name before it."""
        for name, meaning in rows:
            self.write(f".TP\n\\fB{escaped(name)}\\fR\n{escaped(meaning)}\n")


def escaped(text: str) -> str:
    """Return a text that man takes as it is: nothing in it is a macro or an escape."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return "\n".join(f"\\&{line}" if line.startswith(".") else line for line in plain.splitlines())


def pages() -> Iterator[tuple[str, str]]:
    """Yield each page by its file: of ebs itself, of each verb, and of what a verb has itself."""
    yield from _pages(cli, None, "ebs")


def write(folder: Path) -> int:
    """Write all pages into a folder, and return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [(folder / name).write_text(page) for name, page in pages()]
    return len(written)


def _pages(
    command: click.Command, parent: click.Context | None, name: str
) -> Iterator[tuple[str, str]]:
    context = click.Context(command, info_name=name, parent=parent)
    title = context.command_path.replace(" ", "-")
    yield f"{title}.{SECTION}", _page(command, context, title)
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            if found is not None and not found.hidden:
                yield from _pages(found, context, below)


def _page(command: click.Command, context: click.Context, title: str) -> str:
    """Return a page; it bears no date, so that the same source makes the same page."""
    roff = Roff()
    release = f"ebs {version(DISTRIBUTION)}"
    roff.write(f'.TH "{escaped(title.upper())}" {SECTION} "" "{release}" "ebs"\n')
    roff.write_heading("Name")
    short = command.get_short_help_str(200).rstrip(".")
    roff.write(f"{escaped(title)} \\- {escaped(short)}\n")
    command.format_usage(context, roff)
    roff.write_heading("Description")
    command.format_help_text(context, roff)
    command.format_options(context, roff)
    command.format_epilog(context, roff)
    return roff.getvalue()


if __name__ == "__main__":
    talk(f"{write(Path(sys.argv[1]))} pages written into {sys.argv[1]}")
