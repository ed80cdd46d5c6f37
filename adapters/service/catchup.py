# SPDX-License-Identifier: GPL-3.0-or-later
"""Catch-up: Koji's tag history confirms, corrects and denies what messages told, and adds the rest.

Koji is asked per tag, by the tag's id, which survives a rename. Event ids are not in the order of
commits, so each window overlaps the one before; what was read twice is known by its event. A hint
that no row of a window bears out is denied only once the whole history of its build was read.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final, TypeAlias

import structlog
from msgspec import Struct
from msgspec.structs import replace

from adapters.ports.koji import Koji, TagRow
from adapters.service.history import Answer, Part, Window, facts, history_rows, left_behind
from adapters.service.journal import Draft, Journal, View, service_draft
from adapters.service.operation import Operation
from domain.envelope import Recorded
from domain.package import Package
from domain.package.events import Phantom, Tagged, TaggingConfirmed, Untagged
from domain.package.reconcile import HistoryRow, Reading
from domain.service import Service
from domain.service.events import CatchUpDone, GapFound
from domain.service.state import Baseline
from domain.values import DAWN, Moment

OVERLAP: Final = timedelta(hours=1)
"""By how much a window reaches back: no transaction of a hub is open for longer."""

ON_ITS_WAY: Final = timedelta(minutes=5)
"""For so long a message that is missing may still arrive; then it is a gap of the bus."""

Hinted: TypeAlias = dict[str, dict[int, str]]
"""The builds that only messages told something of, by tag, with their packages."""

_log = structlog.get_logger(__name__)


class Report(Struct, frozen=True):
    """What a catch-up brought, counted in taggings and untaggings; ``read`` in rows."""

    tags: dict[str, int]
    upto: int
    read: int = 0
    confirmed: int = 0
    added: int = 0
    denied: int = 0
    position: int = 0


class CatchUp:
    """Reads Koji's tag history into the log."""

    def __init__(self, journal: Journal, koji: Koji) -> None:
        self._journal = journal
        self._koji = koji

    def run(self, operation: Operation, *, since: int | None = None) -> Report | None:
        """Read every tag we know, and record how far; None before there is a baseline.

        ``since`` is an event to begin behind, in place of the last catch-up's. Raises KojiError.
        """
        with self._journal.look() as view:
            service, hinted = view.service, _hinted(view.everything().values())
        if service.baseline is None:
            return None
        read = self._read(service, self._known(service) | hinted.keys(), since)
        recorded = self._record(read, hinted, operation)
        silent = [*self._silent(service, service.baseline, read)]
        trigger = service.configured.trigger_tag
        done = self._journal.record(lambda view: _done(view, read, trigger, silent, operation))
        return _report(read, [*recorded, *done])

    def confirm(self, operation: Operation) -> Report | None:
        """Read the tags that only messages told something of; None where there is none.

        Raises KojiError.
        """
        with self._journal.look() as view:
            service, hinted = view.service, _hinted(view.everything().values())
        if service.baseline is None or not hinted:
            return None
        read = self._read(service, hinted.keys(), None)
        return _report(read, self._record(read, hinted, operation))

    def _read(self, service: Service, names: Iterable[str], since: int | None) -> Answer:
        """Ask for the clock first: what comes later is of the next reading."""
        clock, event = self._koji.hub_clock(), self._koji.last_event()
        windows = tuple(self._windows(service, names, since))
        rows = {window.tag: self._rows(window) for window in windows}
        return Answer(windows, rows, Moment(clock, event.id))

    def _rows(self, window: Window) -> list[HistoryRow]:
        return [*history_rows(window.tag, self._koji.tag_history(window.tag_id, window.after))]

    def _known(self, service: Service) -> set[str]:
        """Return the tags that matter: all that are watched, and those read before.

        A place is the earliest over the watched tags, whichever of them is the trigger. Koji has
        tens of thousands of tags: it is asked for all where the trigger is another than before.
        """
        configured, last = service.configured, service.caught_up
        settings, trigger = configured.settings, configured.trigger_tag
        if last is not None and last.trigger == trigger:
            return {*last.tags}
        watched = {tag.name for tag in self._koji.tags() if settings.watches(tag.name)}
        return watched | ({trigger} if trigger else set()) | set(last.tags if last else ())

    def _windows(
        self, service: Service, names: Iterable[str], since: int | None
    ) -> Iterator[Window]:
        baseline, last = service.baseline, service.caught_up
        assert baseline is not None  # noqa: S101 - looked at before
        beginning = self._koji.event_before(baseline.taken_at - OVERLAP)
        recent = self._koji.event_before(last.as_of - OVERLAP) if last else beginning
        known = last.tags if last else {}
        for name in sorted(names):
            found = self._koji.tag(name)
            tag_id = found.id if found else known.get(name)
            if tag_id is None:
                _log.warning("Koji does not know the tag", tag=name)
            elif name in known and known[name] != tag_id:
                yield Window(name, tag_id, None, moved=True)
            elif _is_new_trigger(name, service):
                yield Window(name, tag_id, None)
            elif name not in known:
                yield Window(name, tag_id, beginning)
            else:
                yield Window(name, tag_id, recent if since is None else since)

    def _record(self, read: Answer, hinted: Hinted, operation: Operation) -> list[Recorded]:
        """Record what the windows add and confirm; they deny nothing, the rest is settled apart."""
        record, rows = self._journal.record_in_parts, read.rows
        reading = Reading(read.as_of.at, read.as_of.at, frozenset())
        return [
            *record(
                lambda view: (
                    draft
                    for tag in rows
                    for draft in facts(view, Part(tag, rows[tag]), reading, operation)
                )
            ),
            *record(lambda view: left_behind(view, read, operation)),
            *self._settle(read, hinted, operation),
        ]

    def _settle(self, read: Answer, hinted: Hinted, operation: Operation) -> list[Recorded]:
        """Confirm or deny what is left of the hints, by the whole history of each of those builds.

        What messages told meanwhile is of the next reading.
        """
        names = {name for builds in hinted.values() for name in builds.values()}
        with self._journal.look() as view:
            left = _hinted(view.packages(names).values())
        ids = sorted({build_id for builds in left.values() for build_id in builds})
        if not ids:
            return []
        histories = self._koji.build_histories(ids)
        whole = Reading(DAWN, read.as_of.at, frozenset(ids))
        every = [row for rows in histories.values() for row in rows]
        tag_ids = {window.tag: window.tag_id for window in read.windows}

        def decide(view: View) -> Iterator[Draft]:
            for tag, builds in left.items():
                mine = [row for row in every if _is_of(row, tag, tag_ids.get(tag))]
                part = Part(tag, list(history_rows(tag, mine)), builds.values())
                yield from facts(view, part, whole, operation)

        return self._journal.record_in_parts(decide)

    def _silent(self, service: Service, baseline: Baseline, read: Answer) -> Iterator[Recorded]:
        """Yield what no message told although there was time for it, since we listen.

        It is asked of the log, so that a catch-up that was killed loses nothing of it.
        """
        last = service.caught_up.position if service.caught_up else baseline.position
        for each in self._journal.since(last, Tagged.topic, Untagged.topic):
            meta = each.envelope.meta
            late = baseline.taken_at < meta.occurred_at < read.as_of.at - ON_ITS_WAY
            if late and meta.via == "catch-up":
                yield each


