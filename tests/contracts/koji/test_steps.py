# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole steps as they were recorded: what each sent on the bus, and the error it ended in."""

from collections.abc import Callable
from typing import Any

import koji
import pytest

from adapters.sandbox.hub import Ending, Outcome, release, tagging
from adapters.sandbox.hub.model import BuildState
from tests.contracts.koji import stage
from tests.contracts.koji.play import GIT, SIDE, SIDE_2, Play, line, numberless, playing, told
from tests.contracts.koji.shape import text

Act = Callable[[Play], object]


def moved(play: Play) -> None:
    """Move each build by a task."""
    for nvr in play.names:
        play.of("bodhi").moveBuild("f42-updates-candidate", "f42", nvr)
    play.stage.settle()


def tagged_into(tag: str, user: str = "ebs") -> Act:
    """Tag each build by a task, in one multicall."""

    def act(play: Play) -> None:
        with play.of(user).multicall() as calls:
            for nvr in play.names:
                calls.tagBuild(tag, nvr)
        play.stage.settle()

    return act


def built_again(play: Play) -> None:
    """Build what failed before."""
    play.make("bad1-1.0-2733.eln150", "ebs", 207)
    play.failed("bad1-1.0-2733.eln150")
    play.world.new_id("task", 850)
    play.stage.server.hub.builders.outcome = lambda task: Outcome(pace=stage.QUICK)
    play.build("ebs", f"bad1#{'aac':1<40}", SIDE)


def built_twice(play: Play) -> None:
    """Build what is complete."""
    play.make("good1-1.0-2731.eln150", "ebs", 206)
    play.build("ebs", f"good1#{'aaa':1<40}", SIDE)


def built_for_no_target(play: Play) -> None:
    """Build for a target that was removed with its side tag."""
    del play.world.targets[SIDE]
    built("ebs", f"good1#{'aaa':1<40}", SIDE)(play)


def published(play: Play) -> None:
    """Tag and untag as Bodhi does."""
    with play.of("bodhi").multicall() as calls:
        for nvr in play.names:
            calls.tagBuildBypass("eln", nvr)
    with play.of("bodhi").multicall() as calls:
        for nvr in play.names:
            calls.untagBuildBypass("eln-updates-candidate", nvr)


def not_permitted(method: str, builds: Any) -> Act:
    """Call what asks for a permission."""
    return lambda play: getattr(play.of("ebs"), method)("eln", builds)


def deleted_build(play: Play) -> None:
    """Tag a build that was deleted."""
    play.make("unlisted-in-eln-1.0-2731.fc42", "packager1", 211)
    play.failed("unlisted-in-eln-1.0-2731.fc42", BuildState.DELETED)
    play.of("bodhi").tagBuildBypass("f42", "unlisted-in-eln-1.0-2731.fc42")


def cancelled(play: Play) -> None:
    """Cancel a task that builds."""
    number = play.build("ebs", f"slow1#{'bbb':1<40}", SIDE)
    play.of("ebs").cancelTask(number)


def cancelled_build(play: Play) -> None:
    """Cancel a build."""
    play.build("ebs", f"slow1#{'bbc':1<40}", SIDE)
    assert play.of("ebs").cancelBuild("slow1-1.0-3005.eln150") is True


def cancelled_free(play: Play) -> None:
    """Cancel a task that nobody took up."""
    number = play.of("ebs").build(f"{GIT}slow1#{'bbd':1<40}", SIDE)
    play.of("ebs").cancelTask(number)


def massed(tag: str, user: str = "bodhi") -> Act:
    """Tag all builds in one call."""
    return lambda play: play.of(user).massTag(tag, play.names)


def bypassed(tag: str, nvr: str, **given: Any) -> Act:
    """Tag what is tagged."""

    def act(play: Play) -> None:
        held(play, tag, nvr)
        play.of("bodhi").tagBuildBypass(tag, nvr, **given)

    return act


def held(play: Play, tag: str, nvr: str) -> None:
    """Let a build be tagged before."""
    play.make(nvr, "packager1", 2)
    bus, play.world.bus = play.world.bus, None
    release(play.world, play.world.build(nvr), tag)
    play.world.bus = bus


def untagged(*, tagged: bool, strict: bool = True) -> Act:
    """Untag what is or is not tagged."""

    def act(play: Play) -> None:
        play.make("pkg001-1.0-162.fc41", "packager1", 2)
        build, tag = play.world.build("pkg001-1.0-162.fc41"), play.world.tag("f42")
        if tagged is not ((build.id, tag.id) in play.world.listings.active):
            bus, play.world.bus = play.world.bus, None
            turn = tagging.tag_build if tagged else tagging.untag_build
            turn(play.world, tag, build, play.world.user("bodhi"))
            play.world.bus = bus
        play.of("bodhi").untagBuildBypass("f42", build.nvr, strict=strict)

    return act


