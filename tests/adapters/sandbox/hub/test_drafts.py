# SPDX-License-Identifier: GPL-3.0-or-later
"""Drafts: what becomes of them where recordings of single calls do not show it."""

from contextlib import suppress
from typing import Any
from xmlrpc.client import Fault

import koji
import pytest

from adapters.sandbox.hub import Ending, Outcome, Server, VirtualClock, World, drafts
from adapters.sandbox.hub.model import BuildState
from tests.adapters.sandbox.hub.conftest import LogIn, source, told

NVR = "bash-5.2-1.eln142"


def drafted(session: Any, clock: VirtualClock, **options: Any) -> Any:
    """A draft of bash for ELN."""
    task = session.build(source("bash"), "eln", {"draft": True, **options})
    clock.advance(200)
    (build,) = session.listBuilds(taskID=task)
    return build


def test_a_promoted_draft_is_the_build(world: World, log_in: LogIn, clock: VirtualClock) -> None:
    """It keeps its id, its task and its tags, and has its NVR; the draft's is known no more."""
    session = log_in()
    draft = drafted(session, clock)
    assert session.getBuild(NVR) is None
    promoted = session.promoteBuild(draft["build_id"])

    assert (promoted["nvr"], promoted["draft"], promoted["promoter_name"]) == (NVR, False, "ebs")
    assert (promoted["build_id"], promoted["task_id"]) == (draft["build_id"], draft["task_id"])
    assert session.getBuild(draft["nvr"]) is None
    assert [tag["name"] for tag in session.listTags(build=NVR)] == ["eln-updates-candidate"]
    assert told(world)[-1] == "build.promote"


def test_a_promotion_makes_a_repository_old(
    world: World, log_in: LogIn, clock: VirtualClock
) -> None:
    """The build has moved: a repository as new as its tag is not there any more."""
    session = log_in()
    side = session.createSideTag("eln-build")
    task = session.build(source("bash"), side["name"], {"draft": True})
    clock.advance(200)
    (draft,) = session.listBuilds(taskID=task)
    world.add_repo(side["name"])
    assert session.repo.request(side["id"], min_event="last")["repo"] is not None

    session.promoteBuild(draft["build_id"])
    assert session.repo.request(side["id"], min_event="last")["repo"] is None


def test_a_failed_draft_is_not_built_again(
    server: Server, log_in: LogIn, clock: VirtualClock
) -> None:
    """Its row stays as it is, and the next one has another id, unlike that of a usual build."""
    session = log_in()
    server.hub.builders.outcome = lambda task: Outcome(Ending.FAILED)
    failed = drafted(session, clock)
    server.hub.builders.outcome = lambda task: Outcome()
    again = drafted(session, clock)

    assert (failed["state"], again["state"]) == (BuildState.FAILED, BuildState.COMPLETE)
    assert again["build_id"] != failed["build_id"]
    assert session.getBuild(failed["build_id"])["state"] == BuildState.FAILED


def test_of_two_promotions_at_once_one_wins(
    world: World, log_in: LogIn, clock: VirtualClock
) -> None:
    """The other gets an error that nobody caught, stays a draft, and is refused from then on."""
    session = log_in()
    winner, loser = drafted(session, clock), drafted(session, clock)
    world.promoting.add(("bash", "5.2", "1.eln142"))
    with pytest.raises(Fault) as caught:
        session.promoteBuild(loser["build_id"])
    world.promoting.clear()
    session.promoteBuild(winner["build_id"])

    assert caught.value.faultCode == 1
    assert "UniqueViolation" in caught.value.faultString
    assert session.getBuild(loser["build_id"])["draft"] is True
    with pytest.raises(koji.GenericError, match="Target build exists"):
        session.promoteBuild(loser["build_id"])


def test_a_promotion_that_was_undone_is_none(
    world: World, log_in: LogIn, clock: VirtualClock
) -> None:
    """Promoted by a request that fails afterwards, it is a draft as before."""
    session = log_in()
    draft = drafted(session, clock)
    with suppress(koji.GenericError), world.request():
        drafts.promote(world, world.builds[draft["build_id"]], world.user("ebs"))
        raise koji.GenericError

    assert session.getBuild(draft["nvr"]) == {**draft, "id": draft["build_id"], "cg_id": None,
                                              "cg_name": None}  # fmt: skip
    assert session.getBuild(NVR) is None
