# SPDX-License-Identifier: GPL-3.0-or-later
"""A Prometheus of our own scrapes the service: alerts and dashboard can be asked of it."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import yaml

from adapters.store.embedded import Database
from tests.deploy.scraping import PATIENCE, running
from tests.deploy.test_grafana import DASHBOARD, expressions
from tests.deploy.test_prometheus import FOLDER, RULES, alerts
from tests.fixtures.ports import free_port
from tests.fixtures.until import until


def configuration(folder: Path, port: int) -> Path:
    """Our example, with this port in place of that of the web side, and without the other roles."""
    config = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())
    jobs = [job for job in config["scrape_configs"] if job["job_name"] == "ebs-serve"]
    config["scrape_configs"] = [jobs[0] | {"static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}]
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(RULES)]
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
    return folder / "prometheus.yaml"


@contextmanager
def prometheus(program: str, folder: Path, port: int) -> Iterator[httpx2.Client]:
    """Run a Prometheus inside that scrapes this port; yield who asks it."""
    listen = free_port()
    command = [
        program,
        f"--config.file={configuration(folder, port)}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{listen}",
    ]
    silent = subprocess.DEVNULL
    with (
        subprocess.Popen(command, stdout=silent, stderr=silent) as server,
        httpx2.Client(base_url=f"http://127.0.0.1:{listen}/api/v1", timeout=20) as client,
    ):
        try:
            yield client
        finally:
            server.terminate()


def asked(client: httpx2.Client, expression: str) -> Any:
    """What Prometheus answers to an expression."""
    told = client.post("/query", data={"query": expression}).json()
    assert told["status"] == "success", (expression, told)
    return told["data"]["result"]


def is_scraped(client: httpx2.Client) -> bool:
    """Whether Prometheus is there, and has an answer of the service."""
    try:
        client.get("/status/buildinfo").raise_for_status()
    except httpx2.HTTPError:
        return False
    return bool(asked(client, "ebs_up == 1"))


def test_prometheus_takes_it_in(database: Database, tmp_path: Path, promserver: str) -> None:
    """Each expression can be evaluated on what was scraped, and each rule is in good health."""
    env = {"EBS_DATABASE_URL": database.conninfo, "EBS_STATE_DIR": str(tmp_path)}
    serve = ("serve", "--port", "0", "--metrics-port", "0", "--log-format", "json")
    with running(*serve, env=env) as web:
        assert web.stderr is not None
        said = map(json.loads, web.stderr)
        port = next(line["port"] for line in said if line["event"] == "serving metrics")
        with prometheus(promserver, tmp_path, port) as client:
            until(lambda: is_scraped(client), PATIENCE)
            wanted = [*expressions(json.loads(DASHBOARD.read_text()))]
            for expression in (*wanted, *(alert["expr"] for alert in alerts())):
                asked(client, expression)
            until(lambda: all(r["health"] == "ok" for r in rules(client)), PATIENCE)
            assert len(rules(client)) == len(alerts())
            assert asked(client, "ebs_led") != []


def rules(client: httpx2.Client) -> list[dict[str, Any]]:
    """How each rule is doing."""
    groups = client.get("/rules").json()["data"]["groups"]
    return [rule for group in groups for rule in group["rules"]]
