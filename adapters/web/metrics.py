# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics for Prometheus, read from the log and its projections when they are asked for.

A scrape costs what happened since the last one. A database that is down shows as ``ebs_up`` 0: a
scrape that failed would tell nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from prometheus_client import REGISTRY, CollectorRegistry, make_asgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from adapters.app import App
from adapters.ports.bus import ConsumerSeen
from adapters.service.journal import View
from domain.errors import EbsError
from projections import runner
from projections.tallies import NOTHING, Tallied, count_on

Metric = CounterMetricFamily | GaugeMetricFamily

UP: Final = ("ebs_up", "Whether the database answers and its projections are of this release.")


def metrics(app: App) -> Any:
    """Return an application that shows the metrics at every address."""
    registry = CollectorRegistry()
    registry.register(Log(app))
    registry.register(Process())
    return make_asgi_app(registry)


class Process(Collector):
    """What the process itself counts: its time and memory, and its requests to Koji."""

    def collect(self) -> Iterator[Any]:
        """Yield what is registered for the whole process."""
        yield from REGISTRY.collect()


class Log(Collector):
    """What the log and its projections tell."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._tallied = NOTHING
        self._messages: Counter[str] = Counter()
        self._counted = 0

    def describe(self) -> list[Metric]:
        """Nothing is asked of the database before the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield what is on record now."""
        try:
            found = [*self._read()]
        except EbsError:
            yield GaugeMetricFamily(*UP, value=0)
            return
        yield GaugeMetricFamily(*UP, value=1)
        yield from found

    def _read(self) -> Iterator[Metric]:
        with self._app.journal.look() as view:
            self._tallied = tallied = count_on(view.cursor, self._tallied, view.position)
            yield from _counters(tallied)
            yield _lag(view)
            yield _alerts(view)
            yield from _gauges(view, self._app.clock())
        yield self._heard()
        yield from _consumers(self._app.consumers.seen(), self._app.clock())
        waiting = GaugeMetricFamily("ebs_inbox_waiting", "Messages that wait to be recorded.")
        waiting.add_metric([], self._app.inbox.count())
        yield waiting

    def _heard(self) -> Metric:
        self._counted, counts = self._app.inbox.tally(self._counted)
        self._messages.update(counts)
        messages = CounterMetricFamily(
            "ebs_messages", "Messages by what became of them.", labels=["outcome"]
        )
        for outcome, count in sorted(self._messages.items()):
            messages.add_metric([outcome], count)
        return messages


def _consumers(seen: Sequence[ConsumerSeen], now: datetime) -> Iterator[Metric]:
    """Yield when a consumer last gave a sign, and when the first certificate ends, if known."""
    if seen:
        age = (now - max(each.seen_at for each in seen)).total_seconds()
        yield GaugeMetricFamily(
            "ebs_consumer_age_seconds", "Since a consumer of the bus gave a sign.", value=age
        )
    if ends := [each.certificate_ends for each in seen if each.certificate_ends is not None]:
        yield GaugeMetricFamily(
            "ebs_certificate_ends_timestamp_seconds",
            "When the first certificate for the bus ends.",
            value=min(ends).timestamp(),
        )


def _alerts(view: View) -> Metric:
    alerts = GaugeMetricFamily("ebs_alerts", "What is amiss, by kind.", labels=["alert"])
    for alert in view.service.alerts:
        alerts.add_metric([alert.kind], 1)
    return alerts


def _counters(tallied: Tallied) -> Iterator[Metric]:
    events = CounterMetricFamily("ebs_events", "Events of the log by topic.", labels=["topic"])
    for topic, count in sorted(tallied.events.items()):
        events.add_metric([topic], count)
    yield events
    labels = ["verdict", "reason"]
    decisions = CounterMetricFamily("ebs_decisions", "Verdicts by reason.", labels=labels)
    for decision, count in sorted(tallied.decisions.items()):
        decisions.add_metric(decision, count)
    yield decisions
    acts = CounterMetricFamily("ebs_acts", "Acts in Koji by outcome.", labels=["act", "outcome"])
    for act, count in sorted(tallied.acts.items()):
        acts.add_metric(act, count)
    yield acts


def _lag(view: View) -> Metric:
    lag = GaugeMetricFamily(
        "ebs_projection_lag_events", "Events that a read model is behind.", labels=["view"]
    )
    [head] = view.cursor.execute("SELECT coalesce(max(position), 0) FROM events").fetchone() or (0,)
    for name, (_, position) in sorted(runner.positions(view.cursor).items()):
        lag.add_metric([name], head - position)
    return lag


def _gauges(view: View, now: datetime) -> Iterator[Metric]:
    for name, (what, read) in GAUGES.items():
        value = read(view, now)
        if value is not None:
            yield GaugeMetricFamily(f"ebs_{name}", what, value=value)


def _since(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else (now - at).total_seconds()


def _batch_age(view: View, now: datetime) -> float | None:
    return _since(view.batch.started_at if view.batch else None, now)


def _caught_up(view: View, now: datetime) -> float | None:
    return _since(view.service.caught_up.as_of if view.service.caught_up else None, now)


def _building(view: View) -> int:
    return len(view.batch.building) if view.batch else 0


GAUGES: Final[dict[str, tuple[str, Callable[[View, datetime], float | None]]]] = {
    "position": ("The last position of the log.", lambda view, _: view.position),
    "paused": ("1 while paused.", lambda view, _: int(view.service.pause is not None)),
    "plans_held": ("Plans that wait for a person.", lambda view, _: len(view.service.held)),
    "builds_in_koji": ("Tasks that run.", lambda view, _: _building(view)),
    "batch_age_seconds": ("Since the open batch began.", _batch_age),
    "caught_up_age_seconds": ("Since Koji's history was read.", _caught_up),
}
"""What is on record now, by name: what it means, and how it is read."""
