# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gate has to say of one package: the verdicts that do not stand, what they end."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.admission.rules import Rules
from domain.admission.table import FAILED_BEFORE, NEEDS_SOURCE, Case, Finding, Row, admit
from domain.package.state import Asked, Attempt, Destination, Package, Presence, Standing
from domain.values import Moment, Place


class Judgement(Struct, frozen=True, gc=False):
    """A verdict that is not on record yet, on the build's tagging in the trigger tag.

    ``standing`` is the verdict on record on the same tagging, ``request`` what it answers.
    """

    subject: Package
    rules: Rules
    build_id: int
    row: Row
    finding: Finding
    tagging: Moment
    standing: Standing | None = None
    request: Asked | None = None

    @property
    def queues(self) -> bool:
        """Whether the build is to be rebuilt."""
        return self.row.kind == "queued"

    @property
    def package(self) -> str:
        """The package's name upstream."""
        return self.subject.name

    @property
    def nvr(self) -> str:
        """The build's name, version and release."""
        return self.subject.builds[self.build_id].nvr

    @property
    def source(self) -> str | None:
        """The build's source, None while it is not known."""
        return self.subject.builds[self.build_id].source

    @property
    def tag(self) -> str:
        """The trigger tag."""
        return self.rules.trigger_tag

    @property
    def generation(self) -> int:
        """The generation that it is judged in."""
        return self.subject.generation

    @property
    def place(self) -> Place:
        """The build's position in the order of its package."""
        return self.subject.place(self.build_id, self.rules.stable_tag)

    @property
    def provisional(self) -> bool:
        """Whether a row was passed, or gave the verdict, that needs a source not known yet."""
        return self.row.number >= NEEDS_SOURCE and self.source is None

    @property
    def changed(self) -> str | None:
        """What made the verdict change: a row above began to hold, or the old one ceased to."""
        if self.standing is None:
            return None
        if self.row.number < self.standing.row:
            return f"{self.finding.reason} holds now"
        return f"{self.standing.reason} no longer holds"

    @property
    def round(self) -> int:
        """One more than the last attempt, of this build or source, that another may follow.

        None may follow one that is queued or built, but at a person's request: whoever queues it
        all the same is in the same round, and the database's fence refuses it.
        """
        rounds = [attempt.round for attempt in self.subject.ledger if self._precedes(attempt)]
        return max(rounds) + 1 if rounds else 0

    def _precedes(self, attempt: Attempt) -> bool:
        here = (self.rules.mode, self.generation)
        if (attempt.mode, attempt.generation) != here:
            return False
        same = attempt.build_id == self.build_id or attempt.source == self.source is not None
        return same and (not attempt.handled or self.request is not None)


class Ending(Struct, frozen=True, gc=False):
    """A queued build that is not to be built after all."""

    attempt: Attempt
    outcome: Literal["superseded", "gone"]
    detail: str = ""


class Decision(Struct, frozen=True, gc=False):
    """All that is to be recorded about one package; ``lapsed`` is a request for an older build."""

    package: Package
    endings: tuple[Ending, ...]
    judgements: tuple[Judgement, ...]
    lapsed: Asked | None = None

    @property
    def empty(self) -> bool:
        """Whether all that is on record stands."""
        return not (self.endings or self.judgements or self.lapsed)


def decide(package: Package, destinations: tuple[Destination, ...], rules: Rules) -> Decision:
    """Judge every tagging in the trigger tag whose verdict, if it has one, no longer stands."""
    seen = consider(package, destinations, rules)
    judged = [seen.judgement(build_id) for build_id in seen.builds]
    judgements = tuple([judgement for judgement in judged if judgement is not None])
    return Decision(package, seen.endings, judgements, seen.lapsed)


def consider(package: Package, destinations: tuple[Destination, ...], rules: Rules) -> "Considered":
    """Look at a package before any one of its builds is judged.

    What left the tag ends as gone. Only the newest build in the tag can be queued (row 3), so it is
    judged first; then what was queued before it ends as superseded.
    """
    view = _look(package, destinations, rules)
    gone = tuple(view.gone()) if package.ledger else ()
    view = view.after(gone)
    first = view.judge(view.newest) if view.newest is not None else None
    overtaken = tuple(view.overtaken(first)) if package.ledger else ()
    return Considered(view.after(overtaken), first, gone + overtaken)


def newest_in_tag(package: Package, rules: Rules) -> int | None:
    """Return the build of the latest place in the trigger tag."""
    return _look(package, (), rules).newest


def _look(package: Package, destinations: tuple[Destination, ...], rules: Rules) -> "_InTag":
    builds: dict[int, Presence] = {}
    present: list[int] = []
    tag = rules.trigger_tag
    for build_id, build in package.builds.items():
        presence = build.tags.get(tag)
        if presence is not None:
            builds[build_id] = presence
            if presence.present:
                present.append(build_id)
    newest = present[0] if present else None
    if len(present) > 1:
        newest = max(present, key=lambda build_id: package.place(build_id, rules.stable_tag))
    return _InTag(package, destinations, rules, builds, present, newest)


