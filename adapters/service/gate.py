# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate: the only place where anything is queued.

One pass adopts what people configured, judges every package on one view of the log, and records
what pause, guard and lull allow. Killed anywhere, the next pass computes the rest again.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from adapters.ports import Clock, Configuration
from adapters.service.holds import held as held_plan
from adapters.service.journal import (
    Draft,
    Journal,
    View,
    chunks,
    package_draft,
    service_draft,
)
from adapters.service.operation import Operation, new_id
from adapters.service.outlook import Outlook, drafts, imagine, look_ahead, still_due, unpaused
from adapters.tracing import span
from domain.admission.plan import Due, Plan
from domain.envelope import Event, Recorded
from domain.errors import Invalid, Refused
from domain.package.events import Ended
from domain.service import STREAM, Service
from domain.service.decide import Offered, adopt, expire_pause
from domain.service.events import PlanApproved, PlanHeld, PlanLapsed, PlanRejected
from domain.service.state import HeldPlan


class Gate:
    """Plans, decides, approves, rejects.

    ``configuration`` is what people configure; ``observed`` the same with what the hub says of it,
    which is adopted. A look ahead asks no hub: it may be away. ``online``: there is one, so that
    nothing is decided on what it did not confirm.
    """

    def __init__(
        self,
        journal: Journal,
        configuration: Configuration,
        clock: Clock,
        *,
        observed: Configuration | None = None,
        online: bool = False,
    ) -> None:
        self._journal = journal
        self._configuration = configuration
        self._observed = observed or configuration
        self._clock = clock
        self._online = online

    def outlook(self, *, resumed: bool = False) -> Outlook:
        """Return what a pass would do now, writing nothing.

        ``resumed``: as if no operator had paused.
        """
        operation = Operation("ebs", "service", self._clock())
        offered = self._configuration.offered()
        with self._journal.look() as view:
            before = _before(view.service, offered, operation.now)
            service = imagine(view.service, before, operation)
            service = unpaused(service) if resumed else service
            return self._look_ahead(view, service, operation.now)

    def hindsight(self, view: View, *, resumed: bool = False) -> Outlook:
        """Return what a pass would have done as of the view, by what was in force then.

        ``resumed``: as if no operator had paused.
        """
        now = view.at or self._clock()
        expired = expire_pause(view.service, now)
        service = imagine(view.service, expired, Operation("ebs", "service", now))
        return self._look_ahead(view, unpaused(service) if resumed else service, now)

    def offered(self) -> Offered:
        """Read what people configured, and what the hub says of it. It may take long."""
        return self._observed.offered()

    def prepare(self, correlation: str, offered: Offered) -> Service:
        """Adopt what is offered, before anything else of a pass; return the service as it is then.

        A faulty policy is recorded as rejected, and the one before stays in force.
        """
        operation = Operation("ebs", "service", self._clock(), correlation)
        self._journal.record(
            lambda view: (
                service_draft(event, operation.meta())
                for event in _before(view.service, offered, operation.now)
            )
        )
        with self._journal.look() as view:
            return view.service

    def run(self, correlation: str | None = None, offered: Offered | None = None) -> Outlook:
        """Make one pass, record what it decides, and return what it saw.

        ``correlation`` names the pass, and ``offered`` is the configuration, where the caller has
        them.
        """
        # Read outside of the attempts, for what is offered is offered once.
        found = offered or self.offered()
        with span("gate"):
            return self._journal.attempt(lambda: self._pass(correlation or new_id(), found))

    def adopt(self, operation: Operation) -> list[Recorded]:
        """Adopt the configuration now. Raises Invalid where the policy is faulty."""
        offered = self.offered()
        recorded = self._journal.record(
            lambda view: (
                service_draft(event, operation.meta()) for event in adopt(view.service, offered)
            )
        )
        if offered.faults:
            raise Invalid(
                f"the policy {offered.origin} was rejected, the one before stays in force",
                why="\n".join(offered.faults),
                do="mend it; 'ebs config check' shows every fault",
            )
        return recorded

    def approve(
        self, name: str, operation: Operation, reason: str = "", *, shown: str | None = None
    ) -> list[Recorded]:
        """Queue what of a held plan is still due. Raises NotFound, or Refused where none is.

        ``shown``: the list that the person saw, by its name; another one is refused.
        """

        def decide(view: View) -> Iterator[Draft]:
            held = held_plan(view, name)
            expired = [*expire_pause(view.service, operation.now)]
            service = imagine(view.service, expired, operation)
            outlook = self._look_ahead(view, service, operation.now)
            due = _approvable(outlook, held)
            _as_shown(outlook.plan.only(due), shown)
            for event in (*expired, PlanApproved(name, reason)):
                yield service_draft(event, operation.meta())
            approval = f"{STREAM}@{service.version + 1}"
            only = replace(outlook, plan=outlook.plan.only(due))
            yield from drafts(only, due, operation, approval)

        return self._journal.record(decide)

    def reject(
        self, name: str, reason: str, operation: Operation, *, shown: str | None = None
    ) -> list[Recorded]:
        """End what of a held plan is still due as rejected.

        Raises NotFound, or Refused likewise.
        """

        def decide(view: View) -> Iterator[Draft]:
            held = held_plan(view, name)
            plan = self._look_ahead(view, view.service, operation.now).plan
            mode = view.service.configured.settings.mode
            rejected = still_due(plan, held.builds)
            _as_shown(plan.only(rejected), shown)
            yield service_draft(PlanRejected(name, reason), operation.meta())
            for due in rejected:
                judged = due.judgement
                ended = Ended(
                    build_id=judged.build_id,
                    mode=mode,
                    generation=judged.generation,
                    outcome="rejected",
                    source=judged.source,
                    detail=reason,
                )
                yield package_draft(judged.package, ended, operation.meta())

        return self._journal.record(decide)

    def _look_ahead(self, view: View, service: Service, now: datetime) -> Outlook:
        return look_ahead(view, service, now, online=self._online)

    def _pass(self, correlation: str, offered: Offered) -> Outlook:
        operation = Operation("ebs", "service", self._clock(), correlation)
        with self._journal.look() as view:
            meta = operation.meta()
            before = _before(view.service, offered, operation.now)
            self._journal.append(view, [service_draft(event, meta) for event in before])
            outlook = self._look_ahead(view, view.service, operation.now)
            if not outlook.blocked:
                for part in chunks(_pass_drafts(outlook, operation)):
                    self._journal.append(view, part)
            return replace(outlook, position=view.position, service=view.service)


