# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs that tell the story of a package: why, history."""

from typing import TYPE_CHECKING, Final

import click
import msgspec

from adapters.cli.options import as_csv, as_json, verb
from adapters.cli.output import print_csv, print_json, print_table, tell
from adapters.cli.session import opened
from adapters.tables import plain
from domain.errors import NotFound

if TYPE_CHECKING:
    from adapters.cli.telling import Story

FIELDS: Final = (
    "position",
    "at",
    "event",
    "build_id",
    "nvr",
    "tag",
    "verdict",
    "reason",
    "evidence",
    "cause",
    "actor",
)
"""The columns of a story in CSV, the keys of its steps in JSON."""


@verb(
    "why",
    ("ebs why bash", "why it was, or was not, rebuilt"),
    ("ebs why ipa --json", "by either name, each step with what it rests on"),
)
@click.argument("package", metavar="PKG")
@as_json
@as_csv
def why(package: str, *, as_json: bool, as_csv: bool) -> None:
    """Say why a package was, or was not, rebuilt."""
    from adapters.cli.answer import answer  # noqa: PLC0415 - see session
    from adapters.cli.telling import story_of  # noqa: PLC0415

    with opened() as app:
        story = story_of(app, package)
        if story is None:
            raise NotFound(
                f"the package {plain(package)} is not known here",
                why="it is not in the package list, and no build of it was ever seen",
                do="check the spelling; 'ebs config show' names the package list",
            )
        if not as_json and not as_csv:
            tell(*answer(app, story))
    _print(story, as_json=as_json, as_csv=as_csv)


@verb(
    "history",
    ("ebs history bash", "all that is on record of a package"),
    ("ebs history bash-5.2.26-4.fc41", "... of a build, by name-version-release"),
    ("ebs history 2503918 --csv", "... of a build, by Koji's number"),
)
@click.argument("what", metavar="PKG|BUILD")
@as_json
@as_csv
def history(what: str, *, as_json: bool, as_csv: bool) -> None:
    """Tell all that is on record of a package or of a build."""
    from adapters.cli.telling import history_of  # noqa: PLC0415 - see session

    with opened() as app:
        story = history_of(app, what)
    if story is None:
        raise NotFound(
            f"nothing is known of {plain(what)}",
            why="no package, build id or name-version-release of that name is on record",
            do="check the spelling; 'ebs why PKG' takes a package's name",
        )
    _print(story, as_json=as_json, as_csv=as_csv)


def _print(story: "Story", *, as_json: bool, as_csv: bool) -> None:
    if as_json:
        print_json(story)
    elif as_csv:
        print_csv(FIELDS, map(msgspec.structs.astuple, story.steps))
    else:
        from adapters.steps import story_columns, story_row  # noqa: PLC0415 - see session

        print_table(story_columns(), [story_row(story.package, step) for step in story.steps])
