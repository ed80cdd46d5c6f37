# SPDX-License-Identifier: GPL-3.0-or-later
"""Traces: a collector gets the spans of a real run, and whoever asked for none pays nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from adapters.store.embedded import Database
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from tests.adapters.otlp import Receiver, Span, receiving
from tests.deploy.scraping import running

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds for a process to do all it does, on a machine that does much else."""

STATUS = "from adapters.cli.main import main; main()"
WITHOUT_EXTRA = "import sys; sys.modules['opentelemetry.sdk'] = None"
LOADED = "import atexit, sys; atexit.register(lambda: print([*sys.modules], file=sys.stderr))"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who takes traces in."""
    with receiving() as receiver:
        yield receiver


def python(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run Python in a process of its own, with no variable of OpenTelemetry's but these."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return subprocess.run(
        [sys.executable, *arguments],
        env={**ours, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def status(before: str, database: Database, folder: Path, **variables: str) -> str:
    """Run `ebs status` after other code; return what it said on stderr."""
    given = {"EBS_DATABASE_URL": database.conninfo, "EBS_STATE_DIR": str(folder), **variables}
    ran = python("-c", f"{before}; {STATUS}", "status", "--log-format", "json", **given)
    assert ran.returncode == 0, ran.stderr
    assert "position" in ran.stdout
    return ran.stderr


def test_a_run_is_traced(database: Database, receiver: Receiver) -> None:
    """Passes, what of them needs Koji, the acts of the batch, each request; all by correlation."""
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url}
    ran = python("-m", "tests.adapters.traced", database.conninfo, **endpoint)
    assert ran.returncode == 0, ran.stderr

    assert {span.service for span in receiver.spans} == {"ebs"}
    names = {span.name for span in receiver.spans}
    assert {"pass", "facts", "gate", "catch-up", "builds", "Submit", "Promote"} <= names
    assert {"koji getBuildTarget", "koji build", "bodhi save"} <= names
    for act in receiver.named("Submit"):
        assert act.attributes["ebs.batch"] == 1
        assert [span.name for span in above(receiver, act)] == ["builds", "pass"]
    for request in receiver.named("koji build"):
        assert "Submit" in {span.name for span in above(receiver, request)}
        assert request.attributes.items() >= {"ebs.server": "koji", "ebs.method": "build"}.items()
    with EventLog(database.conninfo, EVENTS) as log:
        [decided] = log.read(topics=["queued"])
    passes = [span.attributes["ebs.correlation"] for span in receiver.named("pass")]
    assert decided.envelope.meta.correlation in passes


def above(receiver: Receiver, span: Span) -> list[Span]:
    """The spans that one is within, the innermost first."""
    by_id = {each.id: each for each in receiver.spans}
    found = []
    while span.parent:
        span = by_id[span.parent]
        found.append(span)
    return found


def test_requests_to_the_web_are_traced(
    database: Database, receiver: Receiver, tmp_path: Path
) -> None:
    """A request goes on with the trace of who asked; a probe, or what bears a secret, has none."""
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    env = {
        "EBS_DATABASE_URL": database.conninfo,
        "EBS_STATE_DIR": str(tmp_path),
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{receiver.url}/v1/traces",
        "OTEL_SERVICE_NAME": "ebs-serve",
    }
    with running("serve", "--port", "0", "--log-format", "json", env=env) as web:
        assert web.stderr is not None
        said = map(json.loads, web.stderr)
        port = next(line["port"] for line in said if line["event"] == "serving")
        address = f"http://127.0.0.1:{port}"
        httpx2.get(f"{address}/alive")
        httpx2.get(f"{address}/oidc/callback?code=s3cret&state=x")
        httpx2.get(f"{address}/welcome?key=s3cret")
        headers = {"traceparent": f"00-{trace}-{parent}-01"}
        assert httpx2.get(f"{address}/api/v1/batches", headers=headers).status_code == 200

    [request] = receiver.spans
    assert (request.service, request.name) == ("ebs-serve", "GET /api/v1/batches")
    assert (request.trace, request.parent) == (trace, parent)


def test_off_it_costs_nothing(database: Database, tmp_path: Path) -> None:
    """Without its variables, or switched off, nothing of OpenTelemetry is loaded."""
    off = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}
    for variables in ({}, off, {**off, "OTEL_SDK_DISABLED": "", "OTEL_TRACES_EXPORTER": "none"}):
        said = status(LOADED, database, tmp_path, **variables)
        assert "adapters.tracing" in said
        assert "opentelemetry" not in said


def test_without_the_extra_it_is_told(database: Database, tmp_path: Path) -> None:
    """Who asks for traces without the extra is told how to have them; all else works."""
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}

    assert "elnsync[otel]" in status(WITHOUT_EXTRA, database, tmp_path, **endpoint)


def test_a_collector_that_is_away_hinders_nobody(database: Database, tmp_path: Path) -> None:
    """What cannot be told is dropped; the verb ends as it would."""
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}

    status("0", database, tmp_path, **endpoint)
