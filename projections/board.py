# SPDX-License-Identifier: GPL-3.0-or-later
"""The board: every target of ELN, each with its newest build in the trigger tag and how that is."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from domain.admission.judge import Judgement, consider
from domain.admission.rules import Rules
from domain.admission.table import FAILED_BEFORE, Kind
from domain.package import Package
from domain.package.state import Attempt
from domain.service.events import HeldBuild
from domain.service.state import HeldPlan
from domain.values import detailed

State = Literal[
    "waiting",
    "held",
    "queued",
    "building",
    "built",
    "published",
    "failed",
    "re-tag",
    "skipped",
    "excluded",
    "none",
]
"""How a target is: due and not queued yet, or held by the guard; queued; in a batch; rebuilt, and
published as well, for it came into the stable tag; ended without success; skipped as a re-tag, or
for another reason; held back by the policy; without a build in the trigger tag.
"""

STATES: Final[tuple[State, ...]] = get_args(State)

_KINDS: Final[Mapping[Kind, State]] = {
    "queued": "waiting",
    "skipped-as-retag": "re-tag",
    "skipped": "skipped",
}
_ROWS: Final[Mapping[int, State]] = {2: "excluded", FAILED_BEFORE: "failed"}
"""The rows of the verdict table whose skips are states of their own."""


class Line(Struct, frozen=True):
    """One target, by its names in Fedora and in ELN, and its newest build in the trigger tag.

    ``reason`` says why it is so; ``decided`` whether that is on record, else it is foreseen. It was
    ``tagged`` into the trigger tag, and its rebuild ``ended`` then. ``batch`` is the one that has,
    or had, it, ``position`` that of the verdict or outcome.
    """

    package: str
    downstream: str
    state: State
    reason: str = ""
    decided: bool = True
    build_id: int | None = None
    nvr: str | None = None
    tagged: datetime | None = None
    ended: datetime | None = None
    batch: int | None = None
    position: int | None = None


Plans = Mapping[tuple[bool, HeldBuild], str]
"""The plan that holds a build, which came by itself or was asked for."""


def board(
    packages: Mapping[str, Package],
    rules: Rules,
    held: tuple[HeldPlan, ...] = (),
    targets: Mapping[str, str] | None = None,
) -> Iterator[Line]:
    """Yield a line for every target, or for these ``targets`` among them, by name.

    ``packages`` holds those with a history, by either name; ``held`` are the plans that the guard
    holds.
    """
    plans = {(hold.requested, build): hold.plan for hold in held for build in hold.builds}
    wanted = rules.names.targets if targets is None else targets
    for upstream, downstream in sorted(wanted.items()):
        package = packages.get(upstream) or Package(upstream)
        yield _line(package, packages.get(downstream) or Package(downstream), rules, plans)


def _line(package: Package, twin: Package, rules: Rules, plans: Plans) -> Line:
    considered = consider(package, twin.destinations, rules)
    newest = considered.newest
    if newest is None:
        pattern = rules.names.excluding(package.name)
        return Line(package.name, twin.name, "excluded" if pattern else "none", pattern or "")
    build = package.builds[newest]
    line = Line(package.name, twin.name, "none", build_id=newest, nvr=build.nvr)
    if (latest := build.tags[rules.trigger_tag].latest) is not None:
        line = replace(line, tagged=latest.moment.at)
    if (attempt := _open(package, newest, rules)) is not None:
        return _attempted(line, attempt)
    judged = considered.judgement(newest)
    return _foreseen(line, judged, plans) if judged else _on_record(line, package, rules)


def _open(package: Package, newest: int, rules: Rules) -> Attempt | None:
    """Return what is queued of the build or its source, whatever the last verdict on it."""
    source = package.builds[newest].source
    for attempt in package.queued:
        if attempt.mode == rules.mode and (
            attempt.build_id == newest or attempt.source == source is not None
        ):
            return attempt
    return None


def _attempted(line: Line, attempt: Attempt) -> Line:
    state: State = "queued" if attempt.batch is None else "building"
    if attempt.outcome is not None:
        state = "published" if attempt.published else "built" if attempt.handled else "failed"
    return replace(
        line,
        state=state,
        reason=attempt.outcome or "" if state == "failed" else "",
        ended=attempt.ended_at.at if attempt.ended_at else None,
        batch=attempt.batch,
        position=attempt.ended_position or attempt.position,
    )


def _foreseen(line: Line, judged: Judgement, plans: Plans) -> Line:
    """Return the line of a build whose verdict is not on record, or no longer stands."""
    finding, row = judged.finding, judged.row
    key = HeldBuild(line.package, judged.build_id, judged.generation)
    plan = plans.get((judged.request is not None, key))
    if judged.queues and plan is not None:
        return replace(line, state="held", reason=f"plan {plan}", decided=False)
    reason = detailed(finding.reason, finding.detail)
    state = _ROWS.get(row.number, _KINDS[row.kind])
    return replace(line, state=state, reason=reason, decided=False)


def _on_record(line: Line, package: Package, rules: Rules) -> Line:
    """Return the line of a build by the verdict in force on its latest tagging."""
    assert line.build_id is not None  # noqa: S101 - whoever asks has set it
    presence = package.builds[line.build_id].tags[rules.trigger_tag]
    tagging = presence.latest
    standing = presence.standing(rules.mode, tagging.moment) if tagging else None
    if standing is None:
        return line
    if standing.kind != "queued":
        state = _ROWS.get(standing.row, _KINDS[standing.kind])
        return replace(line, state=state, reason=standing.reason, position=standing.position)
    ledger = (a for a in package.ledger if (a.build_id, a.mode) == (line.build_id, rules.mode))
    return _attempted(line, [*ledger][-1])
