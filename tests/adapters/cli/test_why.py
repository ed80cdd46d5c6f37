# SPDX-License-Identifier: GPL-3.0-or-later
"""why: the first sentence says how it is now, what waits for whom, and who had it so."""

import pytest

from tests.adapters.cli.conftest import Ebs, World


def first(ebs: Ebs, package: str) -> str:
    """The answer."""
    return ebs("why", package).out.splitlines()[0]


def test_what_the_guard_holds_names_its_plan(held: str, ebs: Ebs) -> None:
    """A build that waits for a person: which plan holds it, and how to let it pass."""
    assert first(ebs, "bash").startswith(
        f"bash-1-1.fc41 is due; the guard holds it in plan {held}: ebs approve {held}"
    )


def test_what_waits_for_a_pause_names_it(ready: Ebs) -> None:
    """A build that is due while it is paused: by whom, until when."""
    ready("pause", "--reason", "branching", "--until", "2199-01-01T12:00Z")
    by = ready("status", "--json").json["paused"]["by"]

    assert f"is due and waits for the end of the pause by {by} until 2199-01-01 12:00" in first(
        ready, "bash"
    )


def test_what_waits_for_a_baseline_says_so(ebs: Ebs, world: World) -> None:
    """Before the first baseline nothing is queued, and that is why."""
    ebs("config", "adopt")
    ebs("ingest", world.file("m.jsonl", world.message("bash", 11)))

    assert "is due and waits for the first baseline" in first(ebs, "bash")


def test_a_request_is_named_before_and_after_it_is_queued(ready: Ebs) -> None:
    """Who asked for the build, and why."""
    ready("work", "--once")
    ready("trigger", "zlib", "--force", "--reason", "it got lost")
    by = ready("events", "--type", "requested", "--csv").out.splitlines()[1].split(",")[8]

    assert f"is due and waits for the next pass ('ebs work'): requested by {by}" in first(
        ready, "zlib"
    )
    ready("work", "--once")
    assert "is queued, by the verdict at position" in first(ready, "zlib")
    assert f"requested by {by}: it got lost" in first(ready, "zlib")


def test_a_rebuild_is_named_of_what_was_there_before_it(ready: Ebs, world: World) -> None:
    """What a rebuild made due says so; a build that came later is due by itself."""
    ready("work", "--once")
    ready("rebuild", "zlib", "--reason", "a new compiler")
    assert "is due" in first(ready, "zlib")
    ready("work", "--once")
    assert "a rebuild was asked for by" in first(ready, "zlib")
    assert "a new compiler" in first(ready, "zlib")

    ready("ingest", world.file("m.jsonl", world.message("zlib", 12)))
    ready("work", "--once")
    assert "zlib-2-1.fc41 is queued" in first(ready, "zlib")
    assert "compiler" not in first(ready, "zlib")


def test_an_approval_is_named(held: str, ebs: Ebs) -> None:
    """Who let the plan pass the guard, and why."""
    ebs("approve", held, "--reason", "all of it is new")

    assert "approved by" in first(ebs, "bash")
    assert "all of it is new" in first(ebs, "bash")


def test_a_rejection_is_told_with_its_reason(held: str, ebs: Ebs) -> None:
    """Before and after the pass that records it."""
    ebs("reject", held, "--reason", "a mistake")
    assert "bash-1-1.fc41 was rejected: a mistake (by " in first(ebs, "bash")
    ebs("work", "--once")
    assert "bash-1-1.fc41 was rejected: a mistake (by " in first(ebs, "bash")


@pytest.mark.parametrize("width", ["80", "100", "160"])
def test_no_word_is_broken(
    ready: Ebs, world: World, monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    """A story is no wider than the terminal, and each of its words stands whole."""
    ready("ingest", world.file("m.jsonl", world.message("zlib", 12)))
    ready("work", "--once")
    whole = ready("why", "zlib").out.split()
    monkeypatch.setenv("COLUMNS", width)
    ran = ready("why", "zlib")

    assert max(map(len, ran.out.splitlines())) <= int(width)
    # Only a date that stands in the line above may be left out.
    assert set(whole) == set(ran.out.split())
