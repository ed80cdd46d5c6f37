# SPDX-License-Identifier: GPL-3.0-or-later
"""What is so at this moment, as metrics: what waits, what is open and since when, what is amiss.

When something happened is told as a time, for Prometheus to take from its own. What has not
happened has no sample, but its name and its meaning are there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias, get_args

from prometheus_client.core import GaugeMetricFamily

from adapters.ports.bus import ConsumerSeen
from adapters.service.journal import View
from adapters.service.watch import heard_by
from domain.service import Service
from domain.service.events import AlertKind
from projections import runner, standing
from projections.standing import ActName, ActState, Queue

Value: TypeAlias = float | datetime | None


class Open(NamedTuple):
    """What takes more than a look at a row or two, as of a position."""

    position: int
    queue: Queue
    oldest: datetime | None
    held: datetime | None
    rejected: datetime | None
    acts: Mapping[tuple[ActName, ActState], datetime]


def what_is_open(view: View) -> Open:
    """Read it; it costs what is queued and what the open batch holds."""
    mode = view.service.configured.settings.mode
    queue = standing.queue(view.queued(), mode)
    return Open(
        position=view.position,
        queue=queue,
        oldest=None if queue.oldest is None else standing.decided_at(view.cursor, queue.oldest),
        held=standing.held_since(view.cursor, view.service),
        rejected=standing.rejected_since(view.cursor, view.service),
        acts=standing.oldest(standing.acts(view.batch)) if view.batch else {},
    )


def of_view(view: View, found: Open) -> Iterator[GaugeMetricFamily]:
    """Yield what the log says of the service now."""
    for name, (what, read) in GAUGES.items():
        yield gauge(name, what, read(view, found))
    yield _alerts(view.service)
    acts = GaugeMetricFamily(
        "ebs_act_timestamp_seconds",
        "Since when the oldest act in Koji or Bodhi is open; unanswered: what became of it is not"
        " known.",
        labels=["act", "state"],
    )
    for act, since in sorted(found.acts.items()):
        acts.add_metric(act, since.timestamp())
    yield acts
    yield _lag(view)


def of_consumers(seen: Sequence[ConsumerSeen], now: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield what the consumers of the bus say of themselves."""
    heard = heard_by(seen, now, now)
    last = max((each.seen_at for each in seen), default=None)
    told: dict[str, tuple[str, datetime | None]] = {
        "consumer_seen": ("When a consumer last gave a sign.", last),
        "bus_heard": ("When the bus last said anything.", heard.said_at),
        "certificate_ends": (
            "When the first certificate for the bus ends, of consumers that live.",
            heard.certificate_ends,
        ),
    }
    for name, (what, at) in told.items():
        yield gauge(f"{name}_timestamp_seconds", what, at)


def gauge(name: str, what: str, value: Value) -> GaugeMetricFamily:
    """Return a metric without labels, and without a sample where there is no value."""
    family = GaugeMetricFamily(f"ebs_{name}", what)
    if value is not None:
        family.add_metric([], value.timestamp() if isinstance(value, datetime) else value)
    return family


def _alerts(service: Service) -> GaugeMetricFamily:
    """Each kind has a sample, so that an alert can be told from a process that does not tell."""
    what = "1 for what the worker finds amiss, by kind."
    alerts = GaugeMetricFamily("ebs_alerts", what, labels=["alert"])
    raised = {alert.kind for alert in service.alerts}
    for kind in get_args(AlertKind):
        alerts.add_metric([kind], int(kind in raised))
    return alerts


def _lag(view: View) -> GaugeMetricFamily:
    what = "Events that a read model is behind."
    lag = GaugeMetricFamily("ebs_projection_lag_events", what, labels=["view"])
    head = view.log.head()
    for name, (_, position) in sorted(runner.positions(view.cursor).items()):
        lag.add_metric([name], head - position)
    return lag


def _started(view: View, _: Open) -> Value:
    return view.batch.started_at if view.batch else None


def _building(view: View, _: Open) -> Value:
    return len(view.batch.building) if view.batch else 0


def _paused(view: View, _: Open) -> Value:
    return view.service.pause.since if view.service.pause else None


def _pause_ends(view: View, _: Open) -> Value:
    return view.service.pause.until if view.service.pause else None


def _caught_up(view: View, _: Open) -> Value:
    return view.service.caught_up.as_of if view.service.caught_up else None


GAUGES: Final[dict[str, tuple[str, Callable[[View, Open], Value]]]] = {
    "position": ("The last position of the log.", lambda view, _: view.position),
    "builds_queued": ("Builds queued and not ended.", lambda _, found: found.queue.queued),
    "builds_waiting": ("Those of them in no batch yet.", lambda _, found: found.queue.waiting),
    "builds_in_koji": ("Tasks of ours that run in Koji.", _building),
    "plans_held": ("Plans that wait for a person.", lambda view, _: len(view.service.held)),
    "paused": ("1 while paused.", lambda view, _: int(view.service.pause is not None)),
    "paused_timestamp_seconds": ("Since when it is paused.", _paused),
    "pause_ends_timestamp_seconds": ("When the pause ends by itself, if it does.", _pause_ends),
    "plan_held_timestamp_seconds": (
        "Since when a plan waits for a person.",
        lambda _, found: found.held,
    ),
    "policy_rejected_timestamp_seconds": (
        "Since when the policy that is offered is refused.",
        lambda _, found: found.rejected,
    ),
    "queue_oldest_timestamp_seconds": (
        "When the build was queued that waits longest.",
        lambda _, found: found.oldest,
    ),
    "batch_started_timestamp_seconds": ("When the open batch began.", _started),
    "caught_up_timestamp_seconds": ("As of when Koji's history was read.", _caught_up),
}
"""By name: what it means, and how it is read."""
