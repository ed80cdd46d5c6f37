# SPDX-License-Identifier: GPL-3.0-or-later
"""What a batch asks of a hub: a side tag, builds in it, a repository, drafts and promotion."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from adapters.koji.client import KojiHub
from adapters.koji.options import Password
from adapters.ports.koji import (
    BuildState,
    KojiDenied,
    KojiPermanent,
    KojiTransient,
    RepoRequest,
    SideTag,
)
from adapters.sandbox.hub import Ending, Outcome
from tests.adapters.koji.given import BATCH, COMMIT, UNKNOWN, Site, advance

DAY = 86_400


@pytest.fixture
def other(site: Site) -> Iterator[KojiHub]:
    """The adapter, logged in as somebody without any permission."""
    hub = site.koji(login=Password("other", SecretStr("other")))
    yield hub
    hub.close()


def drafts(site: Site, koji: KojiHub, *sources: str) -> list[int]:
    """Drafts of these sources, complete."""
    tasks = [told.task_id or 0 for told in koji.submit(sources, "eln", {"draft": True})]
    advance(site, DAY)
    builds = koji.builds_of_tasks(tasks).values()
    return [build.build_id for build in builds if build is not None]


def test_a_side_tag_is_made_found_and_removed(site: Site, koji: KojiHub) -> None:
    """It is told by its id, which the name does not tell; removed twice, it is removed."""
    site.world.crowded = True
    me = site.world.user("ebs").id
    side = koji.create_side_tag("eln-build")
    again = koji.create_side_tag(site.world.tag("eln-build").id)

    assert side == SideTag(site.world.tag(side.name).id, side.name)
    assert not side.name.endswith(f"-{side.id}")
    assert koji.side_tags("eln-build", me) == [side, again]
    for _ in range(2):
        koji.remove_side_tag(side.id)
    assert koji.side_tags("eln-build", me) == [again]
    assert koji.tag(side.id) is None


def test_the_side_tags_of_others_stay(koji: KojiHub, other: KojiHub, site: Site) -> None:
    """Nobody else's side tag is told, or removed; a tag that is none is never removed."""
    side = koji.create_side_tag("eln-build")

    assert other.side_tags("eln-build", site.world.user("other").id) == []
    with pytest.raises(KojiDenied, match="not your sidetag"):
        other.remove_side_tag(side.id)
    with pytest.raises(KojiPermanent, match="Not a sidetag"):
        koji.remove_side_tag(site.world.tag("eln-build").id)
    with pytest.raises(KojiPermanent, match="No such tagInfo"):
        koji.create_side_tag("nosuch")


def test_the_owner_of_a_side_tag_tags_into_it(site: Site, other: KojiHub) -> None:
    """No permission is needed. Koji tags after it answered; tagged already is as good as tagged."""
    side = other.create_side_tag("eln-build")
    ids = site.ids()[: BATCH + 1]
    told: list[tuple[int, int]] = []
    for _ in range(2):
        answers = other.tag_builds(side.id, ids, lambda *done: told.append(done))
        assert answers == dict.fromkeys(ids)

    assert other.tagged(side.id) == []
    advance(site, DAY)
    assert sorted(build.build_id for build in other.tagged(side.id)) == ids
    assert told == [(BATCH, BATCH + 1), (BATCH + 1, BATCH + 1)] * 2


def test_a_build_that_cannot_be_tagged_stops_no_other(site: Site, koji: KojiHub) -> None:
    """Each has its own reason: not there, its package not listed, not complete."""
    side = koji.create_side_tag("eln-build")
    good, failed = site.ids()[:2]
    site.world.builds[failed].state = BuildState.FAILED  # type: ignore[assignment] # the same
    unlisted = site.world.add_build("unlisted", "1", "1").id
    answers = koji.tag_builds(side.id, [UNKNOWN, failed, unlisted, good])

    why = {i: None if error is None else error.why for i, error in answers.items()}
    assert why.pop(good) is None
    assert why == {
        UNKNOWN: f"No such build: {UNKNOWN}",
        failed: "build pkg1-1.0-1.fc42 not complete: state FAILED",
        unlisted: f"Package unlisted not in list for {side.name}",
    }
    assert {type(error) for error in answers.values() if error} == {KojiPermanent}


