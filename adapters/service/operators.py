# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators ask for: pause and resume, a build of a package, a rebuild of packages."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from adapters.service import naming
from adapters.service.journal import (
    Draft,
    Journal,
    View,
    batch_draft,
    package_draft,
    service_draft,
)
from adapters.service.operation import Operation
from domain.admission.judge import Judgement, decide, newest_in_tag
from domain.admission.rules import Rules, rules_of
from domain.admission.table import blamed
from domain.batch.events import Abandoned
from domain.envelope import Recorded
from domain.errors import Invalid, NotFound, Refused
from domain.package import Package
from domain.package.events import FailureCleared, RebuildRequested, Requested
from domain.package.state import Asked
from domain.service import decide as service_rules
from domain.values import Moment

LISTED = 5
"""How many of many refusals are told in full."""

FORCED = (
    "already-built",
    "same-source",
    "already-in-destination",
    "older-than-handled",
    "failed-before",
)
"""The reasons that force passes, of what is not queued at this very moment."""


class Operators:
    """Records what people ask; the gate acts on it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def pause(self, reason: str, until: datetime | None, operation: Operation) -> list[Recorded]:
        """Pause until a person resumes, or until then. Raises Invalid or Refused."""

        def decide(view: View) -> Iterator[Draft]:
            event = service_rules.pause(view.service, reason, until, operation.now)
            yield service_draft(event, operation.meta())

        return self._journal.record(decide)

    def resume(self, operation: Operation, reason: str = "") -> list[Recorded]:
        """Lift the operators' pause. Raises Refused."""
        return self._journal.record(
            lambda view: [
                service_draft(service_rules.resume(view.service, reason), operation.meta())
            ]
        )

    def trigger(
        self, names: Sequence[str], reason: str, operation: Operation, *, force: bool = False
    ) -> list[Recorded]:
        """Ask for the newest build of each package in the trigger tag; all or none.

        Raises NotFound for what is unknown and Refused for what would not be queued.
        """

        def ask(view: View) -> Iterator[Draft]:
            rules = rules_of(view.service, operation.now)
            wanted = _upstream(names, rules)
            _known(view, wanted)
            asked = {name: _if_asked(view, name, rules, force=force) for name in wanted}
            refusals = [r for name, found in asked.items() if (r := _refusal(view, name, found))]
            if refusals:
                raise _refused("nothing was requested", refusals)
            for name, found in asked.items():
                if found is not None:
                    event = Requested(_reason(reason), found.build_id, force)
                    yield package_draft(name, event, operation.meta())

        return self._journal.record(ask)

    def rebuild(
        self, names: Sequence[str] | None, reason: str, operation: Operation
    ) -> list[Recorded]:
        """Raise the generation of packages, of every target where None; all or none.

        Raises NotFound for what is unknown and Refused for what is no target.
        """

        def ask(view: View) -> Iterator[Draft]:
            rules = rules_of(view.service, operation.now)
            for name in _to_rebuild(view, names, rules):
                generation = view.package(name).generation + 1
                event = RebuildRequested(generation, _reason(reason))
                yield package_draft(name, event, operation.meta())

        return self._journal.record(ask)

    def clear_failures(
        self, names: Sequence[str] | None, reason: str, operation: Operation
    ) -> list[Recorded]:
        """Let what failed of packages, of every package where None, be tried again; all or none.

        Raises NotFound for what is unknown and Refused for what has not failed.
        """

        def ask(view: View) -> Iterator[Draft]:
            rules = rules_of(view.service, operation.now)
            wanted = sorted(view.everything()) if names is None else _upstream(names, rules)
            if names is not None:
                _known(view, wanted)
            failed = [name for name in wanted if _has_failed(view.package(name), rules)]
            others = [f"{name} has not failed" for name in wanted if name not in failed]
            if not failed or (names is not None and others):
                raise _refused("nothing was cleared", others if names else ["nothing has failed"])
            for name in failed:
                yield package_draft(name, FailureCleared(_reason(reason)), operation.meta())

        return self._journal.record(ask)

    def abandon(
        self, number: int, reason: str, operation: Operation, *, requeue: bool = False
    ) -> list[Recorded]:
        """Give a batch up; what is not built ends as abandoned, and with ``requeue`` is due again.

        Raises Refused where it is not the batch that is open.
        """

        def ask(view: View) -> Iterator[Draft]:
            if view.batch is None or view.batch.number != number:
                running = f"batch {view.batch.number} is" if view.batch else "none is"
                raise Refused(
                    f"batch {number} is not open",
                    why=f"{running}",
                    do="see 'ebs batch'",
                )
            if view.batch.abandoned is not None:
                raise Refused(f"batch {number} is abandoned already", why=view.batch.abandoned)
            yield batch_draft(number, Abandoned(_reason(reason), requeue), operation.meta())

        return self._journal.record(ask)

    def log_level(self, name: str, operation: Operation) -> list[Recorded]:
        """Record that somebody sets the level of a process's log. Raises Invalid."""
        draft = service_draft(service_rules.log_level(name), operation.meta())
        return self._journal.record(lambda _: [draft])

    def note(
        self,
        text: str,
        operation: Operation,
        *,
        at: datetime | None = None,
        package: str | None = None,
        batch: int | None = None,
    ) -> list[Recorded]:
        """Pin a note to now or to a time that is over, on the service, a package or a batch.

        Raises Invalid, and NotFound for a package or batch that is not on record.
        """
        when = at or operation.now

        def decide(view: View) -> Iterator[Draft]:
            named = _pinned_to(view, package, batch)
            event = service_rules.note(text, when, operation.now, package=named, batch=batch)
            yield service_draft(event, operation.meta(moment=Moment(when)))

        return self._journal.record(decide)


