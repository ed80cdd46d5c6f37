# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict table: one pure function, the first row that holds.

A row that changes its meaning raises VERSION and leaves the old table in place, so that a past
decision can be run again by the version that took it.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final, Literal, NamedTuple

from msgspec import Struct

from domain.admission.rules import Rules
from domain.package.events import WITHOUT_BLAME
from domain.package.state import Asked, Attempt, Build, Destination, Package, Presence
from domain.values import Place

VERSION: Final = 1

Kind = Literal["queued", "skipped-as-retag", "skipped"]


class Case(Struct, frozen=True, gc=False):
    """One tagging before the table: a build of a package, in the trigger tag.

    ``newest`` is the build of the latest place in the trigger tag, ``destinations`` what the stable
    tag holds or has held of the package, ``request`` what a person asked for this very build.
    """

    package: Package
    destinations: tuple[Destination, ...]
    rules: Rules
    build_id: int
    build: Build
    presence: Presence
    newest: int | None
    request: Asked | None = None

    @property
    def ledger(self) -> Iterable[Attempt]:
        """The attempts of the present mode, the only ones it sees."""
        return (a for a in self.package.ledger if a.mode == self.rules.mode)

    def place(self, build_id: int) -> Place:
        """Return the place of any build of the package."""
        return self.package.place(build_id, self.rules.stable_tag)

    def counts(self, dist: str | None) -> bool:
        """Whether what was built for ``dist`` counts: a request looks at the present one.

        A dist that nobody knows counts as the present one.
        """
        return self.request is None or None in (dist, self.rules.dist) or dist == self.rules.dist


class Finding(NamedTuple):
    """Why a row holds, and the positions of the events that make it hold."""

    reason: str
    detail: str = ""
    evidence: tuple[int, ...] = ()


_STRANGER: Final = Finding("not-targeted")
_DUE: Final = Finding("due")


class Row(NamedTuple):
    """One row: its number, the verdict it gives, and what it holds for."""

    number: int
    kind: Kind
    holds: Callable[[Case], Finding | None]


def admit(case: Case) -> tuple[Row, Finding]:
    """Return the first row that holds for the case, and why."""
    off = _FORCED if case.request is not None and case.request.force else case.rules.off
    for row in TABLE:
        if row.number not in off:
            finding = row.holds(case)
            if finding is not None:
                return row, finding
    raise AssertionError("the last row always holds")


def _not_targeted(case: Case) -> Finding | None:
    return None if case.rules.names.targeted(case.package.name) else _STRANGER


def _excluded(case: Case) -> Finding | None:
    pattern = case.rules.names.excluding(case.package.name)
    return Finding("excluded", detail=pattern) if pattern is not None else None


def _nothing_to_build(case: Case) -> Finding | None:
    if not case.presence.present:
        return _not_in_tag(case.presence)
    if case.build.sourceless:
        return Finding("no-source")
    if case.newest is not None and case.newest != case.build_id:
        return _superseded(case, case.newest)
    return None


def _not_in_tag(presence: Presence) -> Finding:
    if presence.phantom:
        return Finding("not-in-tag", "phantom", (presence.phantom.position,))
    return Finding("not-in-tag", evidence=tuple(untagged.position for untagged in presence.gone))


def _superseded(case: Case, newest: int) -> Finding:
    build = case.package.builds[newest]
    tagging = build.tags[case.rules.trigger_tag].latest
    evidence = (tagging.position,) if tagging else ()
    return Finding("superseded", detail=build.nvr, evidence=evidence)


def _same_build_handled(case: Case) -> Finding | None:
    return _handled(case, lambda attempt: attempt.build_id == case.build_id)


def _same_source_handled(case: Case) -> Finding | None:
    source = case.build.source
    found = source and _handled(case, lambda attempt: attempt.source == source)
    return Finding("same-source", found.reason, found.evidence) if found else None


def _handled(case: Case, same: Callable[[Attempt], bool]) -> Finding | None:
    """Look for a queued or built attempt of the present generation, through whatever tag."""
    for attempt in case.ledger:
        present = attempt.generation == case.package.generation
        counts = attempt.open or (attempt.handled and case.counts(attempt.dist))
        if present and counts and same(attempt):
            evidence = (attempt.position, attempt.ended_position)
            reason = "already-queued" if attempt.open else "already-built"
            return Finding(reason, evidence=tuple(p for p in evidence if p))
    return None


def _already_in_destination(case: Case) -> Finding | None:
    asked = case.package.rebuild_at
    for seen in case.destinations:
        same = seen.source == case.build.source and case.counts(seen.dist)
        if same and (asked is None or not asked.not_before(seen.at)):
            return Finding("already-in-destination", evidence=(seen.position,))
    return None


def _older_than_handled(case: Case) -> Finding | None:
    handled = [attempt for attempt in case.ledger if attempt.handled]
    if not handled:
        return None
    last = max(handled, key=lambda attempt: case.place(attempt.build_id))
    if case.place(case.build_id) >= case.place(last.build_id):
        return None
    nvr = case.package.builds[last.build_id].nvr
    return Finding("older-than-handled", detail=nvr, evidence=(last.position,))


def _failed_before(case: Case) -> Finding | None:
    for attempt in case.ledger:
        if attempt.generation == case.package.generation and _blamed(case, attempt):
            evidence = (attempt.position, attempt.ended_position)
            return Finding("failed-before", detail=str(attempt.outcome), evidence=evidence)
    return None


def _blamed(case: Case, attempt: Attempt) -> bool:
    """Whether the attempt speaks against this build; by its id where no source is known."""
    same = attempt.build_id == case.build_id or (
        attempt.source is not None and attempt.source == case.build.source
    )
    return same and blamed(attempt, case.rules)


def blamed(attempt: Attempt, rules: Rules) -> bool:
    """Whether an attempt keeps its source from being tried again: not cleared, nor expired."""
    ended_well = attempt.handled or attempt.outcome in WITHOUT_BLAME
    return not ended_well and not attempt.cleared and not _expired(attempt, rules)


def _expired(attempt: Attempt, rules: Rules) -> bool:
    seconds = rules.failure_expiry
    if not seconds or attempt.ended_at is None:
        return False
    return rules.now - attempt.ended_at.at >= timedelta(seconds=seconds)


def _otherwise(_: Case) -> Finding:
    return _DUE


TABLE: Final = (
    Row(1, "skipped", _not_targeted),
    Row(2, "skipped", _excluded),
    Row(3, "skipped", _nothing_to_build),
    Row(4, "skipped-as-retag", _same_build_handled),
    Row(5, "skipped-as-retag", _same_source_handled),
    Row(6, "skipped-as-retag", _already_in_destination),
    Row(7, "skipped-as-retag", _older_than_handled),
    Row(8, "skipped", _failed_before),
    Row(9, "queued", _otherwise),
)

RETAG_ROWS: Final = (4, 5, 6, 7)
"""The rows that EBS does not have; without them a re-tag is a trigger like any other."""

FAILED_BEFORE: Final = 8
"""The row of what failed or was rejected."""

NEEDS_SOURCE: Final = 5
"""From this row on a verdict without a known source is provisional."""

_FORCED: Final = frozenset({4, 5, 6, 7, 8})
