# SPDX-License-Identifier: GPL-3.0-or-later
"""plan, approve, reject, work --once: decisions are shown, recorded, let pass or refused."""

import csv
import io

import pytest

from tests.adapters.cli.conftest import Ebs, World


def test_plan_has_the_keys_that_others_rely_on(ready: Ebs) -> None:
    """`plan --json` is one document: name, position, hold, counts and every verdict."""
    plan = ready("plan", "--json").json

    assert list(plan) == ["plan", "position", "held", "held_reason", "counts", "verdicts"]
    assert plan["counts"] == {"queued": 2, "skipped-as-retag": 1, "skipped": 2}
    bash = next(v for v in plan["verdicts"] if v["package"] == "bash")
    assert bash == {
        "package": "bash",
        "build_id": 1,
        "nvr": "bash-1-1.fc41",
        "tag": "f41",
        "row": 9,
        "verdict": "queued",
        "reason": "due",
        "evidence": [],
        "provisional": False,
    }
    zlib = next(v for v in plan["verdicts"] if v["package"] == "zlib")
    assert (zlib["verdict"], zlib["reason"]) == ("skipped-as-retag", "already-in-destination")
    assert zlib["evidence"]


def test_plan_csv_has_a_line_for_every_verdict(ready: Ebs) -> None:
    """`plan --csv` is the table of all verdicts."""
    rows = list(csv.DictReader(io.StringIO(ready("plan", "--csv").out)))

    assert {row["package"] for row in rows} == {"bash", "zlib", "kernel", "freeipa", "xterm"}
    assert rows[0]["verdict"] == "queued"


def test_plan_for_people_lists_what_is_due(ready: Ebs) -> None:
    """People see the counts by reason, and the builds to be queued; --all lists the rest."""
    brief, whole = ready("plan").out, ready("plan", "--all").out

    assert "bash-1-1.fc41" in brief
    assert "already-in-destination" in brief
    assert "xterm-1-1.fc41" not in brief
    assert "xterm-1-1.fc41" in whole


def test_a_held_plan_is_no_error(held: str, ebs: Ebs) -> None:
    """`plan` exits 0 when held, and says what to do."""
    ran = ebs("plan", "--json")

    assert (ran.code, ran.json["held"], ran.json["plan"]) == (0, True, held)
    assert ran.json["held_reason"].startswith("guard: ")
    assert f"ebs approve {held}" in ebs("plan").err


def test_nothing_is_queued_without_a_baseline_and_it_is_said(ebs: Ebs, world: World) -> None:
    """Before the first baseline a pass records no verdict, and plan, status and work say why."""
    ebs("ingest", world.file("m.jsonl", world.message("bash", 11)))
    for verb in ("work --once", "plan", "status"):
        assert "no baseline" in ebs(*verb.split()).err

    assert ebs("queue", "--json").json == []
    assert ebs("plan", "--json").json["held"] is True


