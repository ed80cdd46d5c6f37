# SPDX-License-Identifier: GPL-3.0-or-later
"""The incident of August 2024 on a small sample of the real packages."""

from adapters.sandbox import vendored
from adapters.sandbox.incident import incident
from adapters.sandbox.scenario import Parts, Scenario

PARTS = Parts(
    unbuilt=2,
    ordinary=6,
    overtaken=2,
    dropped=1,
    f41=8,
    twice=3,
    withdrawn=2,
    retagged=2,
    early=3,
    f42=5,
    both=3,
    undone=2,
    strangers=9,
)


def names() -> list[str]:
    """Return some of ELN's package list, two that are excluded among them."""
    return ["kernel", "grub2", *vendored.eln()[100:145]]


def scenario() -> Scenario:
    """Return the scenario on these and a few that are no targets."""
    listed = set(names())
    packages = vendored.fedora()
    others = [p for p in packages if p.name.startswith("golang-github-a")][:13]
    return incident([*(p for p in packages if p.name in listed), *others], listed, PARTS)
