# SPDX-License-Identifier: GPL-3.0-or-later
"""board and diff: how every target is, was, and what is different between two points."""

import csv
import io

import pytest

from adapters.cli.board import STATES
from projections import board
from tests.adapters.cli.conftest import Ebs, World

LINE = [
    "package",
    "downstream",
    "state",
    "reason",
    "decided",
    "build_id",
    "nvr",
    "tagged",
    "ended",
    "batch",
    "position",
]


def states(ebs: Ebs, *arguments: str) -> dict[str, str]:
    """How the targets are, by name."""
    targets = ebs("board", "--json", *arguments).json["targets"]
    return {line["package"]: line["state"] for line in targets}


def test_the_states_are_those_of_the_projection() -> None:
    """The command line knows them before it loads anything."""
    assert STATES == board.STATES


def test_the_board_has_the_keys_that_others_rely_on(ready: Ebs) -> None:
    """In JSON and CSV, every target, by name."""
    found = ready("board", "--json").json

    assert list(found) == ["position", "at", "targets"]
    assert [list(line) for line in found["targets"]] == [LINE] * 4
    rows = list(csv.DictReader(io.StringIO(ready("board", "--csv").out)))
    assert [row["package"] for row in rows] == ["bash", "freeipa", "kernel", "zlib"]
    assert list(rows[0]) == LINE


def test_the_board_says_how_each_target_is(ready: Ebs) -> None:
    """Before and after the pass that decides, and as of a position in between."""
    before = ready("status", "--json").json["position"]
    expected = {"bash": "waiting", "freeipa": "waiting", "kernel": "excluded", "zlib": "re-tag"}
    assert states(ready) == expected
    ready("work", "--once")
    assert states(ready) == {**expected, "bash": "queued", "freeipa": "queued"}
    assert states(ready, "--at", str(before)) == expected
    assert ready("board", "--at", str(before), "--json").json["at"] is not None


def test_the_board_is_narrowed_by_state_and_name(ready: Ebs) -> None:
    """By either name, with wildcards; several of each."""
    assert states(ready, "--state", "waiting", "--state", "excluded").keys() == {
        "bash",
        "freeipa",
        "kernel",
    }
    assert states(ready, "ipa").keys() == {"freeipa"}
    assert states(ready, "z*", "bash").keys() == {"bash", "zlib"}
    assert states(ready, "*", "--state", "failed") == {}
    ran = ready("board", "nosuch")
    assert (ran.code, ran.out) == (3, "")


def test_people_are_shown_what_is_astir(ready: Ebs) -> None:
    """Counts of all, and the lines of what waits; --all lists the rest."""
    ran = ready("board")
    assert "bash" in ran.out
    assert "zlib" not in ran.out
    assert "2 more are at rest; --all lists them" in ran.err
    assert "zlib" in ready("board", "--all").out
    assert "ELN has it already" in ready("board", "zlib").out


@pytest.mark.parametrize("width", [80, 120])
def test_the_board_fits_the_terminal(
    ready: Ebs, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """No line is longer than the terminal is wide."""
    monkeypatch.setenv("COLUMNS", str(width))
    assert max(map(len, ready("board", "--all").out.splitlines())) <= width


def test_without_a_policy_there_is_no_board(ebs: Ebs) -> None:
    """It is refused, with what to do."""
    ran = ebs("board")
    assert ran.code == 4
    assert "ebs config adopt" in ran.err


def test_diff_has_the_keys_that_others_rely_on(ready: Ebs) -> None:
    """The service, the package list, the targets, the events in between."""
    found = ready("diff", "0", "--json").json
    assert list(found) == ["after", "upto", "service", "listed", "unlisted", "packages", "events"]
    assert found["listed"] == ["bash", "kernel", "zlib"]
    assert {"what": "trigger tag", "before": "", "after": "f41"} in found["service"]
    assert [moved["package"] for moved in found["packages"]] == [
        "bash",
        "freeipa",
        "kernel",
        "zlib",
    ]
    assert sum(found["events"].values()) == found["upto"] - found["after"]


def test_diff_tells_what_changed_between_two_points(ready: Ebs, world: World) -> None:
    """A pause, another trigger tag, what was queued; and nothing where nothing did."""
    before = ready("status", "--json").json["position"]
    ready("work", "--once")
    middle = ready("status", "--json").json["position"]
    ready("pause", "--reason", "branching")
    world.write_policy(tag="f42")
    ready("config", "adopt")

    first = ready("diff", str(before), str(middle), "--json").json
    assert first["service"] == []
    assert [(m["package"], m["before"], m["after"]) for m in first["packages"]] == [
        ("bash", "waiting", "queued"),
        ("freeipa", "waiting", "queued"),
    ]
    second = ready("diff", str(middle), "--json").json
    assert {change["what"] for change in second["service"]} == {"pause", "trigger tag", "policy"}
    assert {m["package"]: m["after"] for m in second["packages"]} == {
        **dict.fromkeys(["bash", "freeipa", "zlib"], "none"),
        "kernel": "excluded",
    }
    told = ready("diff", str(middle)).out
    assert "branching" in told
    assert "f42" in told
    assert "nothing of the service is different" in ready("diff", str(middle), str(middle)).err


def test_diff_refuses_what_is_out_of_order_or_past_the_end(ready: Ebs) -> None:
    """The one is wrong usage, the other is not found."""
    for points in (("5", "4"), ("-1h", "-2h"), ("2999-01-01T00:00Z", "3")):
        ran = ready("diff", *points)
        assert (ran.code, ran.out) == (2, "")
        assert "the start comes after the end" in ran.err
    assert ready("diff", "1", "99999").code == 3
    assert ready("diff", "-6h").code == 0
