# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service at work exports: each role is made to tell all that it can, and is scraped."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final, get_args

import httpx2
from msgspec.structs import replace
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from adapters.config.sections import Bodhi
from adapters.koji.options import HubOptions
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
from tests.fixtures.until import until
from tests.projections.writing import record

ROOT: Final = Path(__file__).parents[2]

VALUES: Final = {
    ("ebs_act_timestamp_seconds", "act"): get_args(ActName),
    ("ebs_act_timestamp_seconds", "state"): get_args(ActState),
    ("ebs_events_total", "topic"): tuple(EVENTS),
    ("ebs_request_duration_seconds_count", "outcome"): get_args(Answer),
}
"""Values that a label may have, whether or not a run of minutes sees them; mypy keeps to them."""

PATIENCE: Final = 60.0
"""Seconds for a process to start, on a machine that does much else."""

PASSES: Final = 60
"""In so many a batch is over."""


class Hasty(Rawhide):
    """A service that does not wait long for a hub that is broken."""

    def options(self) -> HubOptions:
        """How patient the client is."""
        return replace(super().options(), retry_for=1)


class Scraped:
    """All that was exported so far."""

    def __init__(self) -> None:
        self.metrics: dict[str, dict[str, set[str]]] = {}
        self.families: dict[str, Metric] = {}

    def add(self, text: str) -> None:
        """Take in a scrape, in the format of Prometheus."""
        for family in text_string_to_metric_families(text):
            self.families[family.name] = family
            self.metrics.setdefault(family.name, {})
            for sample in family.samples:
                labels = self.metrics.setdefault(sample.name, {})
                for label, value in sample.labels.items():
                    labels.setdefault(label, set()).add(value)

    def scrape(self, port: int) -> dict[str, dict[str, set[str]]]:
        """Ask a process that serves, and return all that is known by now."""
        self.add(httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=20).text)
        return self.metrics

    def declare(self) -> None:
        """Add the values that are known without having been seen, of labels that were.

        Only who has a ticket by Kerberos shows its end: that takes a KDC, and libkrb5.
        """
        self.metrics["ebs_ticket_ends_timestamp_seconds"].update(principal=set())
        for (metric, label), values in VALUES.items():
            self.metrics[metric][label].update(values)


def of_web_side(scraped: Scraped, database: Database) -> None:
    """A service that hears, builds and publishes; then it is paused, held, refused and cut off."""
    publishing = Bodhi(url="https://bodhi.example/")
    with (
        EventLog(database.conninfo, EVENTS) as log,
        Hasty(log, publishing=publishing) as rawhide,
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


@contextmanager
def running(*command: str, env: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Run a verb as a process of its own inside, with these variables besides ours."""
    ebs = [sys.executable, "-m", "adapters.cli.main", *command]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **env}
    with subprocess.Popen(ebs, env=variables, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def of_process(scraped: Scraped, *command: str, env: dict[str, str], until_told: str) -> None:
    """A process that serves metrics on a port of its own, once it has a sample of this one."""
    named = (*command, "--metrics-port", "0", "--log-format", "json")
    with running(*named, env=env) as process:
        assert process.stderr is not None
        said = map(json.loads, process.stderr)
        port = next(line["port"] for line in said if line["event"] == "serving metrics")
        until(lambda: scraped.scrape(port).get(until_told), PATIENCE)


def of_verify(scraped: Scraped, file: Path, env: dict[str, str]) -> None:
    """What `ebs verify` leaves for node-exporter."""
    with running("verify", "--metrics", str(file), env=env) as process:
        assert process.wait(PATIENCE) == 0
    scraped.add(file.read_text())


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
