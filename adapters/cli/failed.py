# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb about what is not tried again: failed, failed clear."""

from typing import TYPE_CHECKING, Final

import click
import msgspec

from adapters.cli.completion import package_names
from adapters.cli.options import Listing, as_csv, as_json, dry_run, needed_reason, yes
from adapters.cli.output import make_sure, print_csv, print_json, print_recorded, print_table, talk
from adapters.cli.points import at_point
from adapters.cli.session import opened, operation
from adapters.tables import moment, prose
from adapters.words import counted

if TYPE_CHECKING:
    from projections.failures import Failure
    from projections.points import Point

FIELDS: Final = (
    "package",
    "build_id",
    "nvr",
    "source",
    "outcome",
    "at",
    "position",
    "batch",
    "detail",
)
"""The columns in CSV, the keys in JSON."""


@click.group(
    "failed",
    cls=Listing,
    examples=[
        ("ebs failed", "what failed and is not tried again, the latest first"),
        ("ebs failed bash --json", "of one package, for a program"),
        ("ebs failed --at -6h", "... as of then"),
        ("ebs failed clear bash --reason 'gcc is fixed'", "let it be tried again"),
    ],
)
def failed() -> None:
    """List the sources that failed, or clear them to be tried again.

    A source that failed is not tried again in its generation, whichever tag it comes through.
    """


@failed.command(
    "list",
    hidden=True,
    examples=[("ebs failed bash", "what failed of a package")],
)
@click.argument("packages", nargs=-1, metavar="[PKG]...", shell_complete=package_names)
@at_point
@as_json
@as_csv
def list_(packages: tuple[str, ...], *, at: "Point | None", as_json: bool, as_csv: bool) -> None:
    """List what failed, of all packages or of some."""
    found = _failures(packages, at)
    if as_json:
        print_json(found)
    elif as_csv:
        print_csv(FIELDS, map(msgspec.structs.astuple, found))
    elif found:
        columns = (moment("AT"), "PACKAGE", "BUILD", "OUTCOME", "BATCH", prose("WHY"))
        print_table(columns, map(_row, found))
    else:
        talk("nothing that failed is kept back")


@failed.command(
    "clear",
    examples=[
        ("ebs failed clear bash --reason 'gcc is fixed'", "let it be tried again"),
        ("ebs failed clear --all --reason 'the hub was broken' --dry-run", "see what that is"),
    ],
)
@click.argument("packages", nargs=-1, metavar="[PKG]...", shell_complete=package_names)
@click.option("--all", "everything", is_flag=True, help="Everything that failed.")
@needed_reason
@dry_run
@yes
@as_json
def clear(
    packages: tuple[str, ...],
    *,
    everything: bool,
    reason: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Let what failed be tried again, by the next pass of the gate."""
    if everything == bool(packages):
        raise click.UsageError("name packages, or give --all")
    with opened(rehearse=dry_run) as app:
        what = "everything that failed" if everything else counted(len(packages), "package")
        if not dry_run:
            make_sure(f"Clear {what}?", yes=yes)
        names = None if everything else packages
        recorded = app.operators.clear_failures(names, reason, operation(app))
        print_recorded(recorded, app.log.head(), as_json=as_json, dry_run=dry_run)


def _failures(packages: tuple[str, ...], at: "Point | None") -> "list[Failure]":
    from adapters.service import reports  # noqa: PLC0415 - see session

    with opened() as app, app.journal.look(at) as view:
        return reports.failed(view, view.at or app.clock(), packages)


def _row(failure: "Failure") -> tuple[object, ...]:
    build = (failure.nvr or failure.source or "-").removeprefix(f"{failure.package}-")
    batch = "-" if failure.batch is None else failure.batch
    return failure.at, failure.package, build, failure.outcome, batch, failure.detail
