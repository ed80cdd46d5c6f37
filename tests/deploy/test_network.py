# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reaches whom in deploy/openshift: what is not named is closed."""

import pytest

from tests.deploy.manifests import DEPLOYMENTS, PODS, Document, Pod, of_kind, selected


@pytest.mark.parametrize("pod", PODS, ids=lambda pod: pod.name)
def test_nothing_comes_in_or_goes_out_unnamed(pod: Pod) -> None:
    """Every pod is under the policy that allows nothing, and may ask the database."""
    over = [each for each in of_kind("NetworkPolicy") if selected(each["spec"]["podSelector"], pod)]
    closed = [each["spec"] for each in over if each["metadata"]["name"] == "ebs-nothing"]

    assert closed == [
        {"podSelector": closed[0]["podSelector"], "policyTypes": ["Ingress", "Egress"]}
    ]
    assert 5432 in outgoing(over)


def test_each_role_reaches_what_it_needs() -> None:
    """Koji, mail and tickets are for the worker, the broker is for who listens or tells."""
    reached = {
        pod.name: outgoing(
            [
                each
                for each in of_kind("NetworkPolicy")
                if selected(each["spec"]["podSelector"], pod)
            ]
        )
        for pod in PODS
    }
    common = {5353, 5432}

    assert reached == {
        "ebs-consume": common | {5671},
        "ebs-work": common | {88, 443, 587, 5671},
        "ebs-serve": common | {443},
        "ebs-migrate-pre": common,
        "ebs-migrate-post": common,
        "ebs-verify": common,
    }


def outgoing(policies: list[Document]) -> set[int]:
    """Return the ports that policies let out to."""
    rules = (rule for each in policies for rule in each["spec"].get("egress", []))
    return {port["port"] for rule in rules for port in rule["ports"]}


def test_the_web_side_is_reached_by_https() -> None:
    """The route leads to the service, that to the pods; HTTP leads to HTTPS."""
    [route], [service] = of_kind("Route"), of_kind("Service")
    [serve] = [pod for pod in DEPLOYMENTS if pod.name == "ebs-serve"]
    [port] = service["spec"]["ports"]

    assert route["spec"]["to"]["name"] == service["metadata"]["name"]
    assert route["spec"]["port"]["targetPort"] == port["name"]
    assert route["spec"]["tls"] == {
        "termination": "edge",
        "insecureEdgeTerminationPolicy": "Redirect",
    }
    assert service["spec"]["selector"].items() <= serve.labels.items()
    assert serve.port(port["targetPort"]) == 8080


def test_prometheus_finds_the_metrics() -> None:
    """Each service is asked at the port that it has for it, and lets Prometheus in there."""
    [monitor] = of_kind("PodMonitor")
    [endpoint] = monitor["spec"]["podMetricsEndpoints"]
    found = [pod for pod in DEPLOYMENTS if selected(monitor["spec"]["selector"], pod)]

    assert found == DEPLOYMENTS
    for pod in found:
        assert str(pod.port(endpoint["port"])) in pod.words
        policies = [
            each for each in of_kind("NetworkPolicy") if each["metadata"]["name"] == "ebs-metrics"
        ]
        [[rule]] = [
            each["spec"]["ingress"]
            for each in policies
            if selected(each["spec"]["podSelector"], pod)
        ]
        assert [port["port"] for port in rule["ports"]] == [endpoint["port"]]
