# SPDX-License-Identifier: GPL-3.0-or-later
"""shadow: decided beside another service, and compared with what that one built."""

import pytest

from adapters.service.journal import Journal, package_draft
from adapters.service.operation import Operation
from adapters.store.log import EventLog
from domain.package.events import DestinationSeen
from tests.adapters.cli.conftest import Ebs
from tests.domain.given import MIDNIGHT


@pytest.fixture
def shadowed(ready: Ebs, log: EventLog) -> Ebs:
    """Bash and freeipa were queued in shadow; the other service built bash, and zlib once more."""
    assert ready("work", "--once", "--shadow").code == 0
    meta = Operation("ebs", "catch-up", MIDNIGHT).meta()
    Journal(log).record(
        lambda _: [
            package_draft(name, DestinationSeen(900 + n, f"{name}-1-1.eln141", source), meta)
            for n, (name, source) in enumerate(
                {
                    "bash": f"git+https://src.example/rpms/bash#{'1' * 40}",
                    "zlib": f"git+https://src.example/rpms/zlib#{'2' * 40}",
                }.items()
            )
        ]
    )
    return ready


def test_the_report(shadowed: Ebs) -> None:
    """Each source once: built in both, only here, or only there with our verdict on it."""
    found = shadowed("shadow", "report", "--json").json

    assert found["counts"] == {"same": 1, "only here": 1, "only there": 1}
    assert {each["package"]: each["found"] for each in found["sources"]} == {
        "bash": "same",
        "freeipa": "only here",
        "zlib": "only there",
    }
    assert "freeipa" in shadowed("shadow", "report").out
    assert len(shadowed("shadow", "report", "--csv").out.splitlines()) == 4


def test_the_shadow_keeps_nothing_from_being_built(shadowed: Ebs) -> None:
    """What it queued is queued again by the service itself: each mode sees its own ledger."""
    assert shadowed("queue", "--json").json != []
    shadowed("work", "--once")
    assert {each["package"] for each in shadowed("queue", "--json").json} == {"freeipa"}


def test_without_a_baseline(ebs: Ebs) -> None:
    """There is nothing to compare."""
    assert ebs("shadow", "report").code == 4
