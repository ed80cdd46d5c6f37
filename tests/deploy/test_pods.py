# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods of deploy/openshift: each names what there is, and may do as little as it can."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from adapters.cli.errors import FAILED
from tests.deploy.manifests import (
    BY_HAND,
    DEPLOYMENTS,
    OVERLAYS,
    PODS,
    Pod,
    of_kind,
    selected,
)
from tests.deploy.test_prometheus import alerts
from tests.deploy.words import faults, unknown

DAY: Final = 86_400
"""Seconds."""

each_pod = pytest.mark.parametrize("pod", PODS, ids=lambda pod: pod.name)
each_overlay = pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda overlay: overlay.name)


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
        for pod in PODS
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


@pytest.mark.parametrize("pod", DEPLOYMENTS, ids=lambda pod: pod.name)
def test_who_does_not_end_is_killed(pod: Pod) -> None:
    """Within the two minutes that the manual promises."""
    assert 30 <= pod.spec["terminationGracePeriodSeconds"] <= 120


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


def test_the_log_is_verified_every_night() -> None:
    """A Job of its own each night; a finding, which is exit code 1, fails it at once.

    Its failure stands for more than a day: by then the next night has told. The alerts know the
    CronJob by its name, and its Jobs by what their names begin with.
    """
    [cron] = of_kind("CronJob")
    [verify] = [pod for pod in PODS if pod.name == cron["metadata"]["name"]]
    spec = cron["spec"]["jobTemplate"]["spec"]
    [rule] = spec["podFailurePolicy"]["rules"]
    [failed, overdue] = [alert["expr"] for alert in alerts() if "Verify" in alert["alert"]]

    assert (verify.words, cron["spec"]["schedule"]) == (["verify"], "17 2 * * *")
    assert cron["spec"]["concurrencyPolicy"] == "Forbid"
    found = {"containerName": verify.container["name"], "operator": "In", "values": [FAILED]}
    assert (rule["action"], rule["onExitCodes"]) == ("FailJob", found)
    assert verify.spec["restartPolicy"] == "Never"
    assert spec["ttlSecondsAfterFinished"] > DAY + spec["activeDeadlineSeconds"]
    assert f'job_name=~"{verify.name}-.*"' in failed
    assert f'cronjob="{verify.name}"' in overdue
