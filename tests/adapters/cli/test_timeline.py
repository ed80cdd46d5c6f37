# SPDX-License-Identifier: GPL-3.0-or-later
"""timeline and note: what happened between two and four, and what people know of it."""

import json
import shlex

import pytest

from adapters.cli.timeline import FORMATS
from tests.adapters.cli.conftest import Ebs, World


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_data_on_stdout(ready: Ebs, form: str) -> None:
    """And nothing is said beside it."""
    ran = ready("timeline", "--format", form)

    assert (ran.code, ran.err) == (0, "")
    assert "baseline taken" in ran.out


def test_the_day_without_from(ready: Ebs) -> None:
    """Up to now, in UTC."""
    window = ready("timeline", "--format", "json").json["window"]

    assert window["after"] == 0
    assert window["since"].endswith("Z")


def test_it_can_be_made_again(ready: Ebs) -> None:
    """The command that it names gives the same once more, when more was recorded since."""
    ready("pause", "--reason", "branching")
    first = ready("timeline", "--from", "-6h", "--format", "json").json
    ready("resume")
    _, *again = shlex.split(first["source"]["command"])
    second = ready(*again, "--format", "json").json

    assert {**first, "source": None} == {**second, "source": None}
    assert second["source"]["position"] == first["source"]["position"] + 1


def test_of_nothing_it_says_so(ready: Ebs) -> None:
    """A time is when it was recorded; a person who meant another is not left alone with nothing."""
    ran = ready("timeline", "--from", "2001-01-01T00:00Z", "--to", "2001-01-02T00:00Z")

    assert ran.code == 0
    assert "0 events" in ran.out
    assert "nothing was recorded then" in ran.err


FIRST, LAST = "0001-01-01T00:00Z", "9999-12-31T23:59:59Z"


@pytest.mark.parametrize("window", [("--from", FIRST, "--to", LAST), ("--from", LAST)])
@pytest.mark.parametrize("form", ["text", "svg", "html"])
def test_no_time_is_too_far_away(ready: Ebs, window: tuple[str, ...], form: str) -> None:
    """From the first to the last that can be written, or only there, it is drawn."""
    ran = ready("timeline", *window, "--format", form)

    assert (ran.code, "Traceback" in ran.err) == (0, False)


def test_filters_hide_and_say_so(ready: Ebs) -> None:
    """By package, actor and type; they may be repeated, and are in the command."""
    ready("pause", "--reason", "branching")
    all_of_it = ready("timeline", "--format", "json").json["counts"]
    ran = ready("timeline", "--type", "paused", "--type", "resumed", "--format", "json").json

    assert ran["counts"] == {"shown": 1, "folded": 0, "hidden": sum(all_of_it.values()) - 1}
    assert ran["source"]["command"].endswith("--type paused --type resumed")
    assert "Filters: " in ready("timeline", "--actor", "nobody").out
    assert "bash" in ready("timeline", "--package", "bash").out


def test_unfolded_each_is_shown(ready: Ebs) -> None:
    """--unfold opens what is folded."""
    folded = ready("timeline", "--format", "json").json["counts"]
    unfolded = ready("timeline", "--unfold", "--format", "json").json["counts"]

    assert folded["folded"] > 0
    assert (unfolded["folded"], sum(unfolded.values())) == (0, sum(folded.values()))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--from", "2024-08-13T14:00"), 2, "add its offset"),
        (("--from", "9", "--to", "3"), 2, "--from comes after --to"),
        (("--from", "999999"), 3, "there is no position 999999"),
        (("--package", "nosuch"), 3, "nosuch"),
        (("--batch", "9"), 3, "there was no batch 9"),
        (("--type", "nosuch"), 2, "nosuch"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_not_there_is_an_error(
    ready: Ebs, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """With the exit code that is documented, and what to do."""
    ran = ready("timeline", *arguments)

    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert "do: " in ran.err


def test_a_day_to_come_is_empty(ready: Ebs) -> None:
    """Without --to there is no end that it could come after."""
    ran = ready("timeline", "--from", "2199-01-01T00:00Z")

    assert (ran.code, "0 events" in ran.out) == (0, True)
    assert "nothing was recorded then" in ran.err


# --- notes -------------------------------------------------------------------------------------


def test_a_note_is_an_event(ready: Ebs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under one's name, at a time, a position or now, about a package or a batch."""
    monkeypatch.setenv("LOGNAME", "ada")
    ready("note", "the hub was slow", "--at", "2024-08-13T15:10Z")
    ready("note", "look here", "--at", "3", "--package", "bash")
    third = ready("events", "--after", "2", "--limit", "1", "--json").json
    first, second = map(
        json.loads, ready("events", "--type", "note-added", "--json").out.splitlines()
    )

    assert first["data"] == {"text": "the hub was slow"}
    assert (first["occurred_at"], first["actor"]) == ("2024-08-13T15:10:00Z", "ada")
    assert second["data"] == {"text": "look here", "package": "bash"}
    assert second["occurred_at"] == third["occurred_at"]


def test_a_note_is_on_the_timeline(ready: Ebs) -> None:
    """With what it is about."""
    ready("note", "look here", "--package", "bash")

    assert "▲ note: bash: look here" in ready("timeline").out
    assert "look here" in ready("timeline", "--package", "bash").out


def test_a_dry_run_notes_nothing(ready: Ebs) -> None:
    """It says what would be recorded."""
    before = ready("status", "--json").json["position"]
    ran = ready("note", "x", "--dry-run")

    assert ran.code == 0
    assert "note-added" in ran.out
    assert ready("status", "--json").json["position"] == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("x", "--package", "nosuch"), 3),
        (("x", "--batch", "9"), 3),
        (("x", "--at", "999999"), 3),
        (("x", "--at", "0"), 3),
        (("x", "--at", "2999-01-01T00:00Z"), 1),
        (("x" * 2_001,), 1),
        (("x", "--at", "2024-08-13T15:10"), 2),
    ],
    ids=["package", "batch", "position", "beginning", "future", "long", "offset"],
)
def test_a_note_that_is_none(
    ready: Ebs, world: World, arguments: tuple[str, ...], code: int
) -> None:
    """Nothing is recorded; what, why and what to do is said."""
    ran = ready("note", *arguments)

    assert (ran.code, ran.out) == (code, "")
    assert "do: " in ran.err
    assert ready("events", "--type", "note-added", "--json").out == ""
