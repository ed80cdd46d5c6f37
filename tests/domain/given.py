# SPDX-License-Identifier: GPL-3.0-or-later
"""Given these events, when these rules are asked, then these verdicts: the words of the tests.

Times are seconds after MIDNIGHT; where no package is named it is bash, where no tag it is f41. A
build's source is known from its tagging unless the test says otherwise.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from domain.admission.plan import Plan, Subject, make_plan
from domain.admission.rules import Before, Rules, compile_rules
from domain.admission.verdicts import Occasion, verdicts
from domain.envelope import Envelope, Event, Meta, Recorded
from domain.package import Package, evolve, stream
from domain.package.events import (
    Basis,
    Built,
    DestinationSeen,
    Ended,
    FailureCleared,
    Identified,
    Outcome,
    PackageEvent,
    Phantom,
    Queued,
    RebuildRequested,
    Requested,
    Skipped,
    SkippedAsRetag,
    Tagged,
    TaggingConfirmed,
    Untagged,
)
from domain.package.observe import dist_of
from domain.policy import Override, PackageList, Policy, Settings, revision
from domain.service.state import Configured
from domain.values import Mode, Moment, Via

MIDNIGHT: Final = datetime(2024, 8, 13, tzinfo=UTC)
DAY: Final = 86_400
BASH: Final = "bash"
FOLLOWED: Final = "its commit"
"""The source of a build whose test does not name one."""


def time(seconds: float) -> datetime:
    """Return the time so many seconds after midnight."""
    return MIDNIGHT + timedelta(seconds=seconds)


def moment(seconds: float, event: int = 0) -> Moment:
    """Return when Koji did something."""
    return Moment(time(seconds), event)


def commit(build_id: int, package: str = BASH) -> str:
    """Return the source of a build, which no other build has."""
    return f"git+https://src.fedoraproject.org/rpms/{package}.git#{build_id:040x}"


def nvr(build_id: int, package: str = BASH) -> str:
    """Return the name-version-release of a build."""
    return f"{package}-1-{build_id}.fc42"


# --- what happened -----------------------------------------------------------------------------


class Fact(NamedTuple):
    """An event that is about to be recorded, and when it happened."""

    stream: str
    event: Event
    at: float = 0
    koji_event: int = 0
    correlation: str = "an operation"
    via: Via = "message"
    actor: str = ""
    causation: str = ""

    @classmethod
    def of(cls, recorded: Recorded) -> "Fact":
        """Return what was recorded."""
        envelope, meta = recorded.envelope, recorded.envelope.meta
        at = (meta.occurred_at - MIDNIGHT).total_seconds()
        said = (meta.correlation, meta.via, meta.actor, meta.causation)
        return cls(envelope.originator_id, envelope.event, at, meta.koji_event, *said)

    @property
    def meta(self) -> Meta:
        """What is known of it apart from what it says."""
        return Meta(
            time(self.at), self.via, self.correlation, self.causation, self.actor, self.koji_event
        )

    def recorded(self, position: int, version: int) -> Recorded:
        """Return it as the log holds it."""
        return Recorded(position, Envelope(self.stream, version, self.meta, self.event))


def happened(package: str, event: PackageEvent, at: float = 0, koji_event: int = 0) -> Fact:
    """Return an event of a package."""
    return Fact(stream(package), event, at, koji_event)


def tagged(
    build_id: int,
    at: float,
    tag: str = "f41",
    *,
    package: str = BASH,
    source: str | None = FOLLOWED,
    baseline: bool = False,
    koji_event: int = 0,
) -> Fact:
    """A build was tagged; ``source=None``: nobody knows its source yet."""
    known = commit(build_id, package) if source == FOLLOWED else source
    event = Tagged(build_id, nvr(build_id, package), tag, source=known, baseline=baseline)
    return happened(package, event, at, koji_event)


def untagged(
    build_id: int, at: float, tag: str = "f41", *, package: str = BASH, koji_event: int = 0
) -> Fact:
    """A build was untagged."""
    return happened(package, Untagged(build_id, nvr(build_id, package), tag), at, koji_event)


def confirmed(build_id: int, message_at: float, at: float, koji_event: int, tag: str) -> Fact:
    """Koji dates a tagging otherwise than its message did."""
    event = TaggingConfirmed(build_id, tag, moment(message_at))
    return happened(BASH, event, at, koji_event)


def phantom(build_id: int, message_at: float, tag: str = "f41") -> Fact:
    """Koji knows of no such tagging."""
    return happened(BASH, Phantom(build_id, tag, moment(message_at)))


def identified(build_id: int, source: str | None, *, package: str = BASH) -> Fact:
    """Koji named the source of a build, or has none."""
    return happened(package, Identified(build_id, source))


def in_destination(
    source: str, at: float = 0, dist: str = "eln141", *, build_id: int = 900, package: str = BASH
) -> Fact:
    """The stable tag was seen to hold a downstream build of the source."""
    name = f"{package}-1-1.{dist}"
    return happened(package, DestinationSeen(build_id, name, source, dist_of(name)), at)


def requested(
    build_id: int = 1, at: float = 0, *, force: bool = False, package: str = BASH
) -> Fact:
    """A person asked for the build that is a package's newest."""
    return happened(package, Requested("please", build_id, force), at)