def in_multicall(play: Play) -> None:
    """Let a call of a multicall fail after it tagged: what it did is undone."""
    with play.of("bodhi").multicall(strict=False) as calls:
        calls.massTag("eln", [play.names[0], "nosuch-1-1"])
        calls.tagBuildBypass("eln", play.names[1])
    assert [b["nvr"] for b in play.of("bodhi").listTagged("eln")] in ([], [play.names[1]])
    assert list(play.world.listings.active) == [(13, play.world.tag("eln").id)]


def outside_multicall(play: Play) -> None:
    """The same in a call of its own."""
    play.make("pkg041-1.0-58.fc41", "packager1", 12)
    play.of("bodhi").massTag("eln", ["pkg041-1.0-58.fc41", "nosuch-1-1"])


def cloned(play: Play) -> None:
    """Clone a tag with its packages and builds."""
    names = [told(line).rpartition(" ")[2] for line in play.heard if line.startswith("package")]
    source = play.world.tag("f42")
    source.packages.clear()
    for name in names:
        play.world.list_package("f42", name)
    bus, play.world.bus = play.world.bus, None
    for nvr in play.names:
        release(play.world, play.world.build(nvr), "f42")
    play.world.bus = bus
    play.of("releng").snapshotTag("f42", "f43")


def renamed(play: Play) -> None:
    """Rename a tag."""
    play.of("releng").editTag2("f43-old", name="f43")


def deleted(play: Play) -> None:
    """Delete a tag that holds a build."""
    held(play, "tmp-tag", "pkg001-1.0-162.fc41")
    tagging.delete_tag(play.world, play.world.tag("tmp-tag"), play.world.user("releng"))


def incomplete(method: str) -> Act:
    """Tag a build that failed."""

    def act(play: Play) -> None:
        play.make("bad1-1.0-2733.fc42", "packager1", 205)
        play.failed("bad1-1.0-2733.fc42")
        getattr(play.of("bodhi"), method)("f42", "bad1-1.0-2733.fc42")

    return act


def refused(tag: str, user: str, **config: Any) -> Act:
    """Tag into a tag that is shut."""

    def act(play: Play) -> None:
        play.make("good1-1.0-2731.fc42", "packager1", 203)
        if config:
            play.world.add_tag("shut", open=True, **config)
            play.world.list_package("shut", "good1")
        play.of(user).tagBuild(tag, "good1-1.0-2731.fc42")

    return act


def unlisted(*, blocked: bool) -> Act:
    """Tag a package that is not on the tag's list, or blocked."""

    def act(play: Play) -> None:
        name = "good2" if blocked else "unlisted-in-eln"
        play.make(f"{name}-1.0-2732.fc42", "packager1", 300)
        if blocked:
            play.world.list_package("eln-updates-candidate", name, blocked=True)
        play.of("ebs").tagBuild("eln-updates-candidate", f"{name}-1.0-2732.fc42")

    return act


def built(user: str, source: str, target: str, *given: Any, ending: Ending | None = None) -> Act:
    """Build to the end, whatever that is."""

    def act(play: Play) -> None:
        if ending is not None:
            play.stage.server.hub.builders.outcome = lambda task: Outcome(ending, stage.QUICK)
        number = play.build(user, source, target, *given)
        expected = play.step.result
        faults = [item for item in expected if isinstance(item, dict) and "faultCode" in item]
        if faults:
            found = play.of(user).getTaskResult(number, raise_fault=False)
            assert found["faultCode"] == faults[0]["faultCode"]
            if not faults[0]["faultString"].startswith("rig:"):
                assert text(found["faultString"]) == text(faults[0]["faultString"])

    return act


UNORDERED = {"flow/011-04-multicall-tagBuild-into-sidetag"}
"""Several tasks at once end in any order."""

