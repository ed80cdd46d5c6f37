# SPDX-License-Identifier: GPL-3.0-or-later
"""What each question to the hub is answered with."""

from datetime import timedelta

import pytest

from adapters.koji.client import KojiHub
from adapters.ports.koji import (
    BuildState,
    KojiDenied,
    KojiPermanent,
    KojiTransient,
    RepoInfo,
    RepoState,
    TagInfo,
    User,
)
from adapters.sandbox.hub import tagging
from adapters.sandbox.hub.model import RepoState as Kept
from tests.adapters.koji.given import BATCH, COMMIT, UNKNOWN, Site, advance, at


def test_a_tag_by_name_and_by_id(site: Site, koji: KojiHub) -> None:
    """A tag is found by its name and by its id; one that is not there is None."""
    f42 = TagInfo(site.world.tag("f42").id, "f42")

    assert koji.tag("f42") == f42
    assert koji.tag(f42.id) == f42
    assert koji.tag("nosuch") is None


def test_the_id_of_a_tag_survives_its_name(site: Site, koji: KojiHub) -> None:
    """After a rename the history is found by the id, and bears the new name."""
    tag = site.world.tag("f42")
    tagging.rename(site.world, tag, "f42-old")

    assert {row.tag for row in koji.tag_history(tag.id)} == {"f42-old"}
    with pytest.raises(KojiPermanent, match="No such entry in table tag"):
        koji.tag_history("f42")


def test_a_history_has_what_was_tagged_and_untagged(site: Site, koji: KojiHub) -> None:
    """A row tells the build, the tag, who and when; one that was untagged tells that too."""
    first, *_, last = koji.tag_history("f42")

    assert (first.name, first.version, first.release) == ("pkg0", "1.0", "1.fc42")
    assert first.nvr == "pkg0-1.0-1.fc42"
    assert (first.tag, first.tag_id) == ("f42", site.world.tag("f42").id)
    assert (first.create_ts, first.creator) == (at(site), "releng")
    assert (first.revoke_event, first.revoke_ts, first.revoker) == (None, None, None)
    assert last.revoke_event is not None
    assert last.revoke_event > last.create_event
    assert (last.revoke_ts, last.revoker) == (at(site), "releng")


def test_a_history_comes_in_order(koji: KojiHub) -> None:
    """Koji answers unsorted; here rows come by event."""
    events = [row.create_event for row in koji.tag_history("f42")]

    assert events == sorted(events)
    assert len(events) == 7


def test_a_history_after_an_event(koji: KojiHub) -> None:
    """Asked for what is after an event, it has rows created or revoked after it, nothing else."""
    rows = koji.tag_history("f42")
    some = koji.tag_history("f42", rows[-2].create_event)

    assert [row.name for row in some] == ["pkg6"]
    assert koji.tag_history("f42", rows[-1].create_event) == some, "revoked after it"


def test_a_history_tells_its_progress(koji: KojiHub) -> None:
    """One call has it all, and says how much that is."""
    told: list[tuple[int, int]] = []
    koji.tag_history("f42", progress=lambda *done: told.append(done))

    assert told == [(7, 7)]


def test_the_history_of_a_build_is_of_all_tags(site: Site, koji: KojiHub) -> None:
    """Each build has all its taggings, by event, in whatever tag; an unknown one has none."""
    first, *_, last = ids = site.ids()
    tagging.release(site.world, site.world.builds[first], "eln")
    told: list[tuple[int, int]] = []
    found = koji.build_histories([*ids, UNKNOWN], lambda *done: told.append(done))

    assert list(found) == [*ids, UNKNOWN]
    assert [row.tag for row in found[first]] == ["f42", "eln"]
    assert found[last] == koji.tag_history("f42")[-1:]
    assert found[last][0].revoke_event is not None
    assert found[UNKNOWN] == []
    assert told == [(BATCH, 8), (2 * BATCH, 8), (8, 8)]
    assert site.requests("multiCall") == 3


def test_tagged_has_every_build_in_the_tag(site: Site, koji: KojiHub) -> None:
    """All builds of a package are told, not only the latest, and none that was untagged."""
    newer = site.world.add_build("pkg0", "2.0", "1.fc42")
    tagging.release(site.world, newer, "f42")
    found = {build.nvr: build for build in koji.tagged("f42")}

    assert {"pkg0-1.0-1.fc42", "pkg0-2.0-1.fc42"} <= found.keys()
    assert "pkg6-1.0-1.fc42" not in found
    build = found["pkg0-2.0-1.fc42"]
    assert (build.build_id, build.name, build.tag) == (newer.id, "pkg0", "f42")
    assert build.state is BuildState.COMPLETE
    row = next(row for row in koji.tag_history("f42") if row.build_id == newer.id)
    assert build.create_event == row.create_event


def test_tagged_refuses_a_tag_that_is_not_there(koji: KojiHub) -> None:
    """An unknown tag is an error, never an empty tag."""
    with pytest.raises(KojiPermanent, match="No such tagInfo"):
        koji.tagged("nosuch")


def test_sources_are_read_in_multicalls(site: Site, koji: KojiHub) -> None:
    """Each build has its commit; an unknown one is None; a request holds a batch of calls."""
    ids = [*site.ids(), UNKNOWN]
    told: list[tuple[int, int]] = []
    found = koji.sources(ids, lambda *done: told.append(done))

    assert list(found) == ids
    assert found.pop(UNKNOWN) is None
    sources = [build.source for build in found.values() if build]
    assert sources == [COMMIT.format(f"pkg{number}", number) for number in range(7)]
    assert told == [(BATCH, 8), (2 * BATCH, 8), (8, 8)]
    assert site.requests("multiCall") == 3


