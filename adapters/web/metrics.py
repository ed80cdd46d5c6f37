# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics for Prometheus, read from the log and its projections when they are asked for.

A scrape costs what happened since the last one, and what is open; never what the log holds. A
database that is down shows as ``ebs_up`` 0: a scrape that failed would tell nothing.
"""

from collections import Counter
from collections.abc import Iterator
from threading import Lock
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, make_asgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

import adapters.meters  # noqa: F401 - so that all of them are there from the start
from adapters.app import App
from adapters.service.journal import View
from adapters.store.leader import is_led
from adapters.web.gauges import Open, gauge, of_consumers, of_view, what_is_open
from domain.errors import EbsError
from projections.tallies import Tallied, beginning_at, count_on

Metric = CounterMetricFamily | GaugeMetricFamily


def metrics(app: App | None = None) -> Any:
    """Return an application that shows metrics at every address.

    They are what the process itself counts, its time and memory and what ``adapters.meters`` has,
    and what the log of an ``app`` tells: one process is enough for that, the web side.
    """
    registry = CollectorRegistry()
    if app is not None:
        registry.register(Log(app))
    registry.register(Process())
    return make_asgi_app(registry)


class Process(Collector):
    """What is registered for the whole process."""

    def collect(self) -> Iterator[Any]:
        """Yield it as it is now."""
        yield from REGISTRY.collect()


class Log(Collector):
    """What the log and its projections tell; what is counted is counted from the first scrape."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._one_at_a_time = Lock()
        self._tallied: Tallied | None = None
        self._open: Open | None = None
        self._messages: Counter[str] = Counter()
        self._counted: int | None = None

    def describe(self) -> list[Metric]:
        """Nothing is asked of the database before the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield what is on record now."""
        with self._one_at_a_time:
            try:
                found = [*self._read()]
            except EbsError:
                found = []
        what = "1 if the database answers and its projections are of this release."
        yield gauge("up", what, int(bool(found)))
        yield from found

    def _read(self) -> Iterator[Metric]:
        with self._app.journal.look() as view:
            before = self._tallied or beginning_at(view.position)
            self._tallied = count_on(view.cursor, before, view.position)
            yield from _counters(self._tallied)
            yield from of_view(view, self._what_is_open(view))
        yield self._heard()
        yield from of_consumers(self._app.consumers.seen(), self._app.clock())
        what = "Messages that wait to be recorded."
        yield gauge("inbox_waiting", what, self._app.inbox.count())
        led = is_led(self._app.log.connections)
        yield gauge("led", "1 while some worker leads.", int(led))

    def _what_is_open(self, view: View) -> Open:
        """Read it once a position: of a queue of thousands that takes its time."""
        if self._open is None or self._open.position != view.position:
            self._open = what_is_open(view)
        return self._open

    def _heard(self) -> Metric:
        self._counted, counts = self._app.inbox.tally(self._counted)
        self._messages.update(counts)
        messages = CounterMetricFamily(
            "ebs_messages", "Messages by what became of them.", labels=["outcome"]
        )
        for outcome, count in sorted(self._messages.items()):
            messages.add_metric([outcome], count)
        return messages


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
