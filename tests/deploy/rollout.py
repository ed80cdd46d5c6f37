# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts on a machine what deploy/openshift says: from an empty database to services at work."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.deploy.machine import Machine
from tests.deploy.manifests import DEPLOY, Pod, pods
from tests.deploy.surroundings import Surroundings

OVERLAY: Final = DEPLOY / "openshift/overlays/production"


def roll_out(
    machine: Machine, around: Surroundings, variables: Mapping[str, str]
) -> list[tuple[Pod, int]]:
    """Run the Jobs, start each Deployment's command, and wait until every probe says yes.

    Then a night comes, and the CronJobs are run.
    ``variables``: those of the image. Returns each pod with the id of its process.
    """
    _furnish(machine)
    _migrate(machine, around, variables)
    told = around.variables(machine)
    started = [
        (pod, machine.start(pod.words, {**variables, **pod.environment, **told}).pid)
        for pod in pods("Deployment")
    ]
    for pod, _ in started:
        for probe in pod.probes.values():
            asked = probe["httpGet"]
            machine.wait_for(pod.port(asked["port"]), asked["path"])
    for nightly in pods("CronJob"):
        machine.run(nightly.words, {**variables, **nightly.environment})
    return started


def without_kerberos(file: Path) -> str:
    """Return a configuration in which nobody logs in: here a password does, and one is enough."""
    return re.sub(r"^(principal|keytab) = .*\n", "", file.read_text(), flags=re.MULTILINE)


def _furnish(machine: Machine) -> None:
    """Put there what the ConfigMap and the Secrets of the pods hold."""
    for path in OVERLAY.iterdir():
        machine.write(f"/etc/ebs/config/{path.name}", without_kerberos(path))
    machine.write("/etc/ebs/web/session.key", "k" * 32)
    machine.write("/etc/ebs/web/oidc.secret", "secret")


def _migrate(machine: Machine, around: Surroundings, variables: Mapping[str, str]) -> None:
    """Run the Jobs, whose secret is the owner's."""
    machine.write("/etc/ebs/database/url", around.database.owner_conninfo)
    for job in pods("Job"):
        machine.run(job.words, {**variables, **job.environment})
    machine.write("/etc/ebs/database/url", around.database.conninfo)
