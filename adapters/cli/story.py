# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs that tell the story of a package: why, history."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from adapters.cli.completion import package_names
from adapters.cli.options import as_csv, as_json, verb
from adapters.cli.output import print_csv, print_json, print_pairs, print_table, say, tell
from adapters.cli.points import at_point
from adapters.cli.session import opened

if TYPE_CHECKING:
    from adapters.service.inquiries import Story, Why
    from projections.points import Point
    from projections.story import Step


@verb(
    "why",
    ("ebs why bash", "why its newest build was, or was not, rebuilt"),
    ("ebs why bash --build bash-5.2.26-4.fc41", "... or another, by NVR or Koji's number"),
    ("ebs why ipa --at -6h --json", "as of then, by either name, each step with its links"),
)
@click.argument("package", metavar="PKG", shell_complete=package_names)
@click.option("--build", metavar="N|NVR", help="This build of it, its own or what ELN made of it.")
@at_point
@as_json
@as_csv
def why(
    package: str, *, build: str | None, at: "Point | None", as_json: bool, as_csv: bool
) -> None:
    """Say why a package was, or was not, rebuilt: the answer, and what led to it."""
    with opened() as app:
        found = app.inquiries.why(package, build, at)
    if not as_json and not as_csv:
        tell(*found.answer)
    _print(found, as_json=as_json, as_csv=as_csv)
    if not as_json and not as_csv:
        _print_links(found.steps)


@verb(
    "history",
    ("ebs history bash", "all that is on record of a package"),
    ("ebs history bash-5.2.26-4.fc41", "... of a build, by name-version-release"),
    ("ebs history 2503918 --csv", "... of a build, by Koji's number"),
    ("ebs history f42", "... of a tag: when it was the trigger, was read, had gaps"),
    ("ebs events --type tagged --type untagged", "what was tagged, into any tag"),
)
@click.argument("what", metavar="PKG|BUILD|TAG", shell_complete=package_names)
@at_point
@as_json
@as_csv
def history(what: str, *, at: "Point | None", as_json: bool, as_csv: bool) -> None:
    """Tell all that is on record of a package, of a build or of a tag.

    Of a tag that is what became of the tag itself: what was tagged into it is told of each package.
    """
    with opened() as app:
        story = app.inquiries.history(what, at)
    _print(story, as_json=as_json, as_csv=as_csv)


def _print(story: "Story | Why", *, as_json: bool, as_csv: bool) -> None:
    if as_json:
        print_json(story)
    elif as_csv:
        from projections.story import Step  # noqa: PLC0415 - see session

        print_csv(Step.__struct_fields__, map(_fields, story.steps))
    else:
        _for_people(story)


def _for_people(story: "Story | Why") -> None:
    from adapters import steps  # noqa: PLC0415 - see session
    from adapters.service.inquiries import Why  # noqa: PLC0415

    if isinstance(story, Why) and story.build_id is not None:
        rows = [steps.chain_row(story.package, story.nvr, step) for step in story.steps]
        print_table(steps.chain_columns(), rows)
    else:
        rows = [steps.story_row(story.package, step) for step in story.steps]
        print_table(steps.story_columns(), rows)


def _fields(step: "Step") -> tuple[object, ...]:
    *rest, links = msgspec.structs.astuple(step)
    return *rest, tuple(links.values())


def _print_links(steps: "Sequence[Step]") -> None:
    """Print every address once, with what it shows."""
    found = {address: kind for step in steps for kind, address in step.links.items()}
    if found:
        say("")
        print_pairs((kind, address) for address, kind in found.items())
