# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard: it asks only for what is exported, and is of the form that Grafana reads."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import pytest

from tests.deploy.promql import unknown
from tests.deploy.scraping import Scraped

DASHBOARD: Final = Path(__file__).parents[2] / "deploy/grafana/ebs.json"
COLUMNS: Final = 24
SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
KINDS: Final = {"row", "stat", "timeseries"}


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    """The dashboard."""
    found: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return found


def expressions(dashboard: dict[str, Any]) -> Iterator[str]:
    """Yield everything that it asks of Prometheus, with values in place of its variables."""
    asking = [target for panel in dashboard["panels"] for target in panel.get("targets", [])]
    for each in asking + dashboard["annotations"]["list"]:
        yield each["expr"].replace("$__rate_interval", "5m").replace("$namespace", ".*")


def test_it_asks_only_for_what_is_exported(dashboard: dict[str, Any], scraped: Scraped) -> None:
    """Every metric, label and value of an expression is there when the service runs."""
    found = {text: list(unknown(text, scraped.metrics)) for text in expressions(dashboard)}

    assert len(found) > 30
    assert {text: what for text, what in found.items() if what} == {}


def test_legends_name_labels_that_are_kept(dashboard: dict[str, Any]) -> None:
    """A label in a legend is one that the expression leaves."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            for label in re.findall(r"{{(\w+)}}", target["legendFormat"]):
                kept = re.findall(r"by \(([^)]*)\)", target["expr"])
                assert not kept or any(label in each.split(", ") for each in kept), target


def test_variables_are_of_what_is_exported(dashboard: dict[str, Any], scraped: Scraped) -> None:
    """A source that can be chosen, and a namespace where there are any; nothing is left over."""
    source, namespace = dashboard["templating"]["list"]

    assert (source["name"], source["type"], source["query"]) == (
        "datasource",
        "datasource",
        "prometheus",
    )
    [metric] = re.findall(r"^label_values\((\w+), namespace\)$", namespace["query"]["query"])
    assert metric in scraped.metrics
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard)))
    assert used - {"__rate_interval", "__all"} == {"datasource", "namespace"}


def test_it_has_the_form_of_a_dashboard(dashboard: dict[str, Any]) -> None:
    """A name that stays, panels that are told apart, each with what it means, and one source."""
    assert (dashboard["uid"], dashboard["title"]) == ("ebs", "ebs")
    assert "id" not in dashboard, "an id is of one Grafana"
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert {panel["type"] for panel in panels} == KINDS
    for panel in panels:
        assert panel["title"]
        if panel["type"] != "row":
            assert panel["description"]
            assert panel["datasource"] == SOURCE
            refs = [target["refId"] for target in panel["targets"]]
            assert refs == sorted(set(refs))
            assert all(target["datasource"] == SOURCE for target in panel["targets"])


def test_panels_do_not_overlap(dashboard: dict[str, Any]) -> None:
    """Each has a place of its own, within the width."""
    places = [panel["gridPos"] for panel in dashboard["panels"]]

    assert all(p["x"] >= 0 and p["x"] + p["w"] <= COLUMNS for p in places)
    assert [(a, b) for a, b in combinations(places, 2) if overlap(a, b)] == []


def overlap(a: dict[str, int], b: dict[str, int]) -> bool:
    """Whether two places have a cell in common."""
    beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
    above = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
    return not (beside or above)
