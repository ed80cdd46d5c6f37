# SPDX-License-Identifier: GPL-3.0-or-later
"""Replay: the recorded facts once more through the verdict function, and what it says now.

A decision of the gate about a package stands in the log as a run of events of its stream: requests
that lapsed, builds that ended before they were built, verdicts. It was taken on what was on record
at a position (``computed_at``), and appended only if nothing that matters lay behind it; so it is
taken again on the state before the run.
"""

from datetime import datetime
from typing import Final, TypeGuard, assert_never, get_args

from msgspec import Struct, to_builtins

from domain.admission.judge import Judgement, consider
from domain.admission.plan import due_of
from domain.admission.table import VERSION
from domain.admission.verdicts import Occasion, ended, verdict
from domain.envelope import Event, Recorded
from domain.errors import Invalid, Refused
from domain.package import Package, name_of
from domain.package.events import (
    WITHOUT_BLAME,
    Basis,
    Ended,
    Queued,
    RequestLapsed,
    Skipped,
    SkippedAsRetag,
    Verdict,
)
from domain.service.events import HeldBuild
from domain.values import detailed
from projections.past import Past
from projections.points import Span

AnyVerdict = Queued | SkippedAsRetag | Skipped
Decided = AnyVerdict | Ended | RequestLapsed
"""What the gate decides about a package."""

_OTHERS: Final = frozenset({*get_args(AnyVerdict), RequestLapsed})


class Difference(Struct, frozen=True):
    """A decision on record that is not what the verdict function says; ``what`` of it differs."""

    position: int
    stream: str
    version: int
    recorded: str
    again: str
    what: str


def is_decision(event: Event) -> TypeGuard[Decided]:
    """Whether the gate decided this; else it is a fact, or another's doing."""
    if type(event) in _OTHERS:
        return True
    return isinstance(event, Ended) and event.outcome in WITHOUT_BLAME


class Replay:
    """Takes the log event by event, and yields what is decided otherwise now.

    Only what lies in the ``span`` is decided again; ``verdicts`` counts it. Pure: it writes nothing
    and asks nobody. Raises Refused for a verdict of a table that this release does not have.
    """

    def __init__(self, span: Span) -> None:
        self._span = span
        self._past = Past()
        self._run: Run | None = None
        self.verdicts = 0

    def take(self, recorded: Recorded) -> Difference | None:
        """Go on by one event, and return what of it is decided otherwise now.

        One that follows from nothing, and is found to differ, is left out from then on.
        """
        found = None
        event = recorded.envelope.event
        if is_decision(event):
            if self._run is None or not self._run.goes_on(recorded):
                self._run = Run(self._past, recorded)
            if self._span.after < recorded.position <= self._span.upto:
                self.verdicts += isinstance(event, Verdict)
                found = self._run.difference(recorded)
        try:
            self._past.take(recorded)
        except Invalid:
            if found is None:
                raise
        return found


class Run:
    """The events of a decision about one package, and the state before the first of them."""

    __slots__ = ("_before", "_computed_at", "_first", "_last", "_past", "_taken")

    def __init__(self, past: Past, first: Recorded) -> None:
        self._past, self._first, self._last = past, first.envelope, first.position
        self._before = past.package(name_of(first.envelope.originator_id) or "")
        self._computed_at = _computed_at(first)
        self._taken: _Taken | None = None

    def goes_on(self, recorded: Recorded) -> bool:
        """Whether it is another event of the same decision: what ended stands before verdicts."""
        first, envelope = self._first, recorded.envelope
        if recorded.position != self._last + 1 or envelope.originator_id != first.originator_id:
            return False
        at = _computed_at(recorded)
        same = envelope.meta.correlation == first.meta.correlation
        if not same or self._computed_at not in (None, at):
            return False
        self._computed_at, self._last = at, recorded.position
        return True

    def difference(self, recorded: Recorded) -> Difference | None:
        """Return what of the recorded event is otherwise now."""
        decision: Decided = recorded.envelope.event
        if self._taken is None:
            self._taken = _Taken(self._past, self._before, self._first.meta.occurred_at)
        again = None if self._unseen() else self._taken.instead_of(decision)
        if decision == again:
            return None
        return Difference(
            recorded.position,
            recorded.envelope.originator_id,
            recorded.envelope.originator_version,
            _told(decision),
            _told(again) if again is not None else "nothing",
            _differing(decision, again) or self._unseen(),
        )

    def _unseen(self) -> str:
        """Say what the verdict was not decided on, although it stands before it."""
        seen, ruled = self._computed_at, self._past.ruled_at
        if seen is None or max(self._before.position, ruled) <= seen:
            return ""
        if ruled > seen:
            return f"the configuration changed at {ruled}, it was computed at {seen}"
        return f"the package changed at {self._before.position}, it was computed at {seen}"


