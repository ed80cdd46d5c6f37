# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault at every request of what a batch has done: done once, not at all, or in doubt."""

from collections.abc import Callable

import pytest

from adapters.koji.client import KojiHub
from adapters.ports.koji import KojiAmbiguous, KojiError, KojiTransient
from adapters.sandbox.hub import sidetags
from adapters.sandbox.hub.model import Tag
from tests.adapters.koji.faults import NOT_BEGUN, each_fault, runs
from tests.adapters.koji.given import BATCH, Site

MANY = 2 * BATCH + 1
"""Three multicalls."""


def side_tag(site: Site) -> Tag:
    """A side tag of ours."""
    return sidetags.create(site.world, site.world.tag("eln-build"), site.world.user("ebs"))


def drafts(site: Site) -> list[int]:
    """Drafts of ours."""
    return [
        site.world.add_build(f"p{number}", "1", "1", owner="ebs", draft=True).id
        for number in range(MANY)
    ]


def agree(fault: str, told: dict[int, KojiError | None], done: Callable[[int], bool]) -> None:
    """What was told of each is so; what is certain not to have begun was done later."""
    for build_id, error in told.items():
        match error:
            case None:
                assert done(build_id)
            case KojiAmbiguous():
                assert fault not in NOT_BEGUN
            case KojiTransient():
                assert not done(build_id)
            case _:
                raise error
    if fault in NOT_BEGUN:
        assert all(error is None for error in told.values())


@each_fault
def test_a_side_tag_is_made_once_or_in_doubt(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose answer was lost is ambiguous, and at most one is there; it is found by a look."""

    def run(site: Site, koji: KojiHub) -> None:
        made = None
        try:
            made = koji.create_side_tag("eln-build")
        except KojiAmbiguous:
            assert fault not in NOT_BEGUN
            assert site.requests("createSideTag") == 1
        there = koji.side_tags("eln-build", site.world.user("ebs").id)
        assert len(there) <= 1
        assert made is None or there == [made]

    assert runs(fault, monkeypatch, run) >= 2 + 1


@each_fault
def test_a_side_tag_is_removed_or_in_doubt(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A removal whose answer was lost is ambiguous, and may be repeated; any other was done."""

    def run(site: Site, koji: KojiHub) -> None:
        tag = side_tag(site)
        try:
            koji.remove_side_tag(tag.id)
        except KojiAmbiguous:
            assert fault not in NOT_BEGUN
            assert site.requests("removeSideTag") == 1
            koji.remove_side_tag(tag.id)
        assert tag.config is None

    assert runs(fault, monkeypatch, run) >= 1 + 1


@each_fault
def test_a_build_is_tagged_once_or_in_doubt(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No build has two tasks, and what was told of each is so."""

    def run(site: Site, koji: KojiHub) -> None:
        tag = side_tag(site)
        told = koji.tag_builds(tag.id, site.ids())
        tasks = [task.request[1] for task in site.world.tasks.values() if task.method == "tagBuild"]
        assert len(set(tasks)) == len(tasks)
        agree(fault, told, lambda build_id: build_id in tasks)

    assert runs(fault, monkeypatch, run) >= 3 + 1


@each_fault
def test_a_draft_is_promoted_or_in_doubt(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was told of each is so; after a lost answer a look tells, and a repetition ends it."""

    def run(site: Site, koji: KojiHub) -> None:
        ids, builds = drafts(site), site.world.builds
        agree(fault, koji.promote(ids), lambda build_id: not builds[build_id].draft)

        left = [i for i, build in koji.sources(ids).items() if build is None or build.draft]
        assert left == [i for i in ids if builds[i].draft]
        assert set(koji.promote(left).values()) <= {None}

    assert runs(fault, monkeypatch, run) >= 3 + 3 + 1


@each_fault
def test_a_repository_is_asked_for_once(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeated whatever befell, there is one request, and it is told."""

    def run(site: Site, koji: KojiHub) -> None:
        asked = koji.request_repo(side_tag(site).id)
        assert list(site.world.repo_requests) == [asked.id]
        assert asked.active

    assert runs(fault, monkeypatch, run) >= 1 + 1