class Considered(Struct, frozen=True, gc=False):
    """A package of which is known what ends, and so what each build is judged by."""

    _view: "_InTag"
    _first: Judgement | None
    endings: tuple[Ending, ...]

    @property
    def newest(self) -> int | None:
        """The build of the latest place in the trigger tag."""
        return self._view.newest

    @property
    def builds(self) -> Iterator[int]:
        """The builds that are, or were, in the trigger tag, the newest first."""
        newest, builds = self._view.newest, self._view.builds
        if newest is not None:
            yield newest
        if len(builds) > 1 or newest is None:
            yield from (build_id for build_id in builds if build_id != newest)

    @property
    def lapsed(self) -> Asked | None:
        """A request for a build that is not the newest any longer."""
        return self._view.lapsed

    def judgement(self, build_id: int) -> Judgement | None:
        """Return the verdict on a build, or None where the one on record stands, or it has none."""
        if build_id == self.newest:
            return self._first
        return self._view.judge(build_id) if build_id in self._view.builds else None


class _InTag(Struct, frozen=True, gc=False):
    """A package seen from the trigger tag: what is, or was, in it, what is, and its latest."""

    package: Package
    destinations: tuple[Destination, ...]
    rules: Rules
    builds: dict[int, Presence]
    present: list[int]
    newest: int | None

    def after(self, endings: tuple[Ending, ...]) -> "_InTag":
        """Return the view as it is once these have ended."""
        if not endings:
            return self
        outcomes = {ending.attempt.position: ending.outcome for ending in endings}
        ledger = tuple(
            replace(attempt, outcome=outcomes.get(attempt.position, attempt.outcome))
            for attempt in self.package.ledger
        )
        return replace(self, package=replace(self.package, ledger=ledger))

    def gone(self) -> Iterator[Ending]:
        """Yield what is queued and left the trigger tag."""
        for attempt in self._queued():
            if attempt.build_id not in self.present:
                yield Ending(attempt, "gone")

    def overtaken(self, first: Judgement | None) -> Iterator[Ending]:
        """Yield what is queued and overtaken by the newest build, on which the verdict is `first`.

        Whatever that verdict is, for without a pass in between the older build would have been
        superseded. But what is queued of the newest build's own source stays, unless that is queued
        anew: the one is skipped because the other is queued. And where the newest build failed or
        was rejected, what is queued before it is better than nothing.
        """
        queued, queues = self._queued(), first is not None and first.queues
        if not queued or self.newest is None:
            return
        if not queues and self._blamed(self.newest, first):
            return
        newest, now = self.package.builds[self.newest], (self.newest, self.package.generation)
        for attempt in queued:
            other = (attempt.build_id, attempt.generation) != now
            same = attempt.build_id == self.newest or attempt.source == newest.source is not None
            if other and (queues or not same):
                yield Ending(attempt, "superseded", newest.nvr)

    def _blamed(self, newest: int, first: Judgement | None) -> bool:
        tagging = self.builds[newest].latest
        if first is not None or tagging is None:
            return first is not None and first.row.number == FAILED_BEFORE
        standing = self.builds[newest].standing(self.rules.mode, tagging.moment)
        return standing is not None and standing.row == FAILED_BEFORE

    @property
    def lapsed(self) -> Asked | None:
        request = self.package.request
        return request if request is not None and request.build_id != self.newest else None

    def _queued(self) -> list[Attempt]:
        """What waits to be built; what a batch took over is left to that."""
        mode = self.rules.mode
        return [a for a in self.package.ledger if a.open and a.batch is None and a.mode == mode]

    def judge(self, build_id: int) -> Judgement | None:
        """Return the build's verdict, or None where the one on record stands."""
        presence = self.builds[build_id]
        tagging = presence.latest or presence.phantom
        if tagging is None:
            return None
        moment = tagging.moment
        request = self.package.request
        if request is not None and not build_id == request.build_id == self.newest:
            request = None
        standing = presence.standing(self.rules.mode, moment)
        if standing and not request and self._settled(build_id, standing):
            return None
        row, finding = admit(self._case(build_id, presence, request))
        if standing and not request and _stands(standing, row, finding):
            return None
        return Judgement(
            self.package, self.rules, build_id, row, finding, moment, standing, request
        )

    def _settled(self, build_id: int, standing: Standing) -> bool:
        """Whether the verdict stands whatever the table says: not ended, or long gone."""
        if standing.kind != "queued":
            return build_id not in self.present
        return any(
            attempt.handled
            for attempt in self.package.ledger
            if attempt.build_id == build_id
            and (attempt.mode, attempt.generation) == (self.rules.mode, self.package.generation)
        )

    def _case(self, build_id: int, presence: Presence, request: Asked | None) -> Case:
        return Case(
            package=self.package,
            destinations=self.destinations,
            rules=self.rules,
            build_id=build_id,
            build=self.package.builds[build_id],
            presence=presence,
            newest=self.newest,
            request=request,
        )


def _stands(standing: Standing, row: Row, finding: Finding) -> bool:
    """Whether the table says the same again; queued again after it ended is news."""
    return row.kind != "queued" and (standing.kind, standing.reason) == (row.kind, finding.reason)
