# SPDX-License-Identifier: GPL-3.0-or-later
"""deploy/Containerfile: what it builds is the service and nothing else, run by anybody.

`make packaging` carries out all its steps, and starts the three services from what they made.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.test_lock import entries, pins
from tests.deploy.image import ROOT, SYSTEM, Build, parsed, sent, steps
from tests.deploy.machine import Machine
from tests.deploy.manifests import DEPLOYMENTS, PODS
from tests.deploy.rollout import roll_out
from tests.deploy.surroundings import surroundings
from tests.deploy.words import faults
from tests.fixtures.fix_store import Cluster
from tests.fixtures.needed import insists, needed

PYTHONS: Final = ("/usr/bin/python3", "/usr/local/bin/python3", sys.executable)
"""Where one may be that everybody may run."""


def runs(*stages: str) -> list[str]:
    """Return what is run in these stages."""
    return [step.words for stage in stages for step in steps(stage, "RUN")]


def test_only_the_locks_are_installed() -> None:
    """Every package of Python is of a lock, by its digest, and a wheel but where it has none."""
    installs = [
        words for words in runs("builder") if re.search(r"\bpip\b.* (install|wheel) ", words)
    ]
    locked = [words for words in installs if "-r requirements" in words]

    assert all("--no-deps --require-hashes" in words for words in locked)
    wheels = [words for words in locked if "--only-binary :all:" not in words]
    assert [re.findall(r"requirements-\w+", words) for words in wheels] == [
        ["requirements-kerberos"]
    ]
    [ours] = [words for words in installs if words not in locked]
    assert "--no-deps --no-index /opt/wheels/*.whl" in ours


def test_what_builds_is_not_in_the_image() -> None:
    """The last stage takes one folder from the builder, and begins where the builder began."""
    [taken] = steps("service", "COPY")
    [begun] = steps("service", "FROM")

    assert taken.words == "--from=builder /opt/ebs /opt/ebs"
    assert begun.words == "python AS service"
    assert [words for words in runs("service") if "install -d" not in words] == []
    compilers = [words for words in runs("python", "service") if "gcc" in words]
    assert compilers == []


def test_what_the_service_calls_is_there() -> None:
    """Git, which fetches the policy, and libkrb5, which logs in, are of the system."""
    [system] = [words for words in runs("python") if words.startswith(SYSTEM)]

    assert {"git-core", "krb5-libs", "python3.12"} <= {*system.split()}


def test_its_lock_is_the_tested_one_without_the_tests() -> None:
    """Each version is that of requirements.lock, and nothing is there that only tests need."""
    service, tested = pins(ROOT / "requirements-service.lock"), pins(ROOT / "requirements.lock")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked, tests = names(project["dependencies"]), names(project["optional-dependencies"]["test"])

    assert service.items() <= tested.items()
    assert asked <= service.keys()
    assert (tests - asked) & service.keys() == set()


def names(requirements: list[str]) -> set[str]:
    """Return what is asked for, as locks name it."""
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def test_what_is_sent_is_what_is_copied() -> None:
    """The build is sent what it copies and no more: no history, no secret that lies about."""
    copied = {name for step in steps("builder", "COPY") for name in step.words.split()[:-1]}

    assert copied == sent()
    assert {*domain_of_wheel()} <= copied


def domain_of_wheel() -> list[str]:
    """Return the folders that the wheel is made of."""
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    packages: list[str] = tool["hatch"]["build"]["targets"]["wheel"]["packages"]
    return packages


def test_anybody_may_run_it() -> None:
    """A number that is not root's, in root's group as in OpenShift; it writes to volumes alone."""
    [user] = steps("service", "USER")
    [volumes] = steps("service", "VOLUME")
    [state] = runs("service")

    assert user.words == "1001:0"
    assert volumes.list == ["/var/lib/ebs", "/tmp"]  # noqa: S108 - the container's
    assert state == "install -d -m 0775 -o 1001 -g 0 /var/lib/ebs"
    assert parsed().envs["EBS_STATE_DIR"] in volumes.list


def test_it_says_what_it_is() -> None:
    """The labels of OCI that are known when it is built; the others are given to the build."""
    labels = {key.rpartition(".")[2]: value for key, value in parsed().labels.items()}

    assert labels["licenses"] == "GPL-3.0-or-later"
    assert {"title", "description", "version", "revision"} <= labels.keys()
    given = [step.words for step in steps("service", "ARG")]
    assert given == ["VERSION", "REVISION"]
    makefile = (ROOT / "Makefile").read_text()
    assert [name for name in given if f"--build-arg {name}=" not in makefile] == []


def test_one_image_has_every_command() -> None:
    """The entry point is ebs; what pods give it exists, and every port that they name is told."""
    [entry] = steps("service", "ENTRYPOINT")
    [ports] = steps("service", "EXPOSE")

    assert entry.list == ["ebs"]
    assert [faults(pod.words) for pod in PODS] == [[]] * len(PODS)
    assert {pod.spec["securityContext"]["runAsNonRoot"] for pod in PODS} == {True}
    named = {str(port["containerPort"]) for pod in DEPLOYMENTS for port in pod.container["ports"]}
    assert named == {*ports.words.split()}


@pytest.fixture(scope="module")
def built() -> Iterator[Path]:
    """What the steps of the Containerfile make."""
    if not insists("packaging"):
        pytest.skip("make packaging does it: an environment is built anew, and gssapi")
    needed("packaging", "krb5-config")
    with tempfile.TemporaryDirectory(prefix="ebs-image-") as root:
        Path(root).chmod(0o755)
        Build(Path(root), everybodys_python(), kerberos=True).run()
        yield Path(root)


def everybodys_python() -> str:
    """Return a Python of our version that another user may run, else ours."""
    for program in PYTHONS:
        command = [program, "-c", "import sys, venv; print(sys.version_info[:2])"]
        who = {"user": 1001, "group": 0, "extra_groups": []} if os.geteuid() == 0 else {}
        try:
            ran = subprocess.run(
                command, capture_output=True, text=True, check=True, cwd="/", **who
            )  # type: ignore[call-overload] # options by name
        except (OSError, subprocess.CalledProcessError):
            continue
        if ran.stdout.strip() == str(sys.version_info[:2]):
            return program
    return sys.executable


def test_the_services_start_from_it(
    built: Path, cluster: Cluster, amqp_url: str, tmp_path: Path
) -> None:
    """By the variables of image and manifests, as nobody, who can write to no other folder."""
    user = 1001 if os.geteuid() == 0 and everybodys_python() != sys.executable else None
    with (
        surroundings(cluster, amqp_url, tmp_path) as around,
        Machine(built, ["ebs"], user) as machine,
    ):
        roll_out(machine, around, parsed().envs)


def test_it_bears_a_bill_of_materials(built: Path) -> None:
    """CycloneDX: ours, and every package that is installed, by the lock's version and a licence."""
    bill: dict[str, Any] = json.loads((built / "opt/ebs/sbom.cdx.json").read_text())
    ours, found = bill["metadata"]["component"], bill["components"]
    locks = [ROOT / f"requirements-{name}.lock" for name in ("service", "kerberos")]
    locked = {entry.split()[0] for lock in locks for entry in entries(lock)}
    installed = {f"{canonicalize_name(each['name'])}=={each['version']}" for each in found}

    assert bill["bomFormat"] == "CycloneDX"
    assert (ours["name"], ours["version"]) == ("elnsync", version("elnsync"))
    assert installed <= locked
    assert {"gssapi", "koji", "psycopg"} <= {each.partition("==")[0] for each in installed}
    assert [each["name"] for each in found if not each.get("licenses")] == []


def test_the_bill_is_written_alike_without_an_image() -> None:
    """`make sbom` asks for what the image bears, of the same lock."""
    [asked] = [words for words in runs("builder") if "cyclonedx-py" in words]
    options = asked.split()[1:-3]

    assert options == ["environment", "--pyproject", "pyproject.toml", "--output-reproducible"]
    assert " ".join(options) in (ROOT / "Makefile").read_text()
