# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service at work exports: each role is made to tell all that it can, and is scraped."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final, get_args

import httpx2
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from adapters.config.sections import Bodhi
from adapters.meters import Answer
from adapters.ports.bus import Pulse
from adapters.sandbox.hub import Mishap
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from adapters.web.metrics import metrics
from adapters.web.server import serving
from domain.catalogue import EVENTS
from domain.policy import GuardLimits
from domain.service.events import PolicyRejected
from projections.standing import ActName, ActState
from tests.adapters.service.online import Rawhide
from tests.domain.service.given import said
from tests.projections.writing import record

VALUES: Final = {
    ("ebs_act_timestamp_seconds", "act"): get_args(ActName),
    ("ebs_act_timestamp_seconds", "state"): get_args(ActState),
    ("ebs_request_duration_seconds_count", "outcome"): get_args(Answer),
}
"""Values that a label may have, whether or not a run of minutes sees them; mypy keeps to them."""

PASSES: Final = 60
"""In so many a batch is over."""


class Scraped:
    """All that was exported so far."""

    def __init__(self) -> None:
        self.metrics: dict[str, dict[str, set[str]]] = {}
        self.unexplained: set[str] = set()

    def add(self, text: str) -> None:
        """Take in a scrape, in the format of Prometheus."""
        for family in text_string_to_metric_families(text):
            if not family.documentation:
                self.unexplained.add(family.name)
            self.metrics.setdefault(family.name, {})
            for sample in family.samples:
                labels = self.metrics.setdefault(sample.name, {})
                for label, value in sample.labels.items():
                    labels.setdefault(label, set()).add(value)

    def scrape(self, port: int) -> None:
        """Ask a process."""
        self.add(httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=20).text)

    def declare(self) -> None:
        """Add the values that are known without having been seen, of labels that were."""
        for (metric, label), values in VALUES.items():
            self.metrics[metric][label].update(values)


def of_web_side(scraped: Scraped, database: Database) -> None:
    """A service that hears, builds and publishes; then it is paused, held, refused and cut off."""
    publishing = Bodhi(url="https://bodhi.example/")
    with (
        EventLog(database.conninfo, EVENTS) as log,
        Rawhide(log, publishing=publishing) as rawhide,
        serving(metrics(rawhide.app), "127.0.0.1", 0) as port,
    ):
        scraped.scrape(port)
        rawhide.baseline()
        rawhide.build("bash")
        rawhide.listen()
        for _ in passes(rawhide):
            scraped.scrape(port)
        hinder(rawhide)
        scraped.scrape(port)


def passes(rawhide: Rawhide) -> Iterator[None]:
    """Make passes until what is queued is built and published."""
    for _ in range(PASSES):
        rawhide.passes()
        yield
        with rawhide.app.journal.look() as view:
            if view.batch is None and view.last_batches(1):
                return
    raise AssertionError("the batch is open for ever")


def hinder(rawhide: Rawhide) -> None:
    """Let everything be amiss that a person has to mend."""
    app, now = rawhide.app, rawhide.now()
    settings = rawhide.configured.offer.settings
    nothing = replace(settings, guard=GuardLimits(max_builds=0, max_builds_after_change=0))
    rawhide.configured.offer = replace(rawhide.configured.offer, settings=nothing)
    rawhide.build("zsh")
    rawhide.listen()
    rawhide.passes()
    record(app.journal, [said(PolicyRejected("policy.yaml", ("no trigger_tag",)))])
    app.operators.pause("x", now + timedelta(days=1), rawhide.by("person"))
    heard = Pulse(connected=True, heard_at=now, certificate_ends=now)
    app.consumers.beat("one", now, heard)
    rawhide.trouble.always = Mishap.BROKEN
    rawhide.passes()
