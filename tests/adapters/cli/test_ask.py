# SPDX-License-Identifier: GPL-3.0-or-later
"""status, queue, why, history, events: what is on record is told, to people and to programs."""

import csv
import io
import json

import pytest

from tests.adapters.cli.conftest import Ebs, World

STATUS = [
    "position",
    "paused",
    "trigger_tag",
    "dist",
    "mode",
    "policy_revision",
    "baseline",
    "waiting",
    "queued",
    "building",
    "plan",
    "caught_up",
    "at",
    "bus",
    "alerts",
    "unstable",
]
EVENT = [
    "position",
    "id",
    "stream",
    "version",
    "event",
    "recorded_at",
    "occurred_at",
    "via",
    "actor",
    "correlation",
    "causation",
    "koji_event",
    "data",
]
STEP = [
    "position",
    "at",
    "event",
    "build_id",
    "nvr",
    "tag",
    "verdict",
    "reason",
    "evidence",
    "cause",
    "actor",
    "recorded_at",
    "koji_event",
    "via",
    "row",
    "policy_revision",
    "batch",
    "task_id",
    "told",
    "links",
]


def test_status_as_of_then_is_what_it_was(ready: Ebs) -> None:
    """What was decided, and that it was paused, as of a position; `at` says as of when."""
    before = ready("status", "--json").json
    ready("work", "--once")
    ready("pause", "--reason", "branching")
    then = ready("status", "--at", str(before["position"]), "--json").json

    assert then.pop("at") is not None
    assert then == {name: value for name, value in before.items() if name != "at"}
    now = ready("status", "--at", "2999-01-01T00:00Z", "--json").json
    assert now["paused"]["reason"] == "branching"
    assert now["queued"] == 2
    assert "as of" in ready("status", "--at", "3").out


def test_status_before_the_beginning_is_that_of_nothing(ready: Ebs) -> None:
    """No baseline, no policy; and a position that is not there yet is not found."""
    ran = ready("status", "--at", "0", "--json")
    assert (ran.code, ran.json["baseline"], ran.json["policy_revision"]) == (0, None, None)
    ran = ready("status", "--at", "9999999")
    assert ran.code == 3
    assert "the log ends at" in ran.err


def test_the_queue_as_of_then_is_what_it_was(ready: Ebs) -> None:
    """What was queued later is not in it."""
    before = ready("status", "--json").json["position"]
    ready("work", "--once")
    assert len(ready("queue", "--json").json) == 2
    assert ready("queue", "--at", str(before), "--json").json == []
    queued = ready("queue", "--json").json
    earlier = ready("queue", "--at", str(queued[0]["position"]), "--json").json
    assert earlier == queued[:1]


def test_status_has_the_keys_that_others_rely_on(ready: Ebs) -> None:
    """`status --json` always has the same keys, null where there is nothing."""
    found = ready("status", "--json").json

    assert list(found) == STATUS
    assert (found["paused"], found["trigger_tag"], found["mode"]) == (None, "f41", "live")
    assert (found["waiting"], found["queued"], found["building"], found["plan"]) == (5, 0, 0, None)
    assert list(found["baseline"]) == ["at", "position", "koji_event"]


def test_status_of_nothing_is_no_error(ebs: Ebs) -> None:
    """An empty log is shown as one."""
    found = ebs("status", "--json").json

    assert (found["position"], found["baseline"], found["policy_revision"]) == (0, None, None)


def test_status_says_that_a_policy_waits_to_be_adopted(ready: Ebs, world: World) -> None:
    """What is in force is shown, and that something else is offered."""
    world.write_policy(tag="f42")

    ran = ready("status")
    assert "f41" in ran.out
    assert "waits to be adopted" in ran.err


def test_queue_has_the_keys_that_others_rely_on(ready: Ebs) -> None:
    """`queue --json` lists what is queued and not ended, in the order of the verdicts."""
    ready("work", "--once")
    found = ready("queue", "--json").json

    assert [list(each) for each in found] == [
        ["package", "build_id", "nvr", "position", "batch"]
    ] * 2
    assert found[0]["position"] < found[1]["position"]
    assert found[0]["batch"] is None
    assert "bash-1-1.fc41" in ready("queue").out
    assert ready("queue", "--csv").out.splitlines()[0] == "position,package,build_id,nvr,batch"


def test_why_has_the_keys_that_others_rely_on(ready: Ebs) -> None:
    """`why --json` tells each step with what it rests on."""
    ready("work", "--once")
    story = ready("why", "zlib", "--json").json

    assert list(story) == [
        "package",
        "target",
        "steps",
        "build_id",
        "nvr",
        "answer",
        "position",
    ]
    assert [list(step) for step in story["steps"]] == [STEP] * 3
    assert [step["event"] for step in story["steps"]] == [
        "tagged",
        "destination-seen",
        "skipped-as-retag",
    ]
    seen, verdict = story["steps"][1:]
    assert verdict["evidence"] == [seen["position"]]
    assert verdict["at"].endswith("Z")


