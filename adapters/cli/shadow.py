# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb about a run in the shadow of another service: shadow report."""

from collections import Counter

import click
import msgspec

from adapters.cli.options import Verb, Verbs, as_csv, as_json
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
    cls=Verb,
    examples=[("ebs shadow report --csv", "every source that was built here, there, or in both")],
)
@as_json
@as_csv
def report(*, as_json: bool, as_csv: bool) -> None:
    """Compare what 'ebs work --shadow' queued with what came into the stable tag since."""
    from domain.admission.rules import rules_of  # noqa: PLC0415 - see session
    from projections.shadow import Compared, compare  # noqa: PLC0415

    with opened() as app, app.journal.look() as view:
        baseline = view.service.baseline
        if baseline is None:
            raise Refused("there is nothing to compare", why="no baseline was taken yet")
        targets = rules_of(view.service, app.clock()).names.targets
        found = compare(view.everything(), targets, baseline.position)
    counts: Counter[str] = Counter(each.found for each in found)
    if as_json:
        kinds = ("same", "only here", "only there")
        print_json({"counts": {kind: counts[kind] for kind in kinds}, "sources": found})
    elif as_csv:
        print_csv(Compared.__struct_fields__, map(msgspec.structs.astuple, found))
    else:
        print_pairs((kind, counts[kind]) for kind in ("same", "only here", "only there"))
        rows = [(e.package, e.nvr, e.found, e.why or "-") for e in found if e.found != "same"]
        if rows:
            say("")
            print_table(("PACKAGE", "NVR", "BUILT", prose("VERDICT HERE")), rows)
        else:
            talk("no difference")
