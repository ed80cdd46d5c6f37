# SPDX-License-Identifier: GPL-3.0-or-later
"""The incident of August 2024 on a small sample of the real packages."""

from adapters.sandbox import vendored
from adapters.sandbox.incident import Story, incident
from adapters.sandbox.scenario import Parts, Scenario
from adapters.sandbox.vendored import SourcePackage

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
    return incident(packages(), names(), PARTS)


def story() -> Story:
    """Return the same, to be told."""
    return Story(packages(), names(), PARTS)


def packages() -> list[SourcePackage]:
    """Return the packages of the scenario."""
    listed, everything = set(names()), vendored.fedora()
    others = [p for p in everything if p.name.startswith("golang-github-a")][:13]
    return [*(p for p in everything if p.name in listed), *others]
