# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints an outlook: the plan, what is held, and why nothing is decided where nothing is."""

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from adapters.cli.output import (
    counted,
    number,
    print_csv,
    print_json,
    print_pairs,
    print_table,
    prose,
    say,
    talk,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.service.outlook import Outlook
    from domain.admission.judge import Judgement

SHOWN: Final = 25
"""Builds that are listed where not everything is asked for."""


class Line(Struct, frozen=True):
    """One verdict of a plan, as it is printed."""

    package: str
    build_id: int
    nvr: str
    tag: str
    row: int
    verdict: str
    reason: str
    evidence: tuple[int, ...]
    provisional: bool


def print_outlook(
    outlook: "Outlook", *, everything: bool = False, as_json: bool = False, as_csv: bool = False
) -> None:
    """Print it for a program or for people."""
    lines = [_line(judgement) for judgement in outlook.plan.judgements]
    if as_json:
        print_json(_document(outlook, lines))
    elif as_csv:
        print_csv(Line.__struct_fields__, [_fields(line) for line in lines])
    else:
        _for_people(outlook, lines, everything=everything)


def tell_why_nothing(outlook: "Outlook") -> None:
    """Say what a person has to do before anything, or the rest, is decided."""
    if outlook.blocked:
        talk(f"nothing is decided: {outlook.blocked}")
    for hold in outlook.holds:
        if outlook.service.held_plan(hold.plan) is None:
            talk(f"the guard is going to hold plan {hold.plan}: {hold.reason}")
            continue
        talk(
            f"plan {hold.plan} is held: {hold.reason}",
            f"'ebs approve {hold.plan}' queues what of it is due,"
            f" 'ebs reject {hold.plan} --reason ...' ends it",
        )
    if outlook.service.rejected:
        talk("the policy was rejected, the one before is in force:", *outlook.service.rejected)


def _document(outlook: "Outlook", lines: "Sequence[Line]") -> dict[str, Any]:
    counts = Counter(line.verdict for line in lines)
    return {
        "plan": outlook.name,
        "position": outlook.position,
        "held": outlook.held_reason is not None,
        "held_reason": outlook.held_reason,
        "counts": {kind: counts[kind] for kind in ("queued", "skipped-as-retag", "skipped")},
        "verdicts": lines,
    }


def _for_people(outlook: "Outlook", lines: "Sequence[Line]", *, everything: bool) -> None:
    print_pairs([("plan", outlook.name), ("position", outlook.position)])
    listed = lines if everything else [line for line in lines if line.verdict == "queued"]
    if lines:
        say("")
        _print_counts(lines)
    if listed:
        say("")
        _print_lines(listed if everything else listed[:SHOWN])
    if not everything and len(listed) > SHOWN:
        say(f"… and {len(listed) - SHOWN} more; --all lists every verdict")
    if provisional := sum(line.provisional for line in lines):
        talk(f"provisional, for want of a known source: {counted(provisional, 'verdict')}")
    if not lines:
        talk("nothing new is to be decided")
    if outlook.passage.lull:
        talk(f"the lull is not over: {outlook.passage.lull:.0f} s left")
    tell_why_nothing(outlook)


def _print_counts(lines: "Sequence[Line]") -> None:
    counts = Counter((line.row, line.verdict, line.reason.partition(":")[0]) for line in lines)
    rows = [(*group, counts[group]) for group in sorted(counts, reverse=True)]
    print_table((number("ROW"), "VERDICT", "REASON", number("BUILDS")), rows)


def _print_lines(lines: "Sequence[Line]") -> None:
    rows = [(ln.package, ln.build_id, ln.nvr, ln.verdict, _reason(ln)) for ln in lines]
    print_table(("PACKAGE", number("BUILD"), "NVR", "VERDICT", prose("REASON")), rows)


def _reason(line: Line) -> str:
    return f"{line.reason} (provisional)" if line.provisional else line.reason


def _line(judged: "Judgement") -> Line:
    finding = judged.finding
    return Line(
        package=judged.package,
        build_id=judged.build_id,
        nvr=judged.nvr,
        tag=judged.tag,
        row=judged.row.number,
        verdict=judged.row.kind,
        reason=f"{finding.reason}: {finding.detail}" if finding.detail else finding.reason,
        evidence=finding.evidence,
        provisional=judged.provisional,
    )


def _fields(line: Line) -> list[object]:
    return [getattr(line, name) for name in Line.__struct_fields__]