def rebuild(generation: int, at: float, *, package: str = BASH) -> Fact:
    """A person raised a package's generation."""
    return happened(package, RebuildRequested(generation, "a new compiler"), at)


def cleared(source: str | None = None, *, package: str = BASH) -> Fact:
    """A person cleared failures."""
    return happened(package, FailureCleared("it was the builder", source))


def built(
    build_id: int, *, generation: int = 0, mode: Mode = "live", package: str = BASH, at: float = 0
) -> Fact:
    """A queued build was rebuilt."""
    return happened(package, Built(build_id, mode, generation), at)


def ended(
    build_id: int,
    outcome: Outcome = "failed",
    *,
    generation: int = 0,
    mode: Mode = "live",
    package: str = BASH,
    at: float = 0,
) -> Fact:
    """A queued build ended otherwise."""
    event = Ended(build_id, mode, generation, outcome, commit(build_id, package))
    return happened(package, event, at)


# --- what is in force --------------------------------------------------------------------------


def configured(
    trigger: str = "f41",
    *,
    listed: Iterable[str] = (BASH,),
    exclude: Sequence[str] = (),
    overrides: dict[str, str] | None = None,
    mode: Mode = "live",
    failure_expiry: int = 0,
) -> Configured:
    """Return what people configured."""
    renamed = {name: Override(upstream) for name, upstream in (overrides or {}).items()}
    policy = Policy(trigger, exclude=tuple(exclude), overrides=renamed)
    packages = PackageList(dict.fromkeys(listed, "eln"))
    settings = Settings(mode=mode, failure_expiry=failure_expiry)
    return Configured(
        policy=policy,
        policy_revision=revision(policy),
        packages=packages,
        list_revision=revision(packages),
        settings=settings,
        settings_revision=revision(settings),
        trigger_tag=trigger,
    )


def rules(
    trigger: str = "f41",
    *,
    dist: str | None = "eln141",
    now: float = DAY,
    listed: Iterable[str] = (BASH,),
    exclude: Sequence[str] = (),
    overrides: dict[str, str] | None = None,
    mode: Mode = "live",
    failure_expiry: int = 0,
) -> Rules:
    """Return the rules by which the table is asked."""
    in_force = configured(
        trigger,
        listed=listed,
        exclude=exclude,
        overrides=overrides,
        mode=mode,
        failure_expiry=failure_expiry,
    )
    return compile_rules(in_force, dist, time(now))


# --- what is decided ---------------------------------------------------------------------------


class Decided(NamedTuple):
    """A verdict or an ending as a test expects it."""

    package: str
    build_id: int
    event: str
    reason: str


def queue(build_id: int, package: str = BASH) -> Decided:
    """The build is queued."""
    return Decided(package, build_id, "queued", "due")


def retag(build_id: int, reason: str, package: str = BASH) -> Decided:
    """The build is handled already."""
    return Decided(package, build_id, "skipped-as-retag", reason)


