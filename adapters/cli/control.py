# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs by which people steer: pause, resume, trigger, rebuild."""

from datetime import datetime

import click

from adapters.cli.completion import package_names
from adapters.cli.options import (
    FutureTime,
    as_json,
    dry_run,
    needed_reason,
    optional_reason,
    verb,
    yes,
)
from adapters.cli.outlook import print_outlook
from adapters.cli.output import at_terminal, make_sure, print_recorded, talk
from adapters.cli.session import opened, operation
from adapters.words import counted, iso


@verb(
    "pause",
    ("ebs pause --reason 'branching f43'", "queue nothing until a person resumes"),
    ("ebs pause --reason 'outage' --until 12h", "... or for so long"),
)
@needed_reason
@click.option(
    "--until",
    type=FutureTime(),
    metavar="TIME",
    help="When it ends by itself: 2024-08-20T12:00Z (in UTC), or 90m, 12h, 3d from now.",
)
@dry_run
@as_json
def pause(reason: str, until: datetime | None, *, dry_run: bool, as_json: bool) -> None:
    """Pause: facts are still recorded, nothing is queued."""
    with opened(rehearse=dry_run) as app:
        recorded = app.operators.pause(reason, until, operation(app))
        print_recorded(recorded, app.log.head(), as_json=as_json, dry_run=dry_run)
    if not as_json and not dry_run:
        talk(f"paused until {iso(until)}" if until else "paused until somebody resumes")


@verb(
    "resume",
    ("ebs resume --dry-run", "see what would be queued, and write nothing"),
    ("ebs resume", "lift the operators' pause"),
)
@optional_reason
@click.option("--dry-run", is_flag=True, help="Show the plan as it would be, record nothing.")
@as_json
def resume(reason: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Lift the operators' pause; never the policy's.

    With --dry-run the output is that of 'ebs plan'.
    """
    with opened(rehearse=dry_run) as app:
        if dry_run:
            print_outlook(app.gate.outlook(resumed=True), as_json=as_json)
            return
        recorded = app.operators.resume(operation(app), reason or "")
        print_recorded(recorded, app.log.head(), as_json=as_json, dry_run=False)
    if not as_json:
        talk("resumed; 'ebs plan' shows what is due")


@verb(
    "trigger",
    ("ebs trigger bash --reason 'a fix is needed'", "ask for a build that is due"),
    ("ebs trigger bash --force --reason 'lost' --dry-run", "see what --force would ask for"),
)
@click.argument("packages", metavar="PKG...", nargs=-1, required=True, shell_complete=package_names)
@click.option(
    "--force",
    is_flag=True,
    help="Also what was rebuilt for the present dist, is in ELN already, or failed before; never"
    " what is excluded.",
)
@needed_reason
@dry_run
@as_json
def trigger(
    packages: tuple[str, ...], reason: str, *, force: bool, dry_run: bool, as_json: bool
) -> None:
    """Ask for the newest build of each package in the trigger tag; all of them or none."""
    with opened(rehearse=dry_run) as app:
        recorded = app.operators.trigger(packages, reason, operation(app), force=force)
        print_recorded(recorded, app.log.head(), as_json=as_json, dry_run=dry_run)
    if not as_json and not dry_run:
        talk("the gate decides: 'ebs work' has it queued")


@verb(
    "rebuild",
    ("ebs rebuild bash --reason 'a new compiler'", "rebuild what is built already"),
    ("ebs rebuild --all --yes --reason 'mass rebuild'", "every target; the guard holds it"),
)
@click.argument("packages", metavar="[PKG...]", nargs=-1, shell_complete=package_names)
@click.option("--all", "everything", is_flag=True, help="Every target.")
@needed_reason
@dry_run
@yes
@as_json
def rebuild(
    packages: tuple[str, ...],
    reason: str,
    *,
    everything: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Raise the generation of packages, so that their last builds are due again."""
    if everything == bool(packages):
        raise click.UsageError("name packages, or give --all")
    if everything and not dry_run and not yes and not at_terminal():
        raise click.UsageError("--all without a terminal to ask at needs --yes")
    if everything and not dry_run:
        make_sure("Rebuild every target?", yes=yes)
    with opened(rehearse=dry_run) as app:
        recorded = app.operators.rebuild(packages or None, reason, operation(app))
        print_recorded(recorded, app.log.head(), as_json=as_json, dry_run=dry_run)
    if not as_json and not dry_run:
        talk(f"{counted(len(recorded), 'package')} to be rebuilt: 'ebs plan' shows what is due")
