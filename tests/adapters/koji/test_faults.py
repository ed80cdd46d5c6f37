# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault of a hub at every request: what is read is the same, nothing is written twice.

The requests are counted, not listed: each fault is tried at one after another until a run ends
before its turn comes.
"""

from datetime import UTC, datetime

import pytest

from adapters.koji.client import KojiHub
from adapters.ports.koji import KojiAmbiguous, KojiTransient, Submitted
from adapters.sandbox.hub import Mishap, sidetags
from tests.adapters.koji.faults import FAULTS, NOT_BEGUN, each_fault, runs
from tests.adapters.koji.given import COMMIT, Site

SOURCES = [COMMIT.format("pkg0", number) for number in range(8)]
"""Three multicalls."""
BEFORE = datetime(2000, 1, 1, tzinfo=UTC)
"""Before anything happened."""
AFTER = datetime(2100, 1, 1, tzinfo=UTC)


def every_read(koji: KojiHub) -> list[object]:
    """One question of each kind; several requests where it takes several."""
    ids = list(range(1, 8))
    return [
        koji.tag("f42"),
        koji.tag_history("f42"),
        koji.tagged("f42"),
        koji.build_histories(ids),
        koji.sources(ids),
        koji.last_event(),
        koji.event_before(AFTER),
        koji.build_target("eln"),
        koji.newest_repo(4),
        koji.request_repo(6),
        koji.repo_request(1),
        koji.side_tags("eln-build", 1),
        koji.dist("eln-build"),
        koji.task_infos([1, 2, 3, 4]),
        koji.build_tasks(1, BEFORE),
        koji.build_tasks(1, BEFORE, after=1),
        koji.newest_build_task(1),
        koji.builds_of_tasks([1, 2, 3, 4]),
        koji.task_faults([1, 2, 3, 4]),
        koji.whoami(),
        koji.permissions(),
        koji.hub_clock() is not None,
    ]


def at_work(site: Site) -> None:
    """Some builds are asked for, one of them is cancelled; there is a side tag, of the id 6."""
    user = site.world.user("ebs")
    tasks = [site.builders.build([f"x#{number}", "eln", {}], user, 20) for number in range(4)]
    site.builders.cancel(tasks[1])
    sidetags.create(site.world, site.world.tag("eln-build"), user)


@each_fault
def test_a_read_survives_a_fault_at_any_request(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever befalls whichever request, the login too, every answer is as without it."""
    with Site() as site:
        at_work(site)
        koji = site.koji()
        expected = every_read(koji)
        koji.close()

    def run(site: Site, koji: KojiHub) -> None:
        at_work(site)
        assert every_read(koji) == expected

    # 20 questions, of which two take three requests and four two, after a login
    assert runs(fault, monkeypatch, run) >= 20 + 2 * 2 + 4 + 1


@each_fault
def test_no_build_is_submitted_twice(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever befalls whichever request, each source is asked to be built once or not at all.

    Where it is not certain that nothing was done, that multicall is ambiguous and what follows it
    is not sent; where it is, it is simply done later.
    """

    def run(site: Site, koji: KojiHub) -> None:
        tasks = koji.submit(SOURCES, "eln", {})
        built = site.build_requests()
        assert len(set(built)) == len(built)
        assert built == SOURCES[: len(built)]
        if fault in NOT_BEGUN:
            assert built == SOURCES
            assert [task.error for task in tasks] == [None] * len(SOURCES)
        for task in tasks:
            agrees(task, built)

    assert runs(fault, monkeypatch, run) >= 3 + 1


def agrees(task: Submitted, built: list[str]) -> None:
    """What was told of a build is so."""
    match task.error:
        case None:
            assert task.task_id is not None
            assert task.source in built
        case KojiAmbiguous():
            pass  # either way: that is what it says
        case KojiTransient():
            assert task.source not in built
        case error:
            raise error


@each_fault
def test_a_cancellation_is_done_or_in_doubt(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancellation whose answer was lost is ambiguous; any other was done, by one request."""

    def run(site: Site, koji: KojiHub) -> None:
        task = site.builders.build(["x#1", "eln", {}], site.world.user("ebs"), 20)
        try:
            koji.cancel(task.id)
        except KojiAmbiguous:
            assert fault not in NOT_BEGUN
            assert site.requests("cancelTask") == 1
        else:
            assert task.state.over

    assert runs(fault, monkeypatch, run) >= 1 + 1


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - NOT_BEGUN))
def test_a_lost_answer_is_told(
    fault: str, site: Site, koji: KojiHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The multicall whose answer is lost is ambiguous, and those after it were not sent."""
    koji = site.koji(timeout=0.3) if fault == "slow" else koji
    koji.whoami()
    FAULTS[fault](site, 4, monkeypatch)  # after login, whoami and one multicall
    tasks = koji.submit(SOURCES, "eln", {})
    kinds = [type(task.error) for task in tasks]

    assert kinds == [type(None)] * 3 + [KojiAmbiguous] * 3 + [KojiTransient] * 2
    assert "not sent" in str(tasks[-1].error)
    assert set(site.build_requests()) <= set(SOURCES[:6])
    koji.close()


def test_a_write_looks_again_only_when_told_to(site: Site, koji: KojiHub) -> None:
    """After a lost answer the builds that were made all the same are found by a look."""
    me = koji.whoami()
    assert me is not None
    site.troubles.at[3] = Mishap.LOST_AFTER
    (task,) = koji.submit(SOURCES[:1], "eln", {})

    assert isinstance(task.error, KojiAmbiguous)
    found = koji.build_tasks(me.id, BEFORE)
    assert [(made.request or ())[:2] for made in found] == [(SOURCES[0], "eln")]


@pytest.mark.parametrize("always", [Mishap.OFFLINE, Mishap.BROKEN, Mishap.LOST_BEFORE])
def test_patience_ends(site: Site, always: Mishap) -> None:
    """A hub that stays away is given up after the time configured, as a dependency that is down."""
    site.troubles.always = always
    koji = site.koji(retry_for=0.3)

    with pytest.raises(KojiTransient):
        koji.last_event()
    assert len(site.troubles.seen) > 2


def test_a_hub_that_is_not_there(site: Site) -> None:
    """Where nobody listens, a write too is certain not to have been done."""
    koji = site.koji(retry_for=0.2)
    site.server.stop()

    (task,) = koji.submit(SOURCES[:1], "eln", {})
    assert isinstance(task.error, KojiTransient)
    with pytest.raises(KojiTransient, match="refused"):
        koji.cancel(1)


def test_a_fault_in_place_of_a_read_is_tried_again(
    site: Site, koji: KojiHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody caught in the hub, told for one call of a multicall, passes."""
    faults = iter([True])
    now = site.hub._one

    def stumble(*call: object) -> object:
        if call[1] == "getBuild" and next(faults, False):
            raise ConnectionError("server closed the connection unexpectedly")
        return now(*call)  # type: ignore[arg-type]

    monkeypatch.setattr(site.hub, "_one", stumble)

    assert None not in koji.sources(site.ids()).values()
    assert site.requests("multiCall") == 4
