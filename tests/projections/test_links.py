# SPDX-License-Identifier: GPL-3.0-or-later
"""Links: where people look up what an event names; no text of a package gets into an address."""

from typing import Any

import pytest
from msgspec.structs import replace

from domain.batch.events import BuildSubmitted, Promoted, SideTagCreated
from domain.package.events import Identified, Tagged
from projections.links import Adoption, Sites
from tests.domain.given import commit, given, rules, tagged

KOJI = "https://koji.fedoraproject.org/koji"
SOURCE = "git+https://src.fedoraproject.org/rpms/bash.git#abc"


@pytest.mark.parametrize(
    ("event", "links"),
    [
        (Tagged(7, "bash-1-1", "f41"), {"build": f"{KOJI}/buildinfo?buildID=7"}),
        (
            Tagged(7, "bash-1-1", "f41", tag_id=3, source=SOURCE),
            {
                "build": f"{KOJI}/buildinfo?buildID=7",
                "tag": f"{KOJI}/taginfo?tagID=3",
                "source": "https://src.fedoraproject.org/rpms/bash/c/abc",
            },
        ),
        (
            BuildSubmitted(7, 8),
            {"build": f"{KOJI}/buildinfo?buildID=7", "task": f"{KOJI}/taskinfo?taskID=8"},
        ),
        (
            Promoted(7, 9, "bash-1-1.eln"),
            {
                "build": f"{KOJI}/buildinfo?buildID=7",
                "rebuild": f"{KOJI}/buildinfo?buildID=9",
            },
        ),
        (SideTagCreated(5, "eln-build-side-5"), {"tag": f"{KOJI}/taginfo?tagID=5"}),
    ],
)
def test_what_an_event_names_has_an_address(event: Any, links: dict[str, str]) -> None:
    """A build, a task, a tag in Koji; the commit of a source in dist-git."""
    assert Sites().of("bash", {}, event) == links


@pytest.mark.parametrize("source", [None, "git+https://src.example/rpms/bash", "bash.src.rpm"])
def test_a_source_without_a_commit_has_none(source: str | None) -> None:
    """There is nothing to show."""
    assert set(Sites().of("bash", {}, Identified(7, source))) == {"build"}


def test_nothing_is_injected_into_an_address() -> None:
    """Whatever a package or a commit is called, it stays one part of the path."""
    event = Identified(7, "git+https://x#../../<a>?b&c")
    address = Sites().of("../gcc-c++?x", {}, event)["source"]
    assert address == (
        "https://src.fedoraproject.org/rpms/..%2Fgcc-c%2B%2B%3Fx/c/..%2F..%2F%3Ca%3E%3Fb%26c"
    )


def test_the_sites_are_configured() -> None:
    """A slash at the end makes no difference."""
    sites = Sites(koji="https://koji.example/", dist_git="http://git.example/rpms/")
    links = sites.of("bash", {}, Tagged(7, "bash-1-1", "f41", source=SOURCE))
    assert links == {
        "build": "https://koji.example/buildinfo?buildID=7",
        "source": "http://git.example/rpms/bash/c/abc",
    }


@pytest.mark.parametrize(
    ("origin", "made", "address"),
    [
        ("https://gitlab.com/eln/cfg.git#main", "abc", "https://gitlab.com/eln/cfg/-/commit/abc"),
        ("https://gitlab.com/eln/cfg", "a/c", "https://gitlab.com/eln/cfg/-/commit/a%2Fc"),
        ("https://gitlab.com/eln/cfg.git#main", None, None),
        ("/etc/ebs/policy.yaml", None, None),
        ("git@gitlab.com:eln/cfg.git", "abc", None),
    ],
)
def test_a_verdict_links_to_the_policys_commit(
    origin: str, made: str | None, address: str | None
) -> None:
    """Where the policy came from a forge that has pages."""
    verdict = given(tagged(1, 10)).when(rules()).verdict(1)
    adopted = {verdict.basis.policy_revision: Adoption(origin, made)}

    assert Sites().of("bash", adopted, verdict).get("policy") == address
    assert "policy" not in Sites().of("bash", {}, verdict)


def test_a_verdict_links_to_its_source() -> None:
    """It bears the source that it was decided on."""
    verdict = given(tagged(1, 10)).when(rules()).verdict(1)
    links = Sites().of("bash", {}, replace(verdict, source=commit(1)))
    assert links["source"].endswith(f"/bash/c/{1:040x}")
