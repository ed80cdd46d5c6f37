# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the events of the service stand: what people did, and what the bus and Koji told."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from domain.envelope import Event, Meta
from domain.service import events as service
from domain.values import minute
from projections.timeline.places import Place, band, begins, came_to, ends, point, reason


def _moved(event: service.TriggerChanged | service.DistChanged) -> str:
    return f"{event.before} → {event.after}" if event.before else str(event.after)


def _paused(event: service.Paused) -> str:
    return f"{event.reason}, until {minute(event.until)}" if event.until else event.reason


def _policy(event: service.PolicyAdopted) -> Place:
    """A policy that pauses begins a span; any other ends it, where it lasts."""
    if event.policy.pause:
        return begins("pause", "paused by the policy", "held", span="policy", said=_adopted)
    return ends("configuration", "policy adopted", of=("policy",), said=_adopted)


def _adopted(event: service.PolicyAdopted) -> str:
    return "; ".join((f"revision {event.revision}", *event.difference))


def _listed(event: service.PackageListAdopted) -> str:
    return f"{len(event.packages.views):,} names, {len(event.added)} new, {len(event.removed)} gone"


def _held(event: service.PlanHeld) -> str:
    return f"{event.plan}: {event.reason}"


def _note(event: service.NoteAdded) -> str:
    about = event.package or (f"batch {event.batch}" if event.batch else "")
    return ": ".join(filter(None, (about, event.text)))


def _told(event: service.Told) -> str:
    return f"{event.notice}, by {event.channel}"


plan = partial(came_to, "plans", key=lambda event: event.plan)

SERVICE: Final[Mapping[type[Event], Any]] = {
    service.Paused: begins("pause", "paused", "held", said=_paused),
    service.Resumed: ends("pause", "resumed", said=reason),
    service.PauseExpired: ends("pause", "the pause ran out"),
    service.TriggerChanged: point("configuration", "trigger tag changed", said=_moved),
    service.DistChanged: point("configuration", "dist changed", said=_moved),
    service.PolicyAdopted: _policy,
    service.PolicyRejected: point(
        "configuration", "policy rejected", "bad", said=lambda e: "; ".join(e.faults)
    ),
    service.PackageListAdopted: point("configuration", "package list adopted", said=_listed),
    service.SettingsAdopted: point("configuration", "settings adopted", said=lambda e: e.revision),
    service.PlanHeld: begins("plans", "plan held", "held", key=lambda e: e.plan, said=_held),
    service.PlanApproved: plan("plan held, then approved", "good", said=reason),
    service.PlanRejected: plan("plan held, then rejected", "bad", said=reason),
    service.PlanLapsed: plan("plan held, then lapsed"),
    service.ChannelsAdopted: point(
        "configuration", "channels adopted", said=lambda e: ", ".join(e.channels)
    ),
    service.DigestDue: point(
        "told", lambda e, _: f"{e.period} digest due", said=lambda e: e.channel
    ),
    service.Notified: point("told", "people told", said=_told),
    service.MessagePublished: point("told", "message published", said=_told),
    service.NoticeRefused: point(
        "told", "notice refused", "bad", said=lambda e: f"{_told(e)}: {e.reason}"
    ),
    service.LogLevelSet: point("configuration", "log level set", said=lambda e: e.level),
    service.NoteAdded: point("notes", "note", "note", said=_note),
}


# --- the bus, and what Koji's history says beyond it -------------------------------------------


ALERTS: Final = {
    "bus-unread": ("gaps", "bus unread: no consumer"),
    "bus-silent": ("gaps", "bus silent"),
    "certificate-ends": ("certificates", "certificate ends soon"),
    "notice-refused": ("told", "a notice was refused for good"),
    "ticket-ends": ("tickets", "Kerberos ticket not renewed"),
}
"""The track of each alert, and its words."""


def _alert(event: service.AlertRaised) -> Place:
    """The bus was amiss before we noticed; what ends soon is not, as long as it does not end."""
    track, words = ALERTS[event.alert]
    amiss = _since_noticed if track in {"certificates", "tickets"} else _since_amiss
    return begins(track, words, "bad", shape="band", lane="bus", key=lambda e: e.alert, lasts=amiss)


def _since_amiss(event: service.AlertRaised, meta: Meta) -> tuple[datetime, None]:
    return min(event.at, meta.occurred_at), None


def _since_noticed(_: service.AlertRaised, meta: Meta) -> tuple[datetime, None]:
    return meta.occurred_at, None


def _alert_over(event: service.AlertCleared) -> Place:
    return ends(ALERTS[event.alert][0], "over", "good", lane="bus", key=lambda e: e.alert)


def _counts(event: service.GapFound | service.Baselined) -> str:
    return ", ".join(f"{count:,} in {tag}" for tag, count in event.counts.items())


def _caught_up(event: service.CatchUpDone, _: Meta) -> str:
    return "catch-up found what the bus did not tell" if event.added else "catch-up"


BUS: Final[Mapping[type[Event], Any]] = {
    service.Baselined: point("readings", "baseline taken", said=_counts, lane="bus"),
    service.CatchUpDone: point(
        "readings",
        _caught_up,
        lane="bus",
        said=lambda e: f"{e.added:,} taggings" if e.added else "",
    ),
    service.GapFound: band(
        "gaps",
        "bus silent, known by catch-up only",
        lambda event, _: (event.since, event.until),
        said=_counts,
        lane="bus",
    ),
    service.AlertRaised: _alert,
    service.AlertCleared: _alert_over,
    service.MessageRejected: point("messages", "message rejected", "bad", said=reason, lane="bus"),
}
