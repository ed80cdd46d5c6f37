# SPDX-License-Identifier: GPL-3.0-or-later
"""How each event changes the service's state: the only place where it is made."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import assert_never

from msgspec.structs import replace

from domain.envelope import Recorded
from domain.service.events import (
    AlertCleared,
    AlertRaised,
    Baselined,
    CatchUpDone,
    ChannelsAdopted,
    DigestDue,
    DistChanged,
    GapFound,
    LogLevelSet,
    MessagePublished,
    MessageRejected,
    NoteAdded,
    NoticeRefused,
    Notified,
    PackageListAdopted,
    Paused,
    PauseExpired,
    PlanApproved,
    PlanHeld,
    PlanLapsed,
    PlanRejected,
    PolicyAdopted,
    PolicyRejected,
    Resumed,
    ServiceEvent,
    SettingsAdopted,
    TriggerChanged,
)
from domain.service.state import (
    CHANGE_COUNTS_FOR,
    Alert,
    Baseline,
    CaughtUp,
    Change,
    Configured,
    Digested,
    HeldPlan,
    Pause,
    Progress,
    Refusal,
    Service,
)


def evolve(service: Service, recorded: Recorded) -> Service:
    """Return the service after one more event of its stream."""
    changed = _apply(service, recorded.envelope.event, recorded)
    return replace(
        changed, version=recorded.envelope.originator_version, position=recorded.position
    )


def _apply(service: Service, event: ServiceEvent, recorded: Recorded) -> Service:  # noqa: C901, PLR0912 - a case an event
    match event:
        case NoteAdded() | LogLevelSet() | MessageRejected() | GapFound():
            return service
        case AlertRaised() | AlertCleared():
            return replace(service, alerts=tuple(_alerts(service, event)))
        case CatchUpDone():
            read = CaughtUp(event.upto, event.as_of, event.tags, recorded.position, event.trigger)
            return replace(service, caught_up=read)
        case PolicyRejected():
            return replace(service, rejected=event.faults)
        case Baselined():
            tags = tuple(event.counts)
            seen = Baseline(event.taken_at, event.koji_event, recorded.position, tags)
            return replace(service, baseline=seen)
        case Paused():
            return replace(service, operator_pause=_pause(service, event, recorded))
        case Resumed() | PauseExpired():
            return replace(service, operator_pause=None)
        case DistChanged():
            return replace(service, dist=event.after)
        case PolicyAdopted() | PackageListAdopted() | SettingsAdopted() | TriggerChanged():
            return _configured(service, event, recorded)
        case PlanHeld():
            held = HeldPlan(event.plan, event.reason, event.builds, event.requested)
            return replace(service, held=(*service.held, held))
        case PlanApproved() | PlanRejected() | PlanLapsed():
            return replace(service, held=tuple(h for h in service.held if h.plan != event.plan))
        case ChannelsAdopted() | DigestDue() | Notified() | MessagePublished() | NoticeRefused():
            return replace(service, channels=_channels(service, event, recorded))
        case _:
            assert_never(event)


def _alerts(service: Service, event: AlertRaised | AlertCleared) -> Iterator[Alert]:
    """An alert stands once of each kind."""
    yield from (alert for alert in service.alerts if alert.kind != event.alert)
    if isinstance(event, AlertRaised):
        yield Alert(event.alert, event.at)


def _pause(service: Service, event: Paused, recorded: Recorded) -> Pause:
    """A pause given anew has another reason and end; it began when it began."""
    meta, running = recorded.envelope.meta, service.operator_pause
    since = running.since if running else meta.occurred_at
    return Pause(meta.actor, event.reason, since, event.until)


Telling = DigestDue | Notified | MessagePublished | NoticeRefused


def _channels(
    service: Service, event: ChannelsAdopted | Telling, recorded: Recorded
) -> dict[str, Progress]:
    """What a channel told that is not adopted any longer is not remembered."""
    known = service.channels
    if isinstance(event, ChannelsAdopted):
        at, position = recorded.envelope.meta.occurred_at, recorded.position
        return {name: known.get(name, Progress(at, position, position)) for name in event.channels}
    channel = known.get(event.channel)
    return known if channel is None else {**known, event.channel: _told(channel, event, recorded)}


def _told(channel: Progress, event: Telling, recorded: Recorded) -> Progress:
    if isinstance(event, DigestDue):
        digest = Digested(event.until, recorded.position)
        return replace(channel, digests={**channel.digests, event.period: digest})
    same = channel.notices if event.position == channel.position else ()
    refused = None
    if isinstance(event, NoticeRefused):
        at = recorded.envelope.meta.occurred_at
        refused = Refusal(at, event.notice, event.position, event.reason)
    return replace(channel, position=event.position, notices=(*same, event.notice), refused=refused)


Configuring = PolicyAdopted | PackageListAdopted | SettingsAdopted | TriggerChanged


def _configured(service: Service, event: Configuring, recorded: Recorded) -> Service:
    configured = _configure(service.configured, event)
    changes = _changes(service, configured, recorded)
    changed = replace(service, configured=configured, changes=changes)
    if isinstance(event, PolicyAdopted):
        since = service.policy_pause_since or recorded.envelope.meta.occurred_at
        since_when = since if event.policy.pause else None
        return replace(changed, policy_pause_since=since_when, rejected=())
    return changed


def _configure(configured: Configured, event: Configuring) -> Configured:
    match event:
        case PolicyAdopted():
            return replace(configured, policy=event.policy, policy_revision=event.revision)
        case PackageListAdopted():
            return replace(configured, packages=event.packages, list_revision=event.revision)
        case SettingsAdopted():
            return replace(configured, settings=event.settings, settings_revision=event.revision)
        case TriggerChanged():
            return replace(configured, trigger_tag=event.after)
        case _:
            assert_never(event)


def _changes(service: Service, after: Configured, recorded: Recorded) -> tuple[Change, ...]:
    """Add a change, unless it makes nothing due; what one operation changes is one change."""
    meta = recorded.envelope.meta
    before, earlier = service.configured, list(service.changes)
    if earlier and earlier[-1].correlation == meta.correlation:
        before = earlier.pop().before
    kinds = tuple(_differing(before, after))
    if not kinds:
        return service.changes
    return (
        *_remembered(earlier, kinds, meta.occurred_at),
        Change(before, meta.occurred_at, meta.correlation, kinds),
    )


def _remembered(
    changes: Sequence[Change], since: tuple[str, ...], now: datetime
) -> tuple[Change, ...]:
    """Return the changes of the last day, and the last of each kind however old it is.

    A list is changed every other day; that must not hide a change of the trigger from the guard.
    """
    kept: list[Change] = []
    seen = set(since)
    for change in reversed(changes):
        if now - change.at < CHANGE_COUNTS_FOR or not seen.issuperset(change.kinds):
            kept.insert(0, change)
        seen.update(change.kinds)
    return tuple(kept)


def _differing(before: Configured, after: Configured) -> Iterator[str]:
    """Yield what differs of what makes builds due."""
    if before.trigger_tag != after.trigger_tag:
        yield "trigger"
    if before.list_revision != after.list_revision:
        yield "list"
    if _narrowing(before) != _narrowing(after):
        yield "policy"


def _narrowing(configured: Configured) -> tuple[object, ...] | None:
    policy = configured.policy
    return (policy.exclude, policy.overrides) if policy else None
