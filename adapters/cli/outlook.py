# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints an outlook: the plan, what is held, and why nothing is decided where nothing is."""

from typing import TYPE_CHECKING, Final

import msgspec
from rich.table import Column

from adapters.cli.output import print_csv, print_json, print_pairs, print_table, say, talk
from adapters.tables import number, prose
from adapters.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.service.outlook import Outlook
    from adapters.service.reports import Verdict

_UNDECIDED: Final = "nothing can be decided: "
"""How it begins where there are no rules to decide by; it is not to be said twice."""

SHOWN: Final = 25
"""Builds that are listed where not everything is asked for."""


def print_outlook(
    outlook: "Outlook", *, everything: bool = False, as_json: bool = False, as_csv: bool = False
) -> None:
    """Print it for a program or for people."""
    from adapters.service import reports  # noqa: PLC0415 - see session

    plan = reports.plan(outlook)
    if as_json:
        print_json(plan)
    elif as_csv:
        print_csv(reports.Verdict.__struct_fields__, map(msgspec.structs.astuple, plan.verdicts))
    else:
        _for_people(outlook, plan.verdicts, everything=everything)


def tell_why_nothing(outlook: "Outlook", rejected: "Sequence[str]" = ()) -> None:
    """Say what a person has to do before anything, or the rest, is decided.

    ``rejected``: the faults of the policy offered last, where another one is offered by now.
    """
    if outlook.blocked:
        talk(f"nothing is decided: {outlook.blocked.removeprefix(_UNDECIDED)}")
    for hold in outlook.holds:
        if outlook.service.held_plan(hold.plan) is None:
            talk(f"the guard is going to hold plan {hold.plan}: {hold.reason}")
            continue
        talk(
            f"plan {hold.plan} is held: {hold.reason}",
            f"'ebs approve {hold.plan}' queues what of it is due,"
            f" 'ebs reject {hold.plan} --reason ...' ends it",
        )
    if faults := outlook.service.rejected or rejected:
        talk("the policy was rejected when it was last offered; the one before is in force:")
        talk(*faults)


def _for_people(outlook: "Outlook", lines: "Sequence[Verdict]", *, everything: bool) -> None:
    print_pairs([("plan", _plans(outlook)), ("position", outlook.position)])
    listed = lines if everything else [line for line in lines if line.verdict == "queued"]
    if lines:
        say("")
        _print_counts(lines)
    if listed:
        say("")
        _print_lines(outlook, listed if everything else listed[:SHOWN], everything=everything)
    if not everything and len(listed) > SHOWN:
        say(f"… and {len(listed) - SHOWN} more; --all lists every verdict")
    if provisional := sum(line.provisional for line in lines):
        talk(f"provisional, for want of a known source: {counted(provisional, 'verdict')}")
    if outlook.unknown or outlook.unconfirmed:
        packages = {*outlook.unconfirmed, *(unknown.package for unknown in outlook.unknown)}
        talk(f"not decided before Koji was asked: {counted(len(packages), 'package')}")
    if not lines:
        talk("nothing new is to be decided")
    if outlook.passage.lull:
        talk(f"the lull is not over: {outlook.passage.lull:.0f} s left")
    tell_why_nothing(outlook)


def _print_counts(lines: "Sequence[Verdict]") -> None:
    from adapters.service import reports  # noqa: PLC0415 - see session

    rows = map(msgspec.structs.astuple, reports.tallies(lines))
    print_table((number("ROW"), "VERDICT", "REASON", number("BUILDS")), rows)


def _print_lines(outlook: "Outlook", lines: "Sequence[Verdict]", *, everything: bool) -> None:
    """Print the verdicts, and the plan of each that the guard holds, or would hold now."""
    held = outlook.held_builds
    columns: list[tuple[str | Column, list[object]]] = [
        ("PACKAGE", [line.package for line in lines]),
        (number("BUILD"), [line.build_id for line in lines]),
        ("NVR", [line.nvr for line in lines]),
    ]
    if everything:
        columns.append(("VERDICT", [line.verdict for line in lines]))
    if held:
        columns.append(("PLAN", [held.get(line.build_id, "-") for line in lines]))
    columns.append((prose("REASON"), [_reason(line) for line in lines]))
    print_table([head for head, _ in columns], zip(*[cells for _, cells in columns], strict=True))


def _plans(outlook: "Outlook") -> str:
    """The held plans, else the one of all that is due, if anything is."""
    if outlook.holds:
        return ", ".join(hold.plan for hold in outlook.holds)
    return outlook.name if outlook.plan.due else "-"


def _reason(line: "Verdict") -> str:
    return f"{line.reason} (provisional)" if line.provisional else line.reason