SHARED = "pkg001-1.0-162.fc41"
ACTS: dict[str, Act] = {
    "flow/001-01-build-good1-f42-candidate": built(
        "packager1", f"good1#{'aaa':1<40}", "f42-candidate"
    ),
    "flow/002-01b-build-good2-f42-candidate": built(
        "packager1", f"good2#{'aab':1<40}", "f42-candidate"
    ),
    "flow/003-01c-build-bad1-f42-candidate-FAILS": built(
        "packager1", f"bad1#{'aac':1<40}", "f42-candidate"
    ),
    "flow/004-02-bodhi-moveBuild-into-f42": moved,
    "flow/011-04-multicall-tagBuild-into-sidetag": tagged_into(SIDE),
    "flow/030-06i-build-again-same-NVR-existing-COMPLETE": built_twice,
    "flow/031-06j-build-again-same-NVR-previously-FAILED": built_again,
    "flow/032-07-cancelTask-while-building": cancelled,
    "flow/036-07e-cancelBuild": cancelled_build,
    "flow/037-07f-cancelTask-while-FREE": cancelled_free,
    "flow/041-08b-bodhi-multicall-tagBuildBypass-untagBuildBypass-to-eln": published,
    "flow/042-08c-tagBuild-plain-user-not-permitted-eln": refused("eln", "ebs"),
    "flow/043-08d-tagBuildBypass-plain-user": not_permitted("tagBuildBypass", SHARED),
    "flow/044-08e-massTag-plain-user": not_permitted("massTag", [SHARED]),
    "flow/055-09k-build-into-removed-target": built_for_no_target,
    "flow2/001-10-massTag-200-into-f41": massed("f41"),
    "flow2/002-11-massTag-200-f41-builds-into-f42-RETAG": massed("f42"),
    "flow2/003-11b-massTag-same-again-into-f42-force-retag": massed("f42"),
    "flow2/006-12-tagBuildBypass-already-tagged": bypassed("f42", SHARED),
    "flow2/007-12b-tagBuildBypass-force-retag": bypassed("f42", SHARED, force=True),
    "flow2/008-12c-untagBuildBypass": untagged(tagged=True),
    "flow2/009-12d-untagBuildBypass-not-tagged": untagged(tagged=False),
    "flow2/010-12e-untagBuildBypass-not-tagged-strict-False-PHANTOM-untag": untagged(
        tagged=False, strict=False
    ),
    "flow2/012-13-multicall-PHANTOM-tag-message-after-savepoint-rollback": in_multicall,
    "flow2/013-13b-same-outside-multicall-no-phantom": outside_multicall,
    "flow2/014-14-multicall-batch20-tagBuildBypass-40": massed("eln"),
    "flow2/015-15-snapshotTag-clone-f42-to-f43": cloned,
    "flow2/017-16-rename-tag-f43-to-f43-old": renamed,
    "flow2/022-16f-tag-into-renamed": massed("f43-old"),
    "flow2/025-17c-deleteTag-with-builds-no-untag": deleted,
    "flow2/026-18-tag-FAILED-build": incomplete("tagBuildBypass"),
    "flow2/027-18b-tagBuild-FAILED-build": incomplete("tagBuild"),
    "flow2/029-18d-tagBuild-package-not-listed": unlisted(blocked=False),
    "flow2/030-18e-build-package-not-listed-in-sidetag": built(
        "ebs", f"unlisted-in-eln#{'aaa':2<40}", SIDE_2
    ),
    "flow2/031-18f-tagBuild-package-blocked": unlisted(blocked=True),
    "flow2/034-18i-tag-locked": refused("shut", "bodhi", locked=True),
    "flow2/035-18j-tag-perm": refused("shut", "bodhi", perm="admin"),
    "flow2/036-19-build-COMPLETE-but-tagBuild-FAILED": built(
        "ebs", f"good2#{'acc':2<40}", SIDE_2, ending=Ending.NOT_TAGGED
    ),
    "flow2/037-19b-build-fails-in-SRPM-no-build-no-message": built(
        "ebs", f"good1#{'acd':2<40}", SIDE_2, ending=Ending.NO_SRPM
    ),
    "flow2/038-19c-build-unknown-target": built("ebs", f"good1#{'ace':2<40}", "nosuch-target"),
    "flow2/040-20-scratch-build": built("ebs", f"good1#{'add':2<40}", SIDE_2, {"scratch": True}),
    "flow2/041-20b-build-skip_tag-priority": built(
        "ebs", f"good1#{'ade':2<40}", SIDE_2, {"skip_tag": True}, 5
    ),
    "flow2/042-20c-build-negative-priority": built("ebs", f"good1#{'adf':2<40}", SIDE_2, {}, -1),
    "flow2/043-20d-build-fail_fast-wait_builds": built(
        "ebs", f"good1#{'ae0':2<40}", SIDE_2, {"fail_fast": True}
    ),
    "flow2/047-21d-tag-deleted-build": deleted_build,
}


@pytest.mark.parametrize("label", ACTS)
def test_a_step_says_what_was_recorded(label: str) -> None:
    """A step sends the recorded messages and no other, and ends in the recorded error."""
    with playing(label) as play:
        error = None
        try:
            ACTS[label](play)
        except koji.GenericError as raised:
            error = f"{type(raised).__name__} {raised.faultCode}: {raised}"
        play.stage.settle()

        assert play.world.bus is not None
        heard = [numberless(line(message)) for message in play.world.bus.sent]
        expected = [numberless(told(one)) for one in play.heard]
        if label in UNORDERED:
            heard, expected = sorted(heard), sorted(expected)
        assert heard == expected
        assert error == play.step.error