class _Taken:
    """The decision about a package as it is taken now, of each build that is asked for."""

    __slots__ = ("_before", "_considered", "_rules", "_subject")

    def __init__(self, past: Past, package: Package, now: datetime) -> None:
        self._rules, self._before = past.rules(now)
        self._subject = past.subject(package, self._rules)
        self._considered = consider(package, self._subject.destinations, self._rules)

    def instead_of(self, decision: Decided) -> Decided | None:
        """Return what is decided now in place of an event on record."""
        match decision:
            case Queued() | SkippedAsRetag() | Skipped():
                return self._verdict(decision)
            case Ended():
                endings = map(ended, self._considered.endings)
                return next((event for event in endings if event == decision), None)
            case RequestLapsed():
                asked = self._considered.lapsed
                return RequestLapsed(asked.build_id, asked.id) if asked else None
            case _:
                assert_never(decision)

    def _verdict(self, on_record: AnyVerdict) -> AnyVerdict | None:
        basis = on_record.basis
        if basis.table != VERSION:
            raise Refused(
                f"a verdict was taken by table {basis.table}",
                why=f"this release has table {VERSION}",
                do="replay it with the release that has both",
            )
        judgement = self._considered.judgement(on_record.build_id)
        return verdict(judgement, self._occasion(judgement, basis)) if judgement else None

    def _occasion(self, judgement: Judgement, basis: Basis) -> Occasion:
        """Return that of the recorded verdict, but for what is found out anew.

        The name of the plan is that of all packages together, and who approved it is a fact.
        """
        by_change: frozenset[HeldBuild] = frozenset()
        if judgement.queues:
            due = due_of(self._subject, [judgement], self._rules, self._before)
            by_change = frozenset(each.key for each in due if each.by_change)
        plan, approval = basis.plan or "", basis.approval
        return Occasion(self._rules, basis.computed_at, plan, approval, by_change)


def _computed_at(recorded: Recorded) -> int | None:
    event = recorded.envelope.event
    return event.basis.computed_at if isinstance(event, Verdict) else None


def _told(decision: Decided) -> str:
    match decision:
        case Queued() | SkippedAsRetag() | Skipped():
            reason = detailed(decision.reason, decision.detail)
            return f"{decision.topic} (row {decision.basis.row}, {reason})"
        case Ended():
            return f"{decision.topic}: {decision.outcome}"
        case RequestLapsed():
            return decision.topic
        case _:
            assert_never(decision)


def _differing(recorded: Decided, again: Decided | None) -> str:
    """Name the fields that differ, a basis field by field."""
    if again is None:
        return ""
    ours, theirs = _fields(recorded), _fields(again)
    names = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    return ", ".join(f"{name}: {ours.get(name)} → {theirs.get(name)}" for name in names)


def _fields(decision: Decided) -> dict[str, object]:
    found: dict[str, object] = to_builtins(decision)
    basis = found.pop("basis", {})
    assert isinstance(basis, dict)  # noqa: S101 - a struct's
    return {"event": decision.topic, **found, **basis}
