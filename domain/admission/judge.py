# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gate has to say of one package: the verdicts that do not stand, what they end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from domain.admission.rules import Rules
from domain.admission.table import NEEDS_SOURCE, Case, Finding, Row, admit
from domain.package.state import Asked, Attempt, Destination, Package, Presence, Standing
from domain.values import Moment, Place


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict that is not on record yet; the fields are those of Verdict and Basis."""

    package: str
    build_id: int
    nvr: str
    tag: str
    source: str | None
    row: Row
    finding: Finding
    tagging: Moment
    place: Place
    generation: int
    round: int
    changed: str | None
    request: Asked | None
    provisional: bool

    @property
    def queues(self) -> bool:
        """Whether the build is to be rebuilt."""
        return self.row.kind == "queued"


@dataclass(frozen=True, slots=True)
class Ending:
    """A queued build that is not to be built after all."""

    attempt: Attempt
    outcome: Literal["superseded", "gone"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """All that is to be recorded about one package."""

    package: Package
    endings: tuple[Ending, ...]
    judgements: tuple[Judgement, ...]


def decide(package: Package, destinations: tuple[Destination, ...], rules: Rules) -> Decision:
    """Judge every tagging in the trigger tag whose verdict, if it has one, no longer stands.

    Only the newest build in the trigger tag can be queued (row 3), so it is judged first; then what
    was queued before it ends as superseded, and what left the tag as gone.
    """
    view = _View.of(package, destinations, rules)
    first = tuple(view.judge(view.newest)) if view.newest is not None else ()
    queues = any(judgement.queues for judgement in first)
    endings = tuple(view.endings(queues=queues))
    if endings:
        view = view.after(endings)
    rest = (build_id for build_id in view.builds if build_id != view.newest)
    others = tuple(judgement for build_id in rest for judgement in view.judge(build_id))
    return Decision(package, endings, (*first, *others))


@dataclass(frozen=True, slots=True)
class _View:
    """A package seen from the trigger tag: what is, or was, in it, and the latest that is."""

    package: Package
    destinations: tuple[Destination, ...]
    rules: Rules
    builds: dict[int, Presence]
    newest: int | None

    @classmethod
    def of(cls, package: Package, destinations: tuple[Destination, ...], rules: Rules) -> "_View":
        tag = rules.trigger_tag
        builds = {i: build.tags[tag] for i, build in package.builds.items() if tag in build.tags}
        present = [i for i, presence in builds.items() if presence.present]
        if len(present) <= 1:
            newest = present[0] if present else None
        else:
            newest = max(present, key=lambda i: package.place(i, rules.stable_tag))
        return cls(package, destinations, rules, builds, newest)

    def after(self, endings: Iterable[Ending]) -> "_View":
        """Return the view as it is once these have ended."""
        ended = {id(ending.attempt): ending.outcome for ending in endings}
        ledger = tuple(
            replace(attempt, outcome=ended[id(attempt)]) if id(attempt) in ended else attempt
            for attempt in self.package.ledger
        )
        package = replace(self.package, ledger=ledger)
        return _View(package, self.destinations, self.rules, self.builds, self.newest)

    def endings(self, *, queues: bool) -> Iterator[Ending]:
        """Yield what is queued and left the tag, or is overtaken by what is queued now."""
        for attempt in self.package.queued:
            if attempt.mode != self.rules.mode:
                continue
            presence = self.builds.get(attempt.build_id)
            if presence is None or not presence.present:
                yield Ending(attempt, "gone")
            elif queues and self.newest is not None and self._overtaken(attempt):
                yield Ending(attempt, "superseded", self.package.builds[self.newest].nvr)

    def _overtaken(self, attempt: Attempt) -> bool:
        """Whether another build is queued now, or the same in a later generation."""
        now = (self.newest, self.package.generation)
        return (attempt.build_id, attempt.generation) != now

    def judge(self, build_id: int) -> Iterator[Judgement]:
        """Yield the build's verdict unless the one on record stands."""
        presence = self.builds[build_id]
        request = self.package.request if build_id == self.newest else None
        tagging = presence.latest
        if tagging is None:
            return
        standing = presence.standing(self.rules.mode, tagging.moment)
        if standing and not request and self._settled(build_id, presence, standing):
            return
        case = self._case(build_id, presence, request)
        row, finding = admit(case)
        if standing is None or request or not _same(standing, row, finding):
            yield self._judgement(case, row, finding, tagging.moment, standing)

    def _settled(self, build_id: int, presence: Presence, standing: Standing) -> bool:
        """Whether the verdict stands whatever the table says: not ended, or long gone."""
        if standing.kind != "queued":
            return not presence.present
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

    def _judgement(
        self, case: Case, row: Row, finding: Finding, tagging: Moment, standing: Standing | None
    ) -> Judgement:
        build = case.build
        return Judgement(
            package=self.package.name,
            build_id=case.build_id,
            nvr=build.nvr,
            tag=self.rules.trigger_tag,
            source=build.source,
            row=row,
            finding=finding,
            tagging=tagging,
            place=case.place(case.build_id),
            generation=self.package.generation,
            round=_round(case),
            changed=_changed(standing, row, finding) if standing else None,
            request=case.request,
            provisional=row.number >= NEEDS_SOURCE and build.source is None,
        )


def _round(case: Case) -> int:
    """Return how often this build or its source was queued before in mode and generation.

    Two writers who see the same ledger compute the same round, so the database's fence lets only
    one of them queue; whoever sees an ended attempt is past it.
    """
    source = case.build.source
    return sum(
        1
        for attempt in case.ledger
        if attempt.generation == case.package.generation
        and (attempt.build_id == case.build_id or (source and attempt.source == source))
    )


def _same(standing: Standing, row: Row, finding: Finding) -> bool:
    return (standing.kind, standing.reason) == (row.kind, finding.reason)


def _changed(standing: Standing, row: Row, finding: Finding) -> str:
    """Say what made the verdict change: a row above began to hold, or the old one ceased to."""
    if row.number < standing.row:
        return f"{finding.reason} holds now"
    return f"{standing.reason} no longer holds"