def test_a_repository_is_asked_for_and_waited_for(site: Site, koji: KojiHub) -> None:
    """Pending until it is there; asked again, the request is the same; then there is none."""
    side = koji.create_side_tag("eln-build")
    pending = koji.request_repo(side.id)

    assert pending == RepoRequest(1, None, active=True)
    assert koji.request_repo(side.id) == koji.repo_request(1) == pending
    advance(site, DAY)
    repo = koji.newest_repo(side.id)
    assert repo is not None
    assert koji.repo_request(1) == RepoRequest(1, repo.id, active=False)
    assert koji.request_repo(side.id) == RepoRequest(None, repo.id, active=False)


def test_a_new_build_makes_a_repository_old(site: Site, koji: KojiHub) -> None:
    """A repository as new as its tag is made again after something was tagged."""
    side = koji.create_side_tag("eln-build")
    koji.request_repo(side.id)
    advance(site, DAY)
    koji.tag_builds(side.id, site.ids()[:1])
    advance(site, DAY)

    assert koji.request_repo(side.id).active is True


def test_a_request_that_failed(site: Site, koji: KojiHub) -> None:
    """Over without a repository, or forgotten, it has failed."""
    site.builders.kojira.outcome = lambda request: Outcome(Ending.FAILED)
    request = koji.request_repo(site.world.add_tag("bare").id)
    advance(site, DAY)

    assert koji.repo_request(request.id or 0) == RepoRequest(request.id, None, active=False)
    assert koji.repo_request(UNKNOWN) == RepoRequest(UNKNOWN, None, active=False)
    with pytest.raises(KojiPermanent, match="No such tagInfo"):
        koji.request_repo(UNKNOWN)


def test_drafts_are_promoted(site: Site, koji: KojiHub) -> None:
    """A draft has its NVR then, and its id still; promoted again, it is promoted."""
    (draft,) = drafts(site, koji, COMMIT.format("pkg0", 0))
    before = koji.sources([draft])[draft]
    for _ in range(2):
        assert koji.promote([draft]) == {draft: None}
    after = koji.sources([draft])[draft]

    assert before is not None
    assert after is not None
    assert (before.draft, before.nvr) == (True, f"pkg0-1.0-1.eln142,draft_{draft}")
    assert (after.draft, after.nvr) == (False, "pkg0-1.0-1.eln142")
    assert (after.source, after.task_id) == (before.source, before.task_id)


def test_a_refused_promotion_stops_no_other(site: Site, koji: KojiHub) -> None:
    """Each has Koji's reason; of two drafts of one NVR the second is too late."""
    source = COMMIT.format("pkg0", 0)
    site.builders.outcome = lambda task: Outcome(Ending.FAILED)
    (failed,) = drafts(site, koji, source)
    site.builders.outcome = lambda task: Outcome()
    first, second = drafts(site, koji, source, source)
    told: list[tuple[int, int]] = []
    answers = koji.promote([UNKNOWN, failed, first, second], lambda *done: told.append(done))

    why = {i: None if error is None else error.why for i, error in answers.items()}
    assert why.pop(UNKNOWN) == f"No such build: {UNKNOWN}"
    assert why.pop(first) is None
    assert (why[failed] or "").endswith("Reason: state (FAILED) is not COMPLETE.")
    assert (why[second] or "").endswith(f"Target build exists: pkg0-1.0-1.eln142(#{first})")
    assert {type(error) for error in answers.values() if error} == {KojiPermanent}
    assert told == [(BATCH, 4), (4, 4)]


def test_a_draft_of_somebody_else(site: Site, koji: KojiHub, other: KojiHub) -> None:
    """Only its owner promotes a draft, or who may promote all."""
    (draft,) = drafts(site, koji, COMMIT.format("pkg0", 0))

    assert isinstance(other.promote([draft])[draft], KojiDenied)
    site.world.user("other").perms.add("draft-promoter")
    assert other.promote([draft]) == {draft: None}


def test_promoted_at_the_same_moment(site: Site, koji: KojiHub) -> None:
    """Who comes second may try again, and is told then that he is too late."""
    first, second = drafts(site, koji, *[COMMIT.format("pkg0", 0)] * 2)
    site.world.promoting.add(("pkg0", "1.0", "1.eln142"))
    assert isinstance(koji.promote([second])[second], KojiTransient)

    site.world.promoting.clear()
    koji.promote([first])
    error = koji.promote([second])[second]
    assert isinstance(error, KojiPermanent)
    assert "Target build exists" in error.why


def test_nothing_is_asked_of_nothing(site: Site, koji: KojiHub) -> None:
    """Nothing to tag or to promote makes no request."""
    assert koji.tag_builds(1, []) == {}
    assert koji.promote([]) == {}
    assert site.troubles.seen == []