def _pinned_to(view: View, package: str | None, batch: int | None) -> str | None:
    """Return the package's name upstream; that, or the batch, must be on record."""
    if batch is not None:
        naming.batch(view, batch)
    return None if package is None else naming.package(view, package)


def _has_failed(package: Package, rules: Rules) -> bool:
    """Whether something keeps a source of the package back in its generation."""
    here = (rules.mode, package.generation)
    return any((a.mode, a.generation) == here and blamed(a, rules) for a in package.ledger)


def _to_rebuild(view: View, names: Sequence[str] | None, rules: Rules) -> Iterable[str]:
    targets = rules.names.targets
    if names is None:
        return sorted(name for name in view.everything() if name in targets)
    wanted = _upstream(names, rules)
    _known(view, wanted)
    strangers = [f"{name} is not in the package list" for name in wanted if name not in targets]
    if strangers:
        raise _refused("nothing is rebuilt", strangers)
    return wanted


def _upstream(names: Sequence[str], rules: Rules) -> list[str]:
    """Return each package once, by its name upstream, in the order given."""
    return list(dict.fromkeys(rules.names.upstream(name) for name in names))


def _known(view: View, names: Sequence[str]) -> None:
    unknown = [name for name, p in view.packages(names).items() if not p.version and name in names]
    if unknown:
        raise NotFound(
            f"no build of {', '.join(sorted(unknown)[:LISTED])} was ever seen in a watched tag",
            do="check the spelling; 'ebs baseline' reads what the tags hold",
        )


def _refusal(view: View, name: str, found: Judgement | None) -> str | None:
    """Return why a request would queue nothing, or None."""
    if found is None:
        return f"{name} has no build in the trigger tag"
    if any(attempt.build_id == found.build_id for attempt in view.package(name).queued):
        return f"{found.nvr} is queued already"
    if found.queues:
        return None
    reason = ": ".join(filter(None, (found.finding.reason, found.finding.detail)))
    return f"{found.nvr} would be skipped: {reason}"


def _if_asked(view: View, name: str, rules: Rules, *, force: bool) -> Judgement | None:
    """Return what the table would say of the newest build, were it asked for."""
    package, twin = view.package(name), view.package(rules.names.downstream(name))
    newest = newest_in_tag(package, rules)
    if newest is None:
        return None
    asked = replace(package, request=Asked("", newest, force, 0))
    decision = decide(asked, twin.destinations, rules)
    return next((j for j in decision.judgements if j.request is not None), None)


def _refused(what: str, refusals: Sequence[str]) -> Refused:
    more = len(refusals) - LISTED
    tail = [f"and {more} more"] if more > 0 else []
    handled = any(f"would be skipped: {reason}" in r for r in refusals for reason in FORCED)
    force = "; with --force it is queued all the same" if handled else ""
    return Refused(
        what,
        why="; ".join([*refusals[:LISTED], *tail]),
        do=f"see 'ebs why PACKAGE'{force}",
    )


def _reason(text: str) -> str:
    if not text.strip():
        raise Invalid("a reason is missing", why="everybody will read it", do="give --reason")
    return text
