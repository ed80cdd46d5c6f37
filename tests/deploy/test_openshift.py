# SPDX-License-Identifier: GPL-3.0-or-later
"""deploy/openshift: it is valid, names only what exists, and gives away as little as it can."""

import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

import kubernetes_validate
import pytest
import yaml
from structlog.testing import capture_logs

from adapters.bus import settings
from adapters.config import dynamic, static
from tests.deploy.manifests import BASE, OVERLAYS, Document, Pod, documents, of_kind, pods
from tests.deploy.words import faults, unknown
from tests.fixtures.needed import needed

KUBERNETES: Final = ("1.29", "1.33")
"""Of OpenShift 4.16, the oldest that is supported, and of 4.20."""

FOREIGN: Final = {"Route": "route.openshift.io/v1", "PodMonitor": "monitoring.coreos.com/v1"}
"""Kinds whose schemas Kubernetes does not publish: OpenShift's own, and Prometheus's operator's."""

DEPLOYMENTS: Final = pods("Deployment")
JOBS: Final = pods("Job")
BY_HAND: Final = set(
    re.findall(r"^#   (ebs-[\w-]+)", (BASE / "kustomization.yaml").read_text(), re.MULTILINE)
)
"""The secrets that the base says are to be made."""

each_pod = pytest.mark.parametrize("pod", DEPLOYMENTS + JOBS, ids=lambda pod: pod.name)
each_overlay = pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda overlay: overlay.name)


def built(overlay: Path) -> list[Document]:
    """Return what an overlay is once it is built."""
    kustomize = needed("packaging", "kubectl", "kustomize")
    verb = "kustomize" if kustomize.endswith("kubectl") else "build"
    ran = subprocess.run(
        [kustomize, verb, str(overlay)], capture_output=True, text=True, check=True
    )
    return [*yaml.safe_load_all(ran.stdout)]


def valid(document: Document) -> bool:
    """Whether the schemas of every version take it; raises where they do not."""
    if document["kind"] in FOREIGN:
        return bool(document["apiVersion"] == FOREIGN[document["kind"]])
    for release in KUBERNETES:
        kubernetes_validate.validate(document, release, strict=True)
    return True


def test_all_of_it_is_named() -> None:
    """Every file of the base is a resource of it, or goes into the ConfigMap."""
    base = yaml.safe_load((BASE / "kustomization.yaml").read_text())
    [generated] = base["configMapGenerator"]

    assert base["resources"] == [
        "account.yaml",
        "network.yaml",
        "migrate.yaml",
        "consume.yaml",
        "work.yaml",
        "serve.yaml",
        "monitoring.yaml",
    ]
    named = {"kustomization.yaml", *base["resources"], *generated["files"]}
    assert {path.name for path in BASE.iterdir()} == named


@pytest.mark.parametrize(
    "document", documents(), ids=lambda each: f"{each['kind']}-{each['metadata']['name']}"
)
def test_the_base_is_valid(document: Document) -> None:
    """The published schemas of Kubernetes take each resource, and no key that they do not know."""
    assert valid(document)


def test_what_is_wrong_is_noticed() -> None:
    """A key that Kubernetes does not know fails."""
    [budget, *_] = of_kind("PodDisruptionBudget")
    with pytest.raises(kubernetes_validate.ValidationError):
        valid({**budget, "spec": {**budget["spec"], "maxUnavailabel": 1}})


@each_overlay
def test_an_overlay_is_valid_once_built(overlay: Path) -> None:
    """Built, each resource is valid and in the namespace, and what it refers to is there."""
    made = built(overlay)
    assert all(map(valid, made))
    assert len({each["metadata"]["namespace"] for each in made}) == 1
    maps = {each["metadata"]["name"]: each["data"] for each in of_kind("ConfigMap", made)}
    accounts = {each["metadata"]["name"] for each in of_kind("ServiceAccount", made)}
    for pod in pods("Deployment", made) + pods("Job", made):
        assert pod.spec["serviceAccountName"] in accounts
        assert pod.container["image"].endswith(f"/ebs:{version('elnsync')}")
        named = [
            volume["configMap"]["name"] for volume in pod.mounts.values() if "configMap" in volume
        ]
        assert named == [*maps] if pod in pods("Deployment", made) else named == []
    [data] = maps.values()
    assert set(data) == {path.name for path in overlay.iterdir()} - {"kustomization.yaml"} | {
        "krb5.conf"
    }


@each_overlay
def test_an_overlays_files_are_taken(overlay: Path, tmp_path: Path) -> None:
    """Configuration, policy and bus load without a warning, and hear all that we read."""
    with capture_logs() as logs:
        config = static.load(config=overlay / "ebs.toml")
        policy = dynamic.load(str(overlay / "elnbuildsync_dynamic.yaml"), cache=tmp_path)
    settings.load(overlay / "fedora-messaging.toml")

    assert (logs, policy.warnings) == ([], ())
    assert config.koji.online
    assert (settings.unheard(), settings.forgetful()) == ([], [])