def _is_of(row: TagRow, tag: str, tag_id: int | None) -> bool:
    """Whether a row is of this tag: by id, which a rename keeps, else by the name it has last."""
    return row.tag == tag if tag_id is None else row.tag_id == tag_id


def _is_new_trigger(name: str, service: Service) -> bool:
    """Whether the tag is the trigger now, and was not when the baseline or a catch-up was taken."""
    before, last = service.baseline, service.caught_up
    known = {*(before.tags if before else ()), last.trigger if last else None}
    return name == service.configured.trigger_tag and name not in known


def _hinted(packages: Iterable[Package]) -> Hinted:
    found: Hinted = {}
    for package in packages:
        for build_id, tag in package.hints:
            found.setdefault(tag, {})[build_id] = package.name
    return found


def _done(
    view: View,
    read: Answer,
    trigger: str | None,
    silent: Sequence[Recorded],
    operation: Operation,
) -> Iterator[Draft]:
    """Yield how far was read, with which tag as the trigger, and what the bus kept silent about."""
    if silent:
        moments = [each.envelope.meta.occurred_at for each in silent]
        counts = Counter(each.envelope.event.tag for each in silent)
        gap = GapFound(min(moments), max(moments), dict(sorted(counts.items())))
        yield service_draft(gap, operation.meta())
    before = view.service.caught_up
    tags = {**(before.tags if before else {}), **{w.tag: w.tag_id for w in read.windows}}
    done = CatchUpDone(
        tags=dict(sorted(tags.items())),
        upto=read.as_of.event,
        as_of=read.as_of.at,
        added=len(silent),
        trigger=trigger,
    )
    yield service_draft(done, operation.meta())


def _report(read: Answer, recorded: Sequence[Recorded]) -> Report:
    kinds = Counter(type(each.envelope.event) for each in recorded)
    report = Report(
        tags={window.tag: window.tag_id for window in read.windows},
        upto=read.as_of.event,
        read=sum(map(len, read.rows.values())),
        confirmed=kinds[TaggingConfirmed],
        added=kinds[Tagged] + kinds[Untagged],
        denied=kinds[Phantom],
    )
    return replace(report, position=recorded[-1].position) if recorded else report