def test_nothing_is_queued_without_a_policy_and_it_is_said(
    ebs: Ebs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a policy nothing can be decided, and status says so."""
    monkeypatch.delenv("EBS_POLICY")

    assert "no policy" in ebs("status").err


def test_work_once_records_what_the_plan_showed(ready: Ebs) -> None:
    """One pass records the verdicts and says how many of which kind."""
    ran = ready("work", "--once", "--json")

    assert ran.code == 0
    assert ran.json["recorded"] == {"queued": 2, "skipped": 2, "skipped-as-retag": 1}
    assert (ran.json["blocked"], ran.json["held"]) == (None, [])
    assert ready("plan", "--json").json["verdicts"] == []
    assert [each["package"] for each in ready("queue", "--json").json] == ["bash", "freeipa"]


def test_work_once_tells_of_a_hold_once(ready: Ebs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that the pass itself held is told once, with what a person may do."""
    monkeypatch.setenv("EBS_GUARD__MAX_BUILDS", "0")
    ran = ready("work", "--once")

    assert ran.code == 0
    assert ran.err.count("is held") == 1
    assert "ebs approve" in ran.err


def test_approve_queues_what_is_due_and_names_the_rest(held: str, ebs: Ebs, world: World) -> None:
    """Of a held plan, what is still due is queued; the other builds are named."""
    ebs("ingest", world.file("m.jsonl", world.untag("bash", 1)))
    ran = ebs("approve", held)

    assert ran.code == 0
    assert "1 build queued" in ran.err
    assert "no longer due, so not queued: bash" in ran.err
    assert [each["package"] for each in ebs("queue", "--json").json] == ["freeipa"]


def test_approve_prints_the_ids_of_its_events(held: str, ebs: Ebs) -> None:
    """`--json` of a write names the events written and the position after them."""
    ran = ebs("approve", held, "--reason", "it is fine", "--json")

    assert list(ran.json) == ["events", "position"]
    assert ran.json["events"][0].startswith("service@")
    assert ran.json["position"] == ebs("status", "--json").json["position"]


def test_an_unknown_plan_is_not_found(ready: Ebs) -> None:
    """Approving or rejecting a plan that nobody holds: exit 3, with the plans that wait."""
    for verb in (("approve", "nosuch"), ("reject", "nosuch", "--reason", "x")):
        ran = ready(*verb)

        assert ran.code == 3
        assert "error: no plan 'nosuch' is held" in ran.err


def test_a_stale_approval_is_refused(held: str, ebs: Ebs, world: World) -> None:
    """A plan of which nothing is due any longer cannot be approved: exit 4, nothing written."""
    messages = (world.untag("bash", 1), world.untag("freeipa", 4))
    ebs("ingest", world.file("m.jsonl", *messages))
    before = ebs("status", "--json").json["position"]
    ran = ebs("approve", held)

    assert ran.code == 4
    assert "stale" in ran.err
    assert ebs("status", "--json").json["position"] == before


def test_rejecting_ends_the_builds(held: str, ebs: Ebs) -> None:
    """What is rejected is not due again, and `why` says how it ended."""
    assert ebs("reject", held, "--reason", "a mistake").code == 0
    assert ebs("work", "--once").code == 0

    assert ebs("queue", "--json").json == []
    assert "rejected" in ebs("why", "bash").out


@pytest.mark.parametrize("verb", ["approve {}", "reject {} --reason x"])
def test_a_rehearsal_writes_nothing_and_is_right(held: str, ebs: Ebs, verb: str) -> None:
    """--dry-run names the very events that are written without it."""
    arguments = verb.format(held).split()
    before = ebs("status", "--json").json["position"]
    rehearsed = ebs(*arguments, "--dry-run", "--json").json["events"]

    assert ebs("status", "--json").json["position"] == before
    assert ebs(*arguments, "--json").json["events"] == rehearsed


def test_two_held_plans_are_told_apart(held: str, ebs: Ebs) -> None:
    """`plan` says which build is in which plan, `status` names both, no reason is said twice."""
    ebs("trigger", "zlib", "--force", "--reason", "lost")
    ebs("work", "--once")
    last = ebs("status", "--json").json["plan"]
    rows = {line.split()[0]: line for line in ebs("plan").out.splitlines() if "fc41" in line}

    assert last != held
    assert f"{held} and {last} are held" in ebs("status").out
    assert held in rows["bash"]
    assert last in rows["zlib"]
    reasons = ebs("plan", "--json").json["held_reason"].split("; ")
    assert len(reasons) == len(set(reasons))


def test_a_plan_that_is_not_held_any_more_says_what_became_of_it(held: str, ebs: Ebs) -> None:
    """Approved, and approved or rejected again: exit 4, by whom it was, and at which position."""
    ebs("approve", held)
    [line] = ebs("events", "--type", "plan-approved", "--csv").out.splitlines()[1:]
    for verb in (("approve", held), ("reject", held, "--reason", "x")):
        ran = ebs(*verb)

        assert ran.code == 4
        assert "it was approved by" in ran.err
        assert f"at position {line.split(',')[0]}" in ran.err


def test_a_plan_that_lapsed_says_so(held: str, ebs: Ebs, world: World) -> None:
    """Nobody approved it: none of its builds was due any longer."""
    ebs("ingest", world.file("m.jsonl", world.untag("bash", 1), world.untag("freeipa", 4)))
    ebs("work", "--once")
    ran = ebs("approve", held)

    assert ran.code == 4
    assert "it lapsed" in ran.err


def test_rejecting_says_what_follows(held: str, ebs: Ebs) -> None:
    """How much is rejected, and how it can be had all the same."""
    ran = ebs("reject", held, "--reason", "a mistake")

    assert "2 builds rejected" in ran.err
    assert "ebs failed clear" in ran.err


def test_an_empty_plan_has_no_name(ready: Ebs) -> None:
    """Where nothing is due there is nothing to approve, so people are shown no name for it."""
    ready("work", "--once")

    assert ready("plan").out.split()[:2] == ["plan", "-"]


def test_without_a_policy_it_is_said_once(ebs: Ebs, monkeypatch: pytest.MonkeyPatch) -> None:
    """That nothing is decided, and why."""
    monkeypatch.delenv("EBS_POLICY")

    assert ebs("plan").err.count("decided:") == 1
