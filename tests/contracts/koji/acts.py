# SPDX-License-Identifier: GPL-3.0-or-later
"""What was done in the recorded steps, to be done again."""

from collections.abc import Callable
from typing import Any

from adapters.sandbox.hub import Ending, Outcome, release, tagging
from adapters.sandbox.hub.model import BuildState
from tests.contracts.koji import stage
from tests.contracts.koji.play import GIT, SIDE, Play, told
from tests.contracts.koji.shape import text

SHARED = "pkg001-1.0-162.fc41"
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


def side_tag_made(base: str) -> Act:
    """Make a side tag."""
    return lambda play: play.of("ebs").createSideTag(base)


def side_tag_removed(user: str) -> Act:
    """Remove a side tag of ebs that holds a build."""

    def act(play: Play) -> None:
        tag = play.of("ebs").createSideTag("eln")
        held(play, tag["name"], SHARED)
        play.of(user).removeSideTag(tag["id"])

    return act


def no_side_tag_removed(play: Play) -> None:
    """Remove a tag that is none."""
    play.of("ebs").removeSideTag("eln")


def side_tag_removed_again(play: Play) -> None:
    """Remove a side tag that is gone."""
    tagging.delete_tag(play.world, play.world.tag(SIDE), play.world.user("ebs"))
    play.of("ebs").removeSideTag(SIDE)


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