@each_pod
def test_a_pod_names_what_the_program_has(pod: Pod) -> None:
    """The verb, its options and every variable exist; a probe's port is one of its own."""
    assert faults(pod.words) == []
    ours = [name for name in pod.environment if name.startswith("EBS_")]
    assert ours
    for probe in pod.probes.values():
        assert pod.port(probe["httpGet"]["port"])


@each_pod
def test_every_variable_is_known(pod: Pod) -> None:
    """No variable of a pod is one that the configuration would warn of."""
    assert unknown(pod.environment) == set()


def paths(pod: Pod, overlay: Path) -> Iterator[str]:
    """Yield every path below /etc/ebs that the pod is told of, but those of other roles."""
    texts = [*pod.environment.values()]
    if pod in DEPLOYMENTS:
        texts += [(overlay / name).read_text() for name in ("ebs.toml", "fedora-messaging.toml")]
    for text in texts:
        yield from re.findall(
            r"(/(?:etc|var/lib)/ebs[\w./-]*)", re.sub(r"^#.*", "", text, flags=re.MULTILINE)
        )


NOT_THEIRS: Final = {
    "ebs-consume": ("/etc/ebs/keytab/", "/etc/ebs/web/"),
    "ebs-work": ("/etc/ebs/web/",),
    "ebs-serve": ("/etc/ebs/keytab/", "/etc/ebs/bus/"),
}
"""Secrets that the common configuration names, and that a role neither needs nor gets."""


@each_overlay
@each_pod
def test_every_path_is_mounted(pod: Pod, overlay: Path) -> None:
    """What a pod is told to read is in a volume, and it gets no secret of another role."""
    foreign = NOT_THEIRS.get(pod.name, ())
    for path in paths(pod, overlay):
        mounted = [mount for mount in pod.mounts if path.startswith(f"{mount}/") or path == mount]
        assert bool(mounted) is not path.startswith(foreign), path
        for mount in mounted:
            volume = pod.mounts[mount]
            assert (
                "emptyDir" in volume
                or "configMap" in volume
                or volume["secret"]["secretName"] in BY_HAND
            )


def test_every_secret_is_used() -> None:
    """What is to be made by hand is what the pods are given, by reference, and nothing more."""
    used = {
        volume["secret"]["secretName"]
        for pod in DEPLOYMENTS + JOBS
        for volume in pod.mounts.values()
        if "secret" in volume
    }

    assert used == BY_HAND
    assert [*of_kind("Secret")] == []


@each_pod
def test_a_pod_may_do_as_little_as_it_can(pod: Pod) -> None:
    """The restricted profile, a read-only root, no token, bounded memory; it writes to volumes."""
    security, container = pod.spec["securityContext"], pod.container["securityContext"]

    assert security == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert container == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod.spec["automountServiceAccountToken"] is False
    assert {"/var/lib/ebs", "/tmp"} <= pod.mounts.keys()  # noqa: S108 - the container's
    assert pod.container["resources"]["limits"]["memory"]
    assert pod.container["resources"]["requests"].keys() == {"cpu", "memory"}


@each_pod
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
        for pod in DEPLOYMENTS + JOBS
    }
    common = {5353, 5432}

    assert reached == {
        "ebs-consume": common | {5671},
        "ebs-work": common | {88, 443, 587, 5671},
        "ebs-serve": common | {443},
        "ebs-migrate-pre": common,
        "ebs-migrate-post": common,
    }


def selected(selector: Document, pod: Pod) -> bool:
    """Whether a selector means a pod."""
    equal = selector.get("matchLabels", {}).items() <= pod.labels.items()
    within = selector.get("matchExpressions", [])
    return equal and all(pod.labels.get(each["key"]) in each["values"] for each in within)


def outgoing(policies: list[Document]) -> set[int]:
    """Return the ports that policies let out to."""
    rules = (rule for each in policies for rule in each["spec"].get("egress", []))
    return {port["port"] for rule in rules for port in rule["ports"]}


@pytest.mark.parametrize("pod", DEPLOYMENTS, ids=lambda pod: pod.name)
def test_one_of_two_always_stays(pod: Pod) -> None:
    """Two of each, apart where that can be, of which a drained node takes one at a time."""
    [deployment] = [each for each in of_kind("Deployment") if each["metadata"]["name"] == pod.name]
    [budget] = [
        each["spec"]
        for each in of_kind("PodDisruptionBudget")
        if selected(each["spec"]["selector"], pod)
    ]
    [spread] = pod.spec["topologySpreadConstraints"]

    assert (deployment["spec"]["replicas"], budget["maxUnavailable"]) == (2, 1)
    assert selected(deployment["spec"]["selector"], pod)
    assert selected(spread["labelSelector"], pod)


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
