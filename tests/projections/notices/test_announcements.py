# SPDX-License-Identifier: GPL-3.0-or-later
"""Announcements: each event that is announced makes one message, of the form that is promised."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from adapters.bus.schemas import BY_KIND
from adapters.service.journal import Journal
from adapters.store.log import EventLog
from domain.package.events import Built
from domain.service.events import (
    HeldBuild,
    Paused,
    PauseExpired,
    PlanHeld,
    PolicyAdopted,
    Resumed,
)
from projections.notices import Announcement
from projections.notices.announcements import TOPICS, announcements
from tests.domain.given import Fact, happened, time
from tests.domain.service.given import said
from tests.projections.notices import told
from tests.projections.writing import record


def everything() -> Iterator[Fact]:
    """Yield events of every kind that is announced."""
    yield from told.facts()
    yield happened("zlib", Built(7, "scratch", 0))
    yield said(PlanHeld("0123456789ab", "too many", (HeldBuild("bash", 1, 0),)))
    yield said(Paused("branching", time(99)), by="ada")
    yield said(Paused("still branching"), by="ada")
    yield said(PauseExpired(), by="ebs")
    yield said(Resumed("done"), by="ada")


@pytest.fixture
def announced(journal: Journal, log: EventLog) -> list[Announcement]:
    """What is announced of it."""
    record(journal, everything())
    with log.reading() as cursor:
        return [a for event in log.read(topics=TOPICS) for a in announcements(cursor, event)]


def of(announced: list[Announcement], kind: str) -> list[dict[str, object]]:
    """Return the bodies of a kind."""
    return [each.body for each in announced if each.kind == kind]


def test_each_is_of_its_schema(announced: list[Announcement]) -> None:
    """fedora-messaging takes each body, and has a summary of it for people."""
    for each in announced:
        message = BY_KIND[each.kind](body=each.body)
        message.validate()
        assert message.summary
    assert {each.kind for each in announced} == set(BY_KIND)


def test_a_batch(announced: list[Announcement]) -> None:
    """It starts with all its packages, and ends with what was built of them and what not."""
    assert of(announced, "batch.started") == [
        {"batch": 7, "mode": "live", "target": "eln", "packages": ["bash", "zsh", "gcc"]}
    ]
    assert of(announced, "batch.finished") == [
        {"batch": 7, "mode": "live", "built": ["bash", "gcc"], "failed": ["zsh"]}
    ]


def test_a_package(announced: list[Announcement]) -> None:
    """Which build of Rawhide became which of ELN; what is not known is null."""
    *_, bash, _, zlib = of(announced, "package.rebuilt")

    assert bash == {
        "package": "bash",
        "build_id": 2,
        "mode": "live",
        "batch": 7,
        "downstream_build_id": 900,
        "downstream_nvr": "bash-2-1.eln142",
    }
    assert zlib == {
        "package": "zlib",
        "build_id": 7,
        "mode": "scratch",
        "batch": None,
        "downstream_build_id": None,
        "downstream_nvr": None,
    }


def test_the_service(announced: list[Announcement]) -> None:
    """Who paused and why, until when; who resumed; what waits for a person."""
    assert of(announced, "paused") == [
        {"by": "ada", "reason": "branching", "until": "2024-08-13T00:01:39+00:00"},
        {"by": "ada", "reason": "still branching", "until": None},
    ]
    assert of(announced, "resumed") == [
        {"by": "ebs", "reason": "the pause ran out"},
        {"by": "ada", "reason": "done"},
    ]
    assert of(announced, "plan.held") == [
        {"plan": "0123456789ab", "reason": "too many", "builds": 1}
    ]


def test_the_policy_pauses(journal: Journal, log: EventLog) -> None:
    """Told where it changes: by the first policy that says so, and by the one that does not."""
    calm = told.CONFIGURED.policy
    assert calm is not None
    for number, pause in enumerate([False, True, True, False, True]):
        policy = replace(calm, pause=pause, status_interval=600 + number)
        record(journal, [said(PolicyAdopted(f"{number}", policy, "git"))])
    with log.reading() as cursor:
        found = [list(announcements(cursor, event)) for event in log.read(topics=TOPICS)]

    assert [[(a.kind, a.body["by"]) for a in each] for each in found] == [
        [],
        [("paused", "policy")],
        [],
        [("resumed", "policy")],
        [("paused", "policy")],
    ]