def _before(service: Service, offered: Offered, now: datetime) -> list[Event]:
    """Return what a pass records before it judges: a pause that ran out, new configuration."""
    return [*expire_pause(service, now), *adopt(service, offered)]


def _approvable(outlook: Outlook, held: HeldPlan) -> list[Due]:
    if outlook.blocked:
        raise Refused(
            f"plan {held.plan} cannot be approved now",
            why=outlook.blocked,
            do="resume first; nothing is lost by waiting",
        )
    due = still_due(outlook.plan, held.builds)
    if not due:
        raise Refused(
            f"plan {held.plan} is stale",
            why="none of its builds is due any longer",
            do="see 'ebs plan' for what is",
        )
    return due


def _as_shown(plan: Plan, shown: str | None) -> None:
    """Raise Refused where a person was shown another list than this one."""
    if shown not in (None, plan.name):
        raise Refused(
            "the list is not the one that was shown",
            why=f"something happened meanwhile: {len(plan.due)} of its builds are due now",
            do="look at it again, then decide",
        )


def _pass_drafts(outlook: Outlook, operation: Operation) -> Iterator[Draft]:
    passage = outlook.passage
    for plan in passage.lapsed:
        yield service_draft(PlanLapsed(plan), operation.meta())
    for hold in passage.hold:
        held = PlanHeld(hold.plan, hold.reason, hold.builds, hold.requested)
        yield service_draft(held, operation.meta())
    yield from drafts(outlook, passage.queue, operation)