def skip(build_id: int, reason: str, package: str = BASH) -> Decided:
    """The build is not to be rebuilt."""
    return Decided(package, build_id, "skipped", reason)


def end(build_id: int, outcome: Outcome, package: str = BASH) -> Decided:
    """What was queued is not to be built after all."""
    return Decided(package, build_id, "ended", outcome)


def lapse(build_id: int, package: str = BASH) -> Decided:
    """The build that was asked for is not the newest any longer."""
    return Decided(package, build_id, "request-lapsed", "")


class Verdicts:
    """What one pass decides about every package."""

    def __init__(self, plan: Plan, in_force: Rules, position: int) -> None:
        self.plan = plan
        occasion = Occasion(in_force, position, plan.name)
        self.events: list[tuple[str, Any]] = [
            (decision.package.name, event)
            for decision in plan.decisions
            for event in verdicts(decision, occasion)
        ]

    def then(self, *expected: Decided) -> "Verdicts":
        """Assert that exactly this is decided, in whatever order."""
        assert sorted(map(decided_of, self.events)) == sorted(expected)
        return self

    def then_order(self, *topics: str) -> None:
        """Assert in which order the events of these topics are recorded."""
        assert [event.topic for _, event in self.events] == list(topics)

    def then_nothing(self) -> None:
        """Assert that all verdicts on record stand."""
        self.then()

    def basis(self, build_id: int) -> Basis:
        """Return what the verdict on a build rests on."""
        return self.verdict(build_id).basis

    def verdict(self, build_id: int) -> Queued | SkippedAsRetag | Skipped:
        """Return the verdict on a build."""
        judged = (e for _, e in self.events if isinstance(e, Queued | SkippedAsRetag | Skipped))
        return next(event for event in judged if event.build_id == build_id)


def decided_of(decided: tuple[str, Any]) -> Decided:
    """Return what a test expects of an event that a pass would record."""
    package, event = decided
    reason = event.outcome if isinstance(event, Ended) else getattr(event, "reason", "")
    return Decided(package, event.build_id, event.topic, reason)


class Given:
    """A log, and the packages that it adds up to."""

    def __init__(self, log: tuple[Recorded, ...], packages: dict[str, Package]) -> None:
        self.log = log
        self.packages = packages

    def and_then(self, *facts: Fact) -> "Given":
        """Return the log with more events."""
        log, packages = list(self.log), dict(self.packages)
        for fact in facts:
            name = fact.stream.removeprefix("package:")
            package = packages.get(name) or Package(name)
            log.append(fact.recorded(len(log) + 1, package.version + 1))
            packages[name] = evolve(package, log[-1])
        return Given(tuple(log), packages)

    def until(self, position: int) -> "Given":
        """Return the log as it was at a position."""
        known = [Fact.of(recorded) for recorded in self.log[:position]]
        return given(*known)

    def decided(self, in_force: Rules | None = None) -> "Given":
        """Return the log after a pass that records all it decides."""
        in_force = in_force or rules()
        at = (in_force.now - MIDNIGHT).total_seconds()
        passed = self.when(in_force)
        return self.and_then(*(happened(name, event, at) for name, event in passed.events))

    def when(self, in_force: Rules | None = None, before: tuple[Before, ...] = ()) -> Verdicts:
        """Ask the table about every package."""
        in_force = in_force or rules()
        return Verdicts(self.plan(in_force, before), in_force, len(self.log))

    def plan(self, in_force: Rules, before: tuple[Before, ...] = ()) -> Plan:
        """Return the plan of all packages."""
        return make_plan(map(self._subject(in_force), self.packages.values()), in_force, before)

    def _subject(self, in_force: Rules) -> Any:
        def subject(package: Package) -> Subject:
            twin = self.packages.get(in_force.names.downstream(package.name))
            return Subject(package, twin.destinations if twin else ())

        return subject

    @property
    def bash(self) -> Package:
        """The package that most tests are about."""
        return self.packages[BASH]


def given(*facts: Fact) -> Given:
    """Return the log of what happened."""
    return Given((), {}).and_then(*facts)
