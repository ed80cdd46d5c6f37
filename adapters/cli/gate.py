# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs about decisions: plan, approve, reject."""

from typing import TYPE_CHECKING

import click

from adapters.cli.options import as_csv, as_json, dry_run, needed_reason, optional_reason, verb, yes
from adapters.cli.outlook import print_outlook
from adapters.cli.output import make_sure, print_recorded, talk
from adapters.cli.session import opened, operation
from adapters.words import counted, some
from domain.package.events import Ended, Queued

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.app import App
    from domain.envelope import Recorded
    from domain.service.state import HeldPlan


@verb(
    "plan",
    ("ebs plan", "how many builds would be queued, skipped or held, and why"),
    ("ebs plan --all --csv", "every verdict as a table"),
    ("ebs plan --json", "for a program; exits 0 also when held"),
)
@click.option("--all", "everything", is_flag=True, help="List every verdict, skipped ones too.")
@as_json
@as_csv
def plan(*, everything: bool, as_json: bool, as_csv: bool) -> None:
    """Show the verdicts that the gate would record now, and record nothing."""
    with opened() as app:
        print_outlook(app.gate.outlook(), everything=everything, as_json=as_json, as_csv=as_csv)


@verb(
    "approve",
    ("ebs approve 0123456789ab", "let a held plan pass the guard"),
    ("ebs approve 0123456789ab --dry-run", "see first which of its builds are still due"),
)
@click.argument("plan")
@optional_reason
@dry_run
@yes
@as_json
def approve(plan: str, reason: str | None, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Queue what of a held plan is still due.

    Never more than was held: what came later makes a plan of its own.
    """
    with opened(rehearse=dry_run) as app:
        held = _held(app, plan)
        if not dry_run:
            make_sure(_question("Queue", held), yes=yes)
        recorded = app.gate.approve(plan, operation(app), reason or "")
        print_recorded(recorded, app.log.head(), as_json=as_json, dry_run=dry_run)
        if not as_json:
            _tell_others(held, recorded, dry_run=dry_run)


@verb(
    "reject",
    ("ebs reject 0123456789ab --reason 'a mistake'", "end the builds of a held plan"),
    ("ebs reject 0123456789ab --reason 'a mistake' --dry-run", "see first which these are"),
)
@click.argument("plan")
@needed_reason
@dry_run
@yes
@as_json
def reject(plan: str, reason: str, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Refuse a held plan: what of it is due ends as rejected, and is not tried again."""
    with opened(rehearse=dry_run) as app:
        held = _held(app, plan)
        if not dry_run:
            make_sure(_question("Reject", held), yes=yes)
        recorded = app.gate.reject(plan, reason, operation(app))
        print_recorded(recorded, app.log.head(), as_json=as_json, dry_run=dry_run)
    if not as_json:
        _tell_ended(recorded, dry_run=dry_run)


def _held(app: "App", plan: str) -> "HeldPlan":
    from adapters.service import holds  # noqa: PLC0415 - see session

    with app.journal.look() as view:
        return holds.held(view, plan)


def _question(verb: str, held: "HeldPlan") -> str:
    names = some([build.package for build in held.builds])
    return (
        f"Plan {held.plan}: {held.reason}. {verb} {counted(len(held.builds), 'build')} ({names})?"
    )


def _tell_ended(recorded: "Sequence[Recorded]", *, dry_run: bool) -> None:
    """Say how much is rejected, and how it could be had all the same."""
    ended = [each for each in recorded if isinstance(each.envelope.event, Ended)]
    talk(f"{counted(len(ended), 'build')} {'would be ' if dry_run else ''}rejected")
    if ended and not dry_run:
        talk("none of them is tried again before 'ebs failed clear', or 'ebs trigger --force'")


def _tell_others(held: "HeldPlan", recorded: "Sequence[Recorded]", *, dry_run: bool) -> None:
    """Say how much of a held plan is queued, and name what is not."""
    events = [each.envelope.event for each in recorded]
    queued = {event.build_id for event in events if isinstance(event, Queued)}
    others = [build.package for build in held.builds if build.build_id not in queued]
    talk(f"{counted(len(queued), 'build')} {'would be ' if dry_run else ''}queued")
    if others:
        talk(f"no longer due, so not queued: {some(others)}")