def test_why_begins_with_the_answer(ready: Ebs) -> None:
    """The first line answers the question, whatever the verdict was."""
    ready("work", "--once")
    answers = {
        "bash": "bash-1-1.fc41 is queued, by the verdict at position",
        "zlib": "zlib-1-1.fc41 was not rebuilt: eln has, or had, zlib-1-1.eln141 of the same"
        " source (build 101).",
        "kernel": "kernel-1-1.fc41 was not rebuilt: the policy excludes it, by ^kernel$.",
        "xterm": "xterm is not in the package list, so it is never rebuilt.",
    }
    for package, answer in answers.items():
        assert ready("why", package).out.startswith(answer)


def test_why_foresees_what_is_not_decided_yet(ready: Ebs, world: World) -> None:
    """Before the gate has decided, `why` says what it would do; after an untag, that nothing is."""
    assert ready("why", "bash").out.startswith("bash-1-1.fc41 is due and waits for the next pass")
    assert "it will not be rebuilt: eln has" in ready("why", "zlib").out
    ready("ingest", world.file("m.jsonl", world.untag("bash", 1)))
    assert ready("why", "bash").out.startswith("No build of bash is in f41")


def test_why_takes_either_name(ready: Ebs) -> None:
    """A package is found by its name in Fedora and by its name in ELN."""
    assert ready("why", "ipa", "--json").json == ready("why", "freeipa", "--json").json


def test_history_tells_what_eln_has_under_the_other_name(ebs: Ebs, world: World) -> None:
    """What the stable tag holds of ipa belongs to the story of freeipa."""
    ebs("config", "adopt")
    ebs("baseline", "--from", world.baseline("ipa"))
    steps = ebs("history", "freeipa", "--json").json["steps"]

    assert [step["event"] for step in steps] == ["tagged", "destination-seen"]
    assert steps[1]["nvr"] == "ipa-1-1.eln141"


def test_a_target_without_builds_is_known(ebs: Ebs) -> None:
    """A listed package of which nothing was seen yet is no error."""
    ebs("config", "adopt")
    ran = ebs("why", "bash")

    assert ran.code == 0
    assert ran.out.startswith("No build of bash is in f41")


def test_what_is_unknown_is_not_found(ready: Ebs) -> None:
    """An unknown package, build or stream: exit 3, the name shown as it was typed."""
    for name in ("nosuch", "[bold]bash", "<script>", "ba sh", "é", ""):
        for verb in (("why", name), ("history", name), ("events", "--package", name)):
            ran = ready(*verb)

            assert (ran.code, ran.out) == (3, "")
            assert name in ran.err


def test_history_finds_a_build_by_number_and_nvr(ready: Ebs) -> None:
    """A build's history is the part of its package's that is about it."""
    ready("work", "--once")
    by_number = ready("history", "1", "--json").json

    assert [step["event"] for step in by_number["steps"]] == ["tagged", "queued"]
    assert ready("history", "bash-1-1.fc41", "--json").json == by_number
    assert ready("history", "99999999999999999999999").code == 3


def test_history_of_a_package_is_its_whole_stream(ready: Ebs) -> None:
    """`history PKG --csv` is a line for every step."""
    rows = list(csv.DictReader(io.StringIO(ready("history", "zlib", "--csv").out)))

    assert list(rows[0]) == STEP
    assert [row["event"] for row in rows] == ["tagged", "destination-seen"]


def test_events_are_json_lines(ready: Ebs) -> None:
    """Each line is an event with its envelope; positions have no gaps."""
    lines = [json.loads(line) for line in ready("events", "--json").out.splitlines()]

    assert [line["position"] for line in lines] == list(range(1, len(lines) + 1))
    assert list(lines[0]) == EVENT


def test_events_can_be_narrowed(ready: Ebs) -> None:
    """By position, number, type and package, alone and together."""

    def found(*arguments: str) -> list[tuple[int, str]]:
        lines = map(json.loads, ready("events", "--json", *arguments).out.splitlines())
        return [(line["position"], line["event"]) for line in lines]

    whole = found()
    assert found("--after", "3", "--limit", "2") == whole[3:5]
    assert found("--type", "baselined") == [each for each in whole if each[1] == "baselined"]
    assert [event for _, event in found("--package", "zlib")] == ["tagged", "destination-seen"]
    assert len(found("--package", "zlib", "--type", "tagged", "--limit", "9")) == 1


def test_events_for_people_are_a_line_each(ready: Ebs, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much an event bears, it takes one line, cut at the width of the terminal."""
    monkeypatch.setenv("COLUMNS", "100")
    lines = ready("events").out.splitlines()

    assert len(lines) == 1 + ready("status", "--json").json["position"]
    assert max(map(len, lines)) <= 100


def test_no_table_loses_data(ready: Ebs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers, names and times stand whole in a table, however narrow the terminal is."""
    assert ready("work", "--once").code == 0
    for width in ("40", "100", "160"):
        monkeypatch.setenv("COLUMNS", width)

        assert "freeipa-1-1.fc41" in ready("queue").out
        found = ready("history", "bash").out
        assert {"2024-08-13", "00:00", "1-1.fc41"} <= set(found.split())
        assert "…" not in ready("history", "bash").out + ready("queue").out
