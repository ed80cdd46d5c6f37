# SPDX-License-Identifier: GPL-3.0-or-later
"""The alerts: they rest on what the service really exports, and fire when they should."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.deploy.promql import unknown
from tests.deploy.scraping import Scraped

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "deploy/prometheus"
RULES: Final = FOLDER / "ebs.rules.yaml"
MONITORING: Final = ROOT / "deploy/docs/monitoring.md"
RUNBOOKS: Final = ROOT / "deploy/docs/runbooks.md"


def alerts() -> list[dict[str, Any]]:
    """Every alert of the rules."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


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


def test_a_cluster_takes_the_rules() -> None:
    """The command of the page wraps them as they are."""
    [command] = re.findall(
        r"^\$ (\{ printf .*) \| oc apply -f -$", MONITORING.read_text(), re.MULTILINE
    )
    made = subprocess.run(command, shell=True, cwd=FOLDER, capture_output=True, check=True)  # noqa: S602 - ours
    rule = yaml.safe_load(made.stdout)

    assert (rule["kind"], rule["metadata"]["name"]) == ("PrometheusRule", "ebs")
    assert rule["spec"] == yaml.safe_load(RULES.read_text())


def explained(scraped: Scraped) -> Iterator[str]:
    """Yield the rows of the table of what the service exports."""
    for name, family in sorted(scraped.families.items()):
        if name.startswith("ebs_"):
            shown = f"{name}_total" if family.type == "counter" else name
            seen = next(
                scraped.metrics[s] for s in (f"{name}_count", shown) if s in scraped.metrics
            )
            labels = ", ".join(f"`{label}`" for label in sorted(seen.keys() - {"le"}))
            yield f"| `{shown}` | {family.type} | {labels} | {family.documentation} |\n"


def test_what_is_exported_is_explained(scraped: Scraped) -> None:
    """The table has each metric of ours, with its labels and meaning; times are in seconds.

    EBS_TEST_RENEW=1 writes it anew.
    """
    rows = list(explained(scraped))
    text = MONITORING.read_text()
    before, table, after = re.split(r"(?<=\|---\|---\|---\|---\|\n)((?:\|.*\n)*)", text, maxsplit=1)
    if os.environ.get("EBS_TEST_RENEW"):
        MONITORING.write_text("".join((before, *rows, after)))
        return
    assert table == "".join(rows)
    assert not [row for row in rows if re.search(r"_(ms|millis|minutes|hours|days)[_`]", row)]


def test_no_label_grows_without_end(scraped: Scraped) -> None:
    """Packages, builds, tasks, messages and people are never labels."""
    labels = {label for name, seen in scraped.metrics.items() if "ebs_" in name for label in seen}

    allowed = {"act", "alert", "kind", "le", "method", "outcome", "principal", "reason"}
    assert labels <= allowed | {"server", "state", "status", "topic", "verdict", "view"}
