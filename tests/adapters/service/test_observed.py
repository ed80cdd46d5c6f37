# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration as the hub and Bodhi complete it, over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from adapters.bodhi.client import BodhiServer
from adapters.sandbox.bodhi import SimulatedBodhi
from adapters.sandbox.hub import tagging
from adapters.service.observed import DIST_MACRO, Observed
from domain.policy import PackageList, Policy, Settings
from domain.service.decide import Offered
from tests.adapters.koji.given import Site


@dataclass
class Inner:
    """A configuration that offers what a test sets, and what nobody may take for the dist."""

    policy: Policy | None = field(default_factory=lambda: Policy("rawhide"))

    def offered(self) -> Offered:
        """Return it, with the dist of who asks no hub."""
        packages = PackageList({"bash": "eln"})
        return Offered(Settings(), self.policy, packages, "file", "c0ffee", dist="eln1")


@pytest.fixture
def site() -> Iterator[Site]:
    """A hub whose target eln has the dist eln142."""
    with Site() as made:
        yield made


@pytest.fixture
def bodhi() -> Iterator[SimulatedBodhi]:
    """A Bodhi for which Rawhide is f42."""
    with SimulatedBodhi(rawhide=42) as made:
        yield made


def observed(site: Site, url: str, inner: Inner | None = None, target: str = "eln") -> Offered:
    """Return what is offered, asking for a moment only."""
    koji = site.koji(retry_for=0.2, timeout=1)
    asked = BodhiServer(url, retry_for=0.2, pause=0.01)
    try:
        return Observed(inner or Inner(), koji, asked, target).offered()
    finally:
        koji.close()


def warnings(logs: list[Any]) -> dict[str, str]:
    """Return what was not read, with the reason; each repetition is logged too."""
    told = (log for log in logs if log["event"] == "not read, the last one stays")
    return {log["what"]: log["reason"] for log in told if log["log_level"] == "warning"}


def set_dist(site: Site, **extra: object) -> None:
    """Give the tag that eln-build inherits from another extra."""
    tag = site.world.tag("eln-parent")
    assert tag.config is not None
    tagging.configure(site.world, tag, replace(tag.config, extra=extra))


def test_dist_and_rawhide_are_added(site: Site, bodhi: SimulatedBodhi) -> None:
    """The macro that the build tag inherits, and Bodhi's tag; all else is as it was read."""
    with capture_logs() as logs:
        found = observed(site, bodhi.url)

    assert found == Offered(
        Settings(),
        Policy("rawhide"),
        PackageList({"bash": "eln"}),
        "file",
        "c0ffee",
        dist="eln142",
        rawhide="f42",
    )
    assert warnings(logs) == {}


def test_what_moves_is_seen_the_next_time(site: Site, bodhi: SimulatedBodhi) -> None:
    """At branching the dist is raised and Rawhide is another tag; no message tells of either."""
    assert observed(site, bodhi.url).rawhide == "f42"

    bodhi.branch()
    set_dist(site, **{DIST_MACRO: 143})

    found = observed(site, bodhi.url)
    assert (found.dist, found.rawhide) == ("eln143", "f43")


@pytest.mark.parametrize("policy", [Policy("f42"), None])
def test_bodhi_is_asked_only_for_rawhide(
    site: Site, bodhi: SimulatedBodhi, policy: Policy | None
) -> None:
    """Where the policy names a tag, or was not read, Bodhi may be down for all we care."""
    found = observed(site, bodhi.url, Inner(policy))

    assert (found.dist, found.rawhide) == ("eln142", None)
    assert bodhi.asked == 0


def test_a_hub_that_is_down_keeps_nothing_else_back(site: Site, bodhi: SimulatedBodhi) -> None:
    """Without Koji no dist is offered, not even the one configured for the time without a hub."""
    site.server.stop()

    with capture_logs() as logs:
        found = observed(site, bodhi.url)

    assert (found.dist, found.rawhide) == (None, "f42")
    assert warnings(logs).keys() == {"dist"}


def test_a_bodhi_that_is_down_keeps_nothing_else_back(site: Site) -> None:
    """Without Bodhi no tag is offered for Rawhide; the rest is."""
    with SimulatedBodhi() as gone:
        url = gone.url

    with capture_logs() as logs:
        found = observed(site, url)

    assert (found.policy, found.dist, found.rawhide) == (Policy("rawhide"), "eln142", None)
    assert warnings(logs).keys() == {"rawhide"}


def test_a_bodhi_without_rawhide_is_warned_of(site: Site, bodhi: SimulatedBodhi) -> None:
    """An answer that names no tag is no reason to stop the service."""
    bodhi.releases.clear()

    with capture_logs() as logs:
        assert observed(site, bodhi.url).rawhide is None

    assert "no pending release of Rawhide" in warnings(logs)["rawhide"]


def test_an_unknown_target_is_warned_of(site: Site, bodhi: SimulatedBodhi) -> None:
    """A slip in the configuration is named; the dist that was seen before stays."""
    with capture_logs() as logs:
        assert observed(site, bodhi.url, target="elm").dist is None

    assert warnings(logs) == {"dist": "Koji has no target elm"}


def test_a_build_tag_without_the_macro_is_warned_of(site: Site, bodhi: SimulatedBodhi) -> None:
    """A tag that lost its macro has no dist, and is told by name."""
    set_dist(site)

    with capture_logs() as logs:
        assert observed(site, bodhi.url).dist is None

    assert warnings(logs) == {"dist": "the tag eln-build has no rpm.macro.eln"}


def test_a_dist_that_is_none_gets_no_further(site: Site, bodhi: SimulatedBodhi) -> None:
    """What people typed into the macro is a name, or it is not offered."""
    set_dist(site, **{DIST_MACRO: "<b>142</b>"})

    with capture_logs() as logs:
        assert observed(site, bodhi.url).dist is None

    assert "is not a name" in warnings(logs)["dist"]
