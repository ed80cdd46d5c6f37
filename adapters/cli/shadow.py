# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb about a run in the shadow of another service: shadow report."""

from collections import Counter
from typing import get_args

import click
import msgspec

from adapters.cli.options import Verbs, as_csv, as_json
from adapters.cli.output import print_csv, print_json, print_pairs, print_table, say, talk
from adapters.cli.session import opened
from adapters.tables import prose
from domain.errors import Refused


@click.group(
    "shadow",
    cls=Verbs,
    examples=[
        ("ebs shadow report", "compare 'ebs work --shadow' with what another service built"),
    ],
)
def shadow() -> None:
    """Run beside another service, and compare."""


@shadow.command(
    "report",
    examples=[("ebs shadow report --csv", "every source that was built here, there, or in both")],
)
@as_json
@as_csv
def report(*, as_json: bool, as_csv: bool) -> None:
    """Compare what 'ebs work --shadow' queued with what came into the stable tag since."""
    from domain.admission.rules import rules_of  # noqa: PLC0415 - see session
    from projections.shadow import Compared, Comparison, compare  # noqa: PLC0415

    with opened() as app, app.journal.look() as view:
        baseline = view.service.baseline
        if baseline is None:
            raise Refused("there is nothing to compare", why="no baseline was taken yet")
        targets = rules_of(view.service, app.clock()).names.targets
        found = compare(view.everything(), targets, baseline.position)
    built = Counter(each.found for each in found)
    counts = {kind: built[kind] for kind in get_args(Comparison)}
    if as_json:
        print_json({"counts": counts, "sources": found})
    elif as_csv:
        print_csv(Compared.__struct_fields__, map(msgspec.structs.astuple, found))
    else:
        print_pairs(counts.items())
        rows = [(e.package, e.nvr, e.found, e.why or "-") for e in found if e.found != "same"]
        if rows:
            say("")
            print_table(("PACKAGE", "NVR", "BUILT", prose("VERDICT HERE")), rows)
        else:
            talk("no difference")
