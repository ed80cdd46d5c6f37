# SPDX-License-Identifier: GPL-3.0-or-later
"""pause, resume, trigger, rebuild: people steer, and may look before they do."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.cli import control
from tests.adapters.cli.conftest import Ebs, World


def test_a_pause_survives_and_is_told(ready: Ebs) -> None:
    """Paused, nothing is queued, and status says by whom, since when and why."""
    assert ready("pause", "--reason", "branching").code == 0
    ready("work", "--once")

    paused = ready("status", "--json").json["paused"]
    assert list(paused) == ["by", "reason", "since", "until"]
    assert (paused["reason"], paused["until"]) == ("branching", None)
    assert ready("queue", "--json").json == []
    assert "paused" in ready("work", "--once").err


@pytest.mark.parametrize(("until", "length"), [("90m", 90), ("12h", 720), ("3d", 4320)])
def test_a_pause_may_end_by_itself(ready: Ebs, until: str, length: int) -> None:
    """--until takes a length of time."""
    ready("pause", "--reason", "x", "--until", until)
    found = datetime.fromisoformat(ready("status", "--json").json["paused"]["until"])

    assert abs(found - datetime.now(UTC) - timedelta(minutes=length)) < timedelta(minutes=1)


def test_times_are_in_utc(ready: Ebs) -> None:
    """--until takes a time, with an offset or in UTC; what is printed is UTC."""
    ready("pause", "--reason", "x", "--until", "2199-01-01T02:00+02:00")
    assert ready("status", "--json").json["paused"]["until"] == "2199-01-01T00:00:00Z"
    ready("pause", "--reason", "x", "--until", "2199-01-01")
    assert ready("status", "--json").json["paused"]["until"] == "2199-01-01T00:00:00Z"


def test_resume_lifts_the_pause(ready: Ebs) -> None:
    """After a resume the gate decides again; a second one is refused with exit 4."""
    ready("pause", "--reason", "x")

    assert ready("resume").code == 0
    assert ready("resume").code == 4
    assert ready("work", "--once", "--json").json["recorded"]["queued"] == 2


def test_resume_dry_run_shows_what_a_resume_would_do(ready: Ebs) -> None:
    """`resume --dry-run --json` is the plan as it is without the pause, and writes nothing."""
    plan = ready("plan", "--json").json
    ready("pause", "--reason", "x")
    before = ready("status", "--json").json
    shown = ready("resume", "--dry-run", "--json").json

    assert (shown["held"], shown["counts"]) == (False, plan["counts"])
    assert shown["plan"] == plan["plan"]
    assert ready("status", "--json").json == before


def test_the_pause_of_the_policy_is_not_lifted(ready: Ebs, world: World) -> None:
    """Resume is refused while the policy pauses."""
    world.write_policy(pause=True)
    ready("config", "adopt")
    ran = ready("resume")

    assert ran.code == 4
    assert "the policy's pause stays" in ran.err
    assert ready("status", "--json").json["paused"]["by"] == "policy"


def test_trigger_asks_for_a_build_by_either_name(ready: Ebs) -> None:
    """A request for what is due is recorded under Koji's name."""
    ran = ready("trigger", "ipa", "--reason", "needed", "--json")

    assert ran.code == 0
    assert ran.json["events"][0].startswith("package:freeipa@")


def test_trigger_is_refused_for_what_is_handled(ready: Ebs) -> None:
    """What is queued already is refused with exit 4, and nothing is requested."""
    ready("work", "--once")
    ran = ready("trigger", "bash", "--reason", "again")

    assert ran.code == 4
    assert "queued already" in ran.err


def test_trigger_of_the_unknown_is_not_found(ready: Ebs) -> None:
    """A package that was never seen: exit 3; markup in its name is shown, not obeyed."""
    for name in ("nosuch", "[red]x", "<b>", "no such"):
        ran = ready("trigger", name, "--reason", "x")

        assert ran.code == 3
        assert name in ran.err


def test_rebuild_makes_what_is_done_due_again(ready: Ebs) -> None:
    """A rebuild raises the generation, so that what ELN has already is due."""
    assert ready("rebuild", "zlib", "--reason", "compiler").code == 0

    due = [v for v in ready("plan", "--json").json["verdicts"] if v["row"] == 9]
    assert [verdict["package"] for verdict in due] == ["bash", "freeipa", "zlib"]


def test_rebuilding_everything_needs_a_yes(ready: Ebs) -> None:
    """Off a terminal `rebuild --all` goes through with --yes only; --dry-run needs none."""
    assert ready("rebuild", "--all", "--reason", "mass").code == 2
    assert ready("rebuild", "--all", "--reason", "mass", "--dry-run").code == 0
    assert ready("rebuild", "--all", "--reason", "mass", "--yes").code == 0


def test_a_person_at_a_terminal_is_asked(ready: Ebs, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal silence and no mean no: nothing is done, and the exit is 1."""
    monkeypatch.setattr(control, "at_terminal", lambda: True)
    monkeypatch.setattr("adapters.cli.output.at_terminal", lambda: True)
    rebuild = ("rebuild", "--all", "--reason", "mass")

    assert ready(*rebuild, stdin="\n").code == 1
    assert ready("events", "--type", "rebuild-requested", "--json").out == ""
    assert ready(*rebuild, stdin="y\n").code == 0


@pytest.mark.parametrize(
    "verb",
    [
        "pause --reason x",
        "trigger bash --reason x",
        "trigger zlib --force --reason x",
        "rebuild zlib --reason x",
    ],
)
def test_a_rehearsal_writes_nothing_and_is_right(ready: Ebs, verb: str) -> None:
    """--dry-run names the very events that are written without it."""
    before = ready("status", "--json").json["position"]
    rehearsed = ready(*verb.split(), "--dry-run", "--json").json["events"]

    assert ready("status", "--json").json["position"] == before
    assert ready(*verb.split(), "--json").json["events"] == rehearsed


def test_a_rehearsed_baseline_adopts_the_policy_first(ebs: Ebs, world: World) -> None:
    """Each step of a rehearsal sees what the steps before it would have recorded."""
    arguments = ("baseline", "--from", world.baseline("zlib"), "--json")
    rehearsed = ebs(*arguments, "--dry-run")

    assert rehearsed.code == 0
    assert ebs("status", "--json").json["position"] == 0
    assert ebs(*arguments).json["events"] == rehearsed.json["events"]


def test_force_is_advised_only_where_it_helps(ready: Ebs) -> None:
    """Not for what is queued at this moment, nor excluded, nor for a rebuild; else it is."""
    ready("work", "--once")
    ask = ("--reason", "x")

    assert "--force" not in ready("trigger", "bash", "--force", *ask).err
    assert "--force" not in ready("trigger", "bash", *ask).err
    assert "--force" not in ready("trigger", "kernel", *ask).err
    assert "--force" not in ready("rebuild", "xterm", *ask).err
    zlib = ready("trigger", "zlib", *ask)
    assert (zlib.code, "--force" in zlib.err) in {(4, True), (0, False)}


def test_a_rebuild_says_what_follows(ready: Ebs) -> None:
    """How many packages, and where to see what is due."""
    assert "1 package to be rebuilt: 'ebs plan'" in ready("rebuild", "zlib", "--reason", "x").err