def test_an_import_has_no_source(site: Site, koji: KojiHub) -> None:
    """An imported build has neither source nor task, and is no unknown build."""
    build = site.world.add_build("imported", "1", "1")
    found = koji.sources([build.id])[build.id]

    assert found is not None
    assert (found.source, found.task_id) == (None, None)
    assert (found.state, found.completion) == (BuildState.COMPLETE, at(site))


def test_nothing_is_asked_for_nothing(site: Site, koji: KojiHub) -> None:
    """An empty question makes no request, not even a login."""
    assert koji.sources([]) == {}
    assert koji.build_histories([]) == {}
    assert koji.builds_of_tasks([]) == {}
    assert koji.task_faults([]) == {}
    assert koji.task_infos([]) == {}
    assert koji.submit([], "eln", {}) == []
    assert site.troubles.seen == []


def test_the_last_event(site: Site, koji: KojiHub) -> None:
    """The last event is the newest that is committed, with its time."""
    event = koji.last_event()

    assert (event.id, event.ts) == (site.world.last_event(), at(site))


def test_the_last_event_before_an_instant(site: Site, koji: KojiHub) -> None:
    """What happened at the instant itself, or later, does not count; before all there is 0."""
    begun, before = at(site), site.world.last_event()
    advance(site, 60)
    site.world.event()

    assert koji.event_before(at(site)) == before
    assert koji.event_before(at(site) + timedelta(microseconds=1)) == before + 1
    assert koji.event_before(begun) == 0


def test_the_hubs_clock(site: Site, koji: KojiHub) -> None:
    """The hub's time is in UTC, and not ours: it is the date of its answer, in whole seconds."""
    advance(site, 60.5)
    clock = koji.hub_clock()

    assert clock.utcoffset() == timedelta(0)
    assert clock == at(site).replace(microsecond=0)


def test_a_hub_without_a_date(koji: KojiHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no answer is dated, the clock is unknown rather than guessed."""
    monkeypatch.setattr("adapters.koji.session.Client._note", lambda *_, **__: None)

    with pytest.raises(KojiTransient, match="bears no date"):
        koji.hub_clock()


def test_a_build_target(site: Site, koji: KojiHub) -> None:
    """A target names the tag it builds from and the one it builds for; an unknown one is None."""
    target = koji.build_target("eln")

    assert target is not None
    assert (target.build_tag, target.dest_tag) == (koji.tag("eln-build"), koji.tag("eln"))
    assert koji.build_target("nosuch") is None


@pytest.mark.parametrize("value", [143, "143"], ids=["number", "text"])
def test_the_dist_is_a_number_or_text(site: Site, koji: KojiHub, value: object) -> None:
    """The macro was set as a number or as text: the dist is the same."""
    site.world.add_tag("next-build", extra={"rpm.macro.eln": value})

    assert koji.dist("next-build") == "eln143"


def test_the_dist_is_inherited(koji: KojiHub) -> None:
    """A build tag has the dist of its parent, and a tag without one has none."""
    assert koji.dist("eln-build") == "eln142"
    assert koji.dist("f42") is None


def test_the_dist_as_of_an_event(site: Site, koji: KojiHub) -> None:
    """The dist of the past can be asked for."""
    parent = site.world.tag("eln-parent")
    before = koji.last_event().id
    assert parent.config is not None
    config = type(parent.config)(extra={"rpm.macro.eln": 143})
    tagging.configure(site.world, parent, config)

    assert koji.dist("eln-build") == "eln143"
    assert koji.dist("eln-build", before) == "eln142"


def test_the_newest_repo_is_the_last_that_is_ready(site: Site, koji: KojiHub) -> None:
    """Of the repositories of a tag the last counts; one that is not ready, or another's, never."""
    tag = site.world.tag("eln-parent").id
    assert koji.newest_repo(tag) is None

    site.world.add_repo("eln-parent")
    advance(site, 60)
    newest = site.world.add_repo("eln-parent")
    advance(site, 60)
    site.world.add_repo("eln-parent", state=Kept.EXPIRED)
    site.world.add_repo("f42")

    expected = RepoInfo(newest.id, at(site) - timedelta(seconds=60), RepoState.READY)
    assert koji.newest_repo(tag) == expected
    with pytest.raises(KojiPermanent, match="No such tagInfo"):
        koji.newest_repo(UNKNOWN)


def test_who_is_logged_in(site: Site, koji: KojiHub) -> None:
    """The hub knows us and our permissions."""
    assert koji.whoami() == User(site.world.user("ebs").id, "ebs")
    assert koji.permissions() == ("tag",)


def test_reading_needs_no_login(site: Site) -> None:
    """Without a login the hub is read, who we are is None, and writing is denied."""
    anonymous = site.koji(login=None)

    assert anonymous.whoami() is None
    assert anonymous.permissions() == ()
    assert anonymous.tag("f42") is not None
    (task,) = anonymous.submit(["x#1"], "eln", {})
    assert isinstance(task.error, KojiDenied)
    assert task.error.code == 1004
    anonymous.close()
