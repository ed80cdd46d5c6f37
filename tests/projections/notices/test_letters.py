# SPDX-License-Identifier: GPL-3.0-or-later
"""Letters: what failed and why and where to look, what is mended, what waits for a person."""

import pytest
from msgspec.structs import replace

from adapters.service.journal import Journal
from adapters.store.log import EventLog
from domain.batch import Batch, BatchEvent, evolve, stream
from domain.batch.events import BuildFinished, Finished, Held, PromotionRefused
from domain.batch.update_events import (
    StableTimedOut,
    UpdateDropped,
    UpdateHeld,
    UpdatesPlanned,
)
from domain.envelope import Recorded
from domain.package import Package
from domain.service.events import DigestDue, HeldBuild, Paused, PlanHeld
from projections.notices import Letter
from projections.notices.letters import TOPICS, failures, fixed, letters
from tests.domain.given import DAY, Fact, commit, time
from tests.domain.service.given import said
from tests.projections.notices import told
from tests.projections.writing import record

WEB = "https://koji.example/koji/"


def batch(*events: BatchEvent) -> Batch:
    """Return the batch after these events."""
    found = Batch(told.BATCH)
    for version, event in enumerate(events, start=1):
        found = evolve(found, Fact(stream(told.BATCH), event).recorded(version, version))
    return found


def about(log: EventLog, recorded: Recorded) -> list[Letter]:
    """Return the letters about an event."""
    with log.reading() as cursor:
        return list(letters(cursor, recorded, WEB))


def test_failures() -> None:
    """ELNBuildSync's subject; of each the source, the build, the reason and its logs."""
    [letter] = failures(batch(*told.events()), WEB)

    assert (letter.kind, letter.subject) == ("failures", "ELNBuildSync build failures")
    assert letter.packages == ("zsh",)
    assert letter.text == (
        "Batch 7 could not build these sources for ELN:\n\n"
        f"{commit(2, 'zsh')}\n"
        f"  zsh-1-2.fc42: failed: {told.FAULT}\n"
        "  https://koji.example/koji/taskinfo?taskID=101\n\n"
        "They are not tried again before there is a newer build, or 'ebs failed clear'.\n"
    )


def test_a_batch_without_failures() -> None:
    """There is nothing to tell."""
    assert list(failures(batch(*told.events(failed=())), WEB)) == []


def test_what_is_a_failure() -> None:
    """What failed, took too long, was cancelled in Koji, or was not promoted; the rest is known."""
    events = list(told.events(failed=()))[:3]
    for build_id, outcome in ((10, "timed-out"), (11, "refused"), (12, "abandoned")):
        events.append(BuildFinished(build_id, outcome, 100))  # type: ignore[arg-type]
    [letter] = failures(batch(*events), WEB)
    assert letter.packages == ("bash",)

    refused = batch(*told.events(failed=()), PromotionRefused(10, 900, "Target build exists"))
    [letter] = failures(refused, WEB)
    assert "built as bash-2-1.eln142, and Koji refused to promote the draft" in letter.text


def test_a_build_that_was_never_submitted() -> None:
    """It has no logs."""
    events = [*list(told.events())[:3], BuildFinished(11, "cancelled")]
    [letter] = failures(batch(*events), WEB)

    assert "taskID" not in letter.text


def packages(*facts: Fact) -> dict[str, Package]:
    """Return the packages before the batch ends, and after more."""
    started = told.earlier().and_then(*facts)
    return started.packages


def test_fixed() -> None:
    """What is built now and had failed the time before: not what failed again, nor what had not."""
    [letter] = fixed(batch(*told.events()), packages())

    assert (letter.kind, letter.subject) == ("fixed", "ELNBuildSync builds fixed")
    assert letter.packages == ("bash",)
    assert "bash: bash-2-1.eln142\n" in letter.text


def test_what_failed_and_was_built_meanwhile_is_not_fixed_again() -> None:
    """Only the last time before counts."""
    mended = packages(told.built("bash", 2))

    assert list(fixed(batch(*told.events()), mended)) == []


def test_what_came_after_the_batch_does_not_count() -> None:
    """A letter that is written late says the same."""
    own = {name: _taken(package) for name, package in packages().items()}
    [letter] = fixed(batch(*told.events()), own)

    assert letter.packages == ("bash",)


