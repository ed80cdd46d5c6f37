# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers why, and tells the history of a package, a build or a tag, as of any point."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import attrgetter

from msgspec import Struct

from adapters.ports import Clock
from adapters.service import naming
from adapters.service.journal import Journal, View
from domain.admission.judge import Judgement
from domain.admission.rules import rules_of
from domain.batch import stream as batch_stream
from domain.envelope import Recorded
from domain.errors import Refused
from domain.package import stream as package_stream
from domain.package.events import DestinationSeen, Queued, Verdict
from projections import chain, tag_story
from projections.links import Sites
from projections.points import Point
from projections.story import Step, adoptions, tell
from projections.why import Inquiry, answer, clause

Events = Mapping[int, Recorded]
"""Events by their positions, in that order."""


class Story(Struct, frozen=True):
    """What is on record of a package, or of one of its builds; of a tag, under its own name."""

    package: str
    target: bool
    steps: tuple[Step, ...]


class Why(Struct, frozen=True):
    """The answer about a build of a package, and the chain of what led to it.

    Without a build in question the chain is all that is on record. It is as of ``position``.
    """

    package: str
    target: bool
    steps: tuple[Step, ...]
    build_id: int | None
    nvr: str | None
    answer: tuple[str, ...]
    position: int


class Inquiries:
    """Reads the log for people who ask."""

    def __init__(self, journal: Journal, clock: Clock, sites: Sites) -> None:
        self._journal = journal
        self._clock = clock
        self._sites = sites

    def why(self, name: str, build: str | None = None, point: Point | None = None) -> Why:
        """Answer about a package by either name, or about a build by its number or NVR.

        Raises NotFound for what is unknown, and for a build of another package.
        """
        with self._journal.look(point) as view:
            return self.answered(view, name, build)

    def answered(self, view: View, name: str, build: str | None = None) -> Why:
        """Answer likewise, from a view."""
        package = naming.package(view, name)
        events = self._events(view, package)
        named = None if build is None else naming.build(view, package, build, events)
        try:
            inquiry = self._inquiry(view, package, events)
        except Refused as error:
            return self._undecided(view, package, events, f"Nothing is decided: {error.why}.")
        build_id = named if named is not None else inquiry.newest
        told = self._chain(view, inquiry, build_id)
        return Why(
            package=package,
            target=inquiry.targeted,
            steps=self._steps(view, package, told),
            build_id=build_id,
            nvr=None if build_id is None else inquiry.nvr(build_id),
            answer=tuple(answer(inquiry, named)),
            position=view.position,
        )

    def clause(self, view: View, judged: Judgement) -> str:
        """Say why a verdict that is not on record yet is as it is, by what it rests on."""
        events = self._events(view, judged.package)
        return clause(self._inquiry(view, judged.package, events), judged)

    def sentence(self, view: View, package: str, build_id: int) -> str:
        """Say how a build of a package, by its name upstream, is and why, and not what led to it.

        Raises Refused where nothing is decided.
        """
        events = self._events(view, package)
        return next(answer(self._inquiry(view, package, events), build_id))

    def history(self, what: str, point: Point | None = None) -> Story:
        """Tell all that is on record of a package, a build by number or NVR, or a tag.

        Raises NotFound for what is unknown.
        """
        with self._journal.look(point) as view:
            return self.told(view, what)

    def told(self, view: View, what: str) -> Story:
        """Tell likewise, from a view."""
        package, build_id = naming.thing(view, what)
        if package is None:
            return self._of_tag(view, what)
        events = self._events(view, package)
        told: Iterable[Recorded] = events.values()
        if build_id is not None:
            told = [r for r in told if getattr(r.envelope.event, "build_id", 0) == build_id]
        target = naming.names(view).targeted(package)
        return Story(package, target, self._steps(view, package, [*told]))

    def _of_tag(self, view: View, tag: str) -> Story:
        told = [*tag_story.tell(view.log, tag, view.position)]
        if not told:
            raise naming.unknown(view, tag)
        return Story(package=tag, target=False, steps=self._steps(view, tag, told))

    # --- what is read --------------------------------------------------------------------------

    def _events(self, view: View, package: str) -> Events:
        """The package's stream, and what the stable tag holds of it under its name downstream."""
        found = [*view.log.stream(package_stream(package), upto=view.position)]
        downstream = naming.names(view).downstream(package)
        if downstream != package:
            twin = view.log.stream(package_stream(downstream), upto=view.position)
            found += [r for r in twin if isinstance(r.envelope.event, DestinationSeen)]
            found.sort(key=attrgetter("position"))
        return {recorded.position: recorded for recorded in found}

    def _inquiry(self, view: View, package: str, events: Events) -> Inquiry:
        rules = rules_of(view.service, view.at or self._clock())
        found = (recorded.envelope.event for recorded in events.values())
        approvals = [e.basis.approval for e in found if isinstance(e, Queued) and e.basis.approval]
        named = view.log.named(approvals) if approvals else iter(())
        return Inquiry(
            service=view.service,
            rules=rules,
            package=view.package(package),
            destinations=view.package(rules.names.downstream(package)).destinations,
            events=events,
            approvals={recorded.envelope.id: recorded for recorded in named},
        )

    def _chain(self, view: View, inquiry: Inquiry, build_id: int | None) -> Sequence[Recorded]:
        if build_id is None:
            return [*inquiry.events.values()]
        judged = (j for j in inquiry.decision.judgements if j.build_id == build_id)
        foreseen = [position for j in judged for position in j.finding.evidence]
        told = [*chain.of_package(inquiry.events, build_id, foreseen)]
        for number in chain.batches_of(told, build_id):
            batch = view.log.stream(batch_stream(number), upto=view.position)
            told += chain.of_batch(batch, build_id)
        return sorted(told, key=attrgetter("position"))

    def _steps(self, view: View, package: str, told: Sequence[Recorded]) -> tuple[Step, ...]:
        adopted = adoptions(view.cursor, {*_revisions(told)})
        return tuple(tell(told, partial(self._sites.of, package, adopted)))

    def _undecided(self, view: View, package: str, events: Events, sentence: str) -> Why:
        steps = self._steps(view, package, [*events.values()])
        target = naming.names(view).targeted(package)
        return Why(package, target, steps, None, None, (sentence,), view.position)


def _revisions(told: Iterable[Recorded]) -> Iterator[str]:
    events = (recorded.envelope.event for recorded in told)
    return (event.basis.policy_revision for event in events if isinstance(event, Verdict))
