# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole steps as they were recorded: what each sent on the bus, and the error it ended in."""

import koji
import pytest

from adapters.sandbox.hub import Ending
from tests.contracts.koji.acts import (
    SHARED,
    Act,
    built,
    built_again,
    built_for_no_target,
    built_twice,
    bypassed,
    cancelled,
    cancelled_build,
    cancelled_free,
    cloned,
    deleted,
    deleted_build,
    in_multicall,
    incomplete,
    massed,
    moved,
    no_side_tag_removed,
    not_permitted,
    outside_multicall,
    published,
    refused,
    renamed,
    side_tag_made,
    side_tag_removed,
    side_tag_removed_again,
    tagged_into,
    unlisted,
    untagged,
)
from tests.contracts.koji.play import SIDE, SIDE_2, line, numberless, playing, told

UNORDERED = {"flow/011-04-multicall-tagBuild-into-sidetag"}
"""Several tasks at once end in any order."""

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
    "flow/005-03-createSideTag": side_tag_made("eln"),
    "flow/010-03f-createSideTag-unknown-base": side_tag_made("nosuch-build"),
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
    "flow/046-09b-removeSideTag-not-owner": side_tag_removed("packager1"),
    "flow/047-09c-removeSideTag-not-a-sidetag": no_side_tag_removed,
    "flow/048-09d-removeSideTag-with-build-still-tagged": side_tag_removed("ebs"),
    "flow/049-09e-removeSideTag-again": side_tag_removed_again,
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