def _taken(package: Package) -> Package:
    """The batch's attempt is built, and one after it failed."""
    *before, mine = package.ledger
    mine = replace(mine, batch=told.BATCH, outcome="built")
    return replace(package, ledger=(*before, mine, replace(mine, batch=8, outcome="failed")))


def test_both_letters_of_a_batch(journal: Journal, log: EventLog) -> None:
    """From the log: failures first, then what is mended."""
    record(journal, told.facts())
    found = about(log, told.last(list(log.read()), "finished"))

    assert [(letter.kind, letter.packages) for letter in found] == [
        ("failures", ("zsh",)),
        ("fixed", ("bash",)),
    ]


def test_a_plan_that_is_held(log: EventLog) -> None:
    """Its name, why, how many, what to type; of many packages the first hundred."""
    builds = tuple(HeldBuild(f"pkg{number:03}", number, 0) for number in range(120))
    held = PlanHeld("0123456789ab", "120 builds in 24 hours, 100 are allowed", builds)
    [letter] = about(log, said(held).recorded(1, 1))

    assert letter.subject == "ELNBuildSync holds a plan of 120 builds"
    assert "approves it: 120 builds in 24 hours, 100 are allowed.\n" in letter.text
    assert "ebs approve 0123456789ab\n" in letter.text
    assert letter.text.endswith("pkg098, pkg099 and 20 more\n")


def test_a_digest(journal: Journal, log: EventLog) -> None:
    """What happened since the last one, what fails now, and whether it is paused."""
    record(journal, told.facts())
    before = log.head()
    record(journal, [said(Paused("branching"), 200, by="ada")])
    due = DigestDue("mail", "daily", time(0), time(DAY), after=0)
    [letter] = about(log, said(due).recorded(before, 1))

    assert letter.kind == "daily-digest"
    assert letter.subject == "ELNBuildSync daily digest: 3 built, 1 failing"
    lines = letter.text.splitlines()
    assert lines[0] == "From 2024-08-13 00:00Z to 2024-08-14 00:00Z:"
    assert "       6  builds tagged in Koji" in lines
    assert "       3  builds failed" in lines
    assert "       1  batches finished" in lines
    assert not any("pauses" in line for line in lines), "it came after"
    assert "Paused by ada since 2024-08-13 00:03Z: branching" in lines
    assert "  zsh: zsh-1-2.fc42 failed on 2024-08-13" in lines


def test_a_digest_of_nothing(journal: Journal, log: EventLog) -> None:
    """It is a sign of life, also before there is a policy."""
    due = DigestDue("mail", "weekly", time(0), time(7 * DAY), after=0)
    [letter] = about(log, said(due).recorded(1, 1))

    assert letter.kind == "weekly-digest"
    assert letter.text == (
        "From 2024-08-13 00:00Z to 2024-08-20 00:00Z:\n\n"
        "nothing happened.\n\n"
        "Not paused, and no plan is held.\n\n"
        "0 packages failed last, and wait for a newer build\n"
    )


def test_the_events_that_are_told() -> None:
    """A batch that finished, what is held or late, a digest that is due."""
    delayed = (Held.topic, UpdateHeld.topic, UpdateDropped.topic, StableTimedOut.topic)
    assert (Finished.topic, PlanHeld.topic, *delayed, DigestDue.topic) == TOPICS


UNTIL = time(DAY)
DELAYS = {
    "held": (Held("3 side tags came to nothing", UNTIL), "side tags came to nothing", 3),
    "update-held": (
        UpdateHeld(1, "unsigned", UNTIL),
        "update of batch 7: unsigned. It is asked",
        1,
    ),
    "update-dropped": (UpdateDropped(1, "unsigned"), "for a person to publish", 1),
    "stable-timed-out": (StableTimedOut(1, (10,), stalled=True), "signing seems backed up", 1),
}


@pytest.mark.parametrize("kind", DELAYS)
def test_what_holds_a_batch_up(kind: str, journal: Journal, log: EventLog) -> None:
    """What it is, until when, where to look, and which packages wait for it."""
    event, told_of, concerned = DELAYS[kind]
    record(journal, [*told.facts()][:-1])  # it has not finished
    planned = UpdatesPlanned(((10,),), "eln", 3600)
    record(journal, [Fact(stream(told.BATCH), each, 200) for each in (planned, event)])
    [letter] = about(log, told.last(list(log.read()), kind))

    assert letter.kind == kind
    assert told_of in letter.text
    assert "ebs batch 7\n" in letter.text
    assert len(letter.packages) == concerned
