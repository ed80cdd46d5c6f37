# SPDX-License-Identifier: GPL-3.0-or-later
"""The alerts: they rest on what the service really exports, and fire when they should."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.deploy.promql import unknown
from tests.deploy.scraping import Scraped

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "deploy/prometheus"
RULES: Final = FOLDER / "ebs.rules.yaml"
RUNBOOKS: Final = ROOT / "deploy/docs/runbooks.md"


def alerts() -> list[dict[str, Any]]:
    """Every alert of the rules."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.fixture
def promtool() -> str:
    """Prometheus' own tool; where it must be there, that it is not is a failure."""
    found = shutil.which("promtool")
    if found is None and not os.environ.get("EBS_TEST_PROMTOOL"):
        pytest.skip("there is no promtool: make observability installs it")
    assert found, "there is no promtool"
    return found


@pytest.mark.parametrize(
    "command",
    [
        ("check", "rules", "--lint-fatal", "ebs.rules.yaml"),
        ("check", "config", "prometheus.yaml"),
        ("test", "rules", "ebs.test.yaml"),
        ("test", "rules", "ebs-days.test.yaml"),
    ],
    ids=" ".join,
)
def test_prometheus_says_so(promtool: str, command: tuple[str, ...]) -> None:
    """The rules are valid, and each fires when it must and not when it must not."""
    ran = subprocess.run(
        [promtool, *command], cwd=FOLDER, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_alert_is_tried() -> None:
    """Each is made to fire by a test of the rules."""
    tests = "".join(path.read_text() for path in FOLDER.glob("*.test.yaml"))

    assert [a["alert"] for a in alerts() if f'alertname="{a["alert"]}"' not in tests] == []


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_alerts_rest_on_what_is_exported(alert: dict[str, Any], scraped: Scraped) -> None:
    """Every metric and label of an alert is there when the service runs."""
    assert list(unknown(alert["expr"], scraped.metrics)) == []


def test_every_alert_leads_to_a_runbook() -> None:
    """Each says how bad it is, what it is, and where to read on; the runbooks are of alerts."""
    titles = re.findall(r"^## (Ebs\w+)$", RUNBOOKS.read_text(), re.MULTILINE)

    assert titles == [alert["alert"] for alert in alerts()]
    for alert in alerts():
        told = alert["annotations"]
        assert set(told) == {"summary", "description", "runbook_url"}
        anchor = alert["alert"].lower()
        assert told["runbook_url"] == f"{RUNBOOKS.relative_to(ROOT)}#{anchor}"
        assert alert["labels"] in ({"severity": "critical"}, {"severity": "warning"})


def test_what_is_exported_is_explained(scraped: Scraped) -> None:
    """Each metric of ours has a help, and times are in seconds."""
    ours = [name for name in scraped.metrics if name.startswith("ebs_")]

    assert len(ours) > 30
    assert not [name for name in scraped.unexplained if name.startswith("ebs_")]
    assert not [name for name in ours if re.search(r"_(ms|millis|minutes|hours|days)(_|$)", name)]


def test_no_label_grows_without_end(scraped: Scraped) -> None:
    """Packages, builds, tasks, messages and people are never labels."""
    labels = {label for name, seen in scraped.metrics.items() if "ebs_" in name for label in seen}

    allowed = {"act", "alert", "kind", "le", "method", "outcome", "reason", "server", "state"}
    assert labels <= allowed | {"topic", "verdict", "view"}
