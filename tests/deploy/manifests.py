# SPDX-License-Identifier: GPL-3.0-or-later
"""What deploy/openshift says, read as plain YAML."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from tests.fixtures.needed import needed

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
BASE: Final = DEPLOY / "openshift/base"
OVERLAYS: Final = sorted((DEPLOY / "openshift/overlays").iterdir())

BY_HAND: Final = set(
    re.findall(r"^#   (ebs-[\w-]+)", (BASE / "kustomization.yaml").read_text(), re.MULTILINE)
)
"""The secrets that the base says are to be made."""

RUNNING: Final = ("Deployment", "Job", "CronJob")
"""The kinds that run pods."""

Document = dict[str, Any]


class Pod(NamedTuple):
    """What runs a pod: its name, the labels and the spec of the pod, and its one container."""

    name: str
    labels: Document
    spec: Document
    container: Document

    @property
    def words(self) -> list[str]:
        """What follows ``ebs`` on the command line."""
        return [str(word) for word in self.container["args"]]

    @property
    def environment(self) -> dict[str, str]:
        """The variables that it is given."""
        return {each["name"]: each["value"] for each in self.container["env"]}

    @property
    def mounts(self) -> dict[str, Document]:
        """What is mounted where."""
        volumes = {volume["name"]: volume for volume in self.spec["volumes"]}
        mounts = self.container["volumeMounts"]
        return {mount["mountPath"]: volumes[mount["name"]] for mount in mounts}

    @property
    def probes(self) -> dict[str, Document]:
        """What is asked of it over HTTP, by the kind of probe."""
        kinds = ("startupProbe", "livenessProbe", "readinessProbe")
        return {kind: self.container[kind] for kind in kinds if kind in self.container}

    def port(self, name: str) -> int:
        """Return the number of a port."""
        ports = {port["name"]: port["containerPort"] for port in self.container["ports"]}
        return int(ports[name])


def documents(folder: Path = BASE) -> list[Document]:
    """Return everything that the base is made of."""
    names = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    found = (yaml.safe_load_all((folder / name).read_text()) for name in names)
    return [document for file in found for document in file]


def built(overlay: Path) -> list[Document]:
    """Return what an overlay is once it is built."""
    kustomize = needed("packaging", "kubectl", "kustomize")
    verb = "kustomize" if kustomize.endswith("kubectl") else "build"
    ran = subprocess.run(
        [kustomize, verb, str(overlay)], capture_output=True, text=True, check=True
    )
    return [*yaml.safe_load_all(ran.stdout)]


def of_kind(kind: str, among: list[Document] | None = None) -> Iterator[Document]:
    """Yield the documents of a kind."""
    return (each for each in among or documents() if each["kind"] == kind)


def pods(kind: str, among: list[Document] | None = None) -> list[Pod]:
    """Return the pods of all Deployments, Jobs or CronJobs."""
    made = []
    for document in of_kind(kind, among):
        spec = document["spec"]
        template = spec.get("jobTemplate", {"spec": spec})["spec"]["template"]
        [container] = template["spec"]["containers"]
        name, labels = document["metadata"]["name"], template["metadata"]["labels"]
        made.append(Pod(name, labels, template["spec"], container))
    return made


DEPLOYMENTS: Final = pods("Deployment")
PODS: Final = [pod for kind in RUNNING for pod in pods(kind)]


def selected(selector: Document, pod: Pod) -> bool:
    """Whether a selector means a pod."""
    equal = selector.get("matchLabels", {}).items() <= pod.labels.items()
    within = selector.get("matchExpressions", [])
    return equal and all(pod.labels.get(each["key"]) in each["values"] for each in within)
