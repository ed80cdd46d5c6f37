# SPDX-License-Identifier: GPL-3.0-or-later
"""deploy/openshift: the base is valid, and so is each overlay once it is built."""

from importlib.metadata import version
from pathlib import Path
from typing import Final

import kubernetes_validate
import pytest
import yaml
from structlog.testing import capture_logs

from adapters.bus import settings
from adapters.config import dynamic, static
from tests.deploy.manifests import (
    BASE,
    OVERLAYS,
    RUNNING,
    Document,
    built,
    documents,
    of_kind,
    pods,
)

KUBERNETES: Final = ("1.29", "1.33")
"""Of OpenShift 4.16, the oldest that is supported, and of 4.20."""

FOREIGN: Final = {"Route": "route.openshift.io/v1", "PodMonitor": "monitoring.coreos.com/v1"}
"""Kinds whose schemas Kubernetes does not publish: OpenShift's own, and Prometheus's operator's."""

each_overlay = pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda overlay: overlay.name)


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
        "verify.yaml",
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
    for pod in [pod for kind in RUNNING for pod in pods(kind, made)]:
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
