# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators ask for: pause and resume, a build of a package, a rebuild of packages."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from adapters.service.journal import Draft, Journal, View, package_draft, service_draft
from adapters.service.operation import Operation
from domain.admission.judge import Judgement, decide
from domain.admission.rules import Rules, rules_of
from domain.envelope import Recorded
from domain.errors import Invalid, NotFound, Refused
from domain.package import Package
from domain.package.events import RebuildRequested, Requested
from domain.package.state import Asked
from domain.service import decide as service_rules

LISTED = 5
"""How many of many refusals are told in full."""


class Operators:
    """Records what people ask; the gate acts on it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def pause(self, reason: str, until: datetime | None, operation: Operation) -> list[Recorded]:
        """Pause until a person resumes, or until then. Raises Invalid."""
        event = service_rules.pause(reason, until, operation.now)
        return self._journal.record(lambda _: [service_draft(event, operation.meta())])

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
            wanted = [rules.names.upstream(name) for name in names]
            _known(view, wanted)
            refusals = [r for name in wanted if (r := _refusal(view, name, rules, force=force))]
            if refusals:
                raise _refused("nothing was requested", refusals)
            for name in wanted:
                event = Requested(reason=_reason(reason), force=force)
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


def _to_rebuild(view: View, names: Sequence[str] | None, rules: Rules) -> Iterable[str]:
    targets = rules.names.targets
    if names is None:
        return sorted(name for name in view.everything() if name in targets)
    wanted = [rules.names.upstream(name) for name in names]
    _known(view, wanted)
    strangers = [f"{name} is not in the package list" for name in wanted if name not in targets]
    if strangers:
        raise _refused("nothing is rebuilt", strangers)
    return wanted


def _known(view: View, names: Sequence[str]) -> None:
    unknown = [name for name, p in view.packages(names).items() if not p.version and name in names]
    if unknown:
        raise NotFound(
            f"no build of {', '.join(sorted(unknown)[:LISTED])} was ever seen in a watched tag",
            do="check the spelling; 'ebs baseline' reads what the tags hold",
        )


def _refusal(view: View, name: str, rules: Rules, *, force: bool) -> str | None:
    """Return why a request would queue nothing, or None."""
    package = view.package(name)
    judgement = _if_asked(view, package, rules, force=force)
    if judgement is None:
        return f"{name} has no build in {rules.trigger_tag}"
    if any(attempt.build_id == judgement.build_id for attempt in package.queued):
        return f"{judgement.nvr} is queued already"
    if judgement.queues:
        return None
    finding = judgement.finding
    return f"{judgement.nvr} would be skipped: {finding.reason} {finding.detail}".rstrip()


def _if_asked(view: View, package: Package, rules: Rules, *, force: bool) -> Judgement | None:
    downstream = view.package(rules.names.downstream(package.name))
    asked = replace(package, request=Asked("", force, 0))
    decision = decide(asked, downstream.destinations, rules)
    return next((j for j in decision.judgements if j.request is not None), None)


def _refused(what: str, refusals: Sequence[str]) -> Refused:
    more = len(refusals) - LISTED
    tail = [f"and {more} more"] if more > 0 else []
    return Refused(
        what,
        why="; ".join([*refusals[:LISTED], *tail]),
        do="see 'ebs why PACKAGE'; --force passes everything but an exclude and the package list",
    )


def _reason(text: str) -> str:
    if not text.strip():
        raise Invalid("a reason is missing", why="everybody will read it", do="give --reason")
    return text
