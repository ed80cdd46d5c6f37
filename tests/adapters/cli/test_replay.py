# SPDX-License-Identifier: GPL-3.0-or-later
"""`ebs replay`: what it prints of our own past, and of one that was not."""

import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest

from adapters.store.connections import connect
from adapters.store.embedded import Database
from tests.adapters.cli.conftest import Ebs, World

GOLDEN = Path(__file__).parents[2] / "replay/golden"
PEOPLE = str(GOLDEN / "0.1.0-people.zip")
INCIDENT = str(GOLDEN / "0.1.0-incident.zip")

REASON = """jsonb_set(state, '{data,reason}', '"excluded"')"""
FORGERY = f"update events set state = {REASON} where topic = 'queued'".encode()  # noqa: S608 - ours


@pytest.fixture
def decided(ready: Ebs) -> Ebs:
    """The gate has decided about what the baseline found."""
    assert ready("work", "--once").code == 0
    return ready


def test_our_own_past_is_as_it_was(decided: Ebs) -> None:
    """A sentence, exit code 0, and nothing is written."""
    head = decided("status", "--json").json["position"]
    ran = decided("replay")
    said = decided("replay", "--json").json

    assert ran.code == 0
    verdicts = f"{said['verdicts']} verdicts from position 1 to {head} were taken again"
    assert ran.out == f"{verdicts}: each is what is on record.\n"
    assert (said["found"], said["differences"], said["verdicts"] > 1) == (0, [], True)
    assert decided("status", "--json").json["position"] == head


def test_a_forged_verdict_is_named_and_exits_1(decided: Ebs, database: Database) -> None:
    """Position, event, what is on record, what the table says, and in what they differ."""
    with connect(database.owner_conninfo) as owner:
        owner.execute("alter table events disable trigger events_append_only")
        owner.execute(FORGERY)
    ran, said = decided("replay"), decided("replay", "--json")
    (first, *_) = said.json["differences"]

    assert ran.code == said.code == 1
    assert first["recorded"] == "queued (row 9, excluded)"
    assert first["again"] == "queued (row 9, due)"
    assert first["what"] == "reason: excluded → due"
    assert f"first is {first['stream']}@{first['version']} at position {first['position']}" in (
        ran.err.replace("\n", " ")
    )
    header, line, *_ = decided("replay", "--csv").out.splitlines()
    assert header == "position,stream,version,recorded,again,what"
    assert line.startswith(f"{first['position']},")


def test_an_archive_is_replayed_without_a_database(
    typed: Ebs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of any release, on any machine."""
    monkeypatch.setenv("EBS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    ran = typed("replay", PEOPLE)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("19 verdicts from position 1 to 63 were taken again")


def test_log_and_archive_say_the_same(decided: Ebs) -> None:
    """Of the whole, and of a part."""
    assert decided("export", "log.zip").code == 0
    for part in ([], ["--from", "3", "--to", "9"], ["--from", "-1h"], ["--to", "-1h"]):
        in_log, in_file = (
            decided("replay", "--json", *part),
            decided("replay", "log.zip", "--json", *part),
        )
        assert in_log.json == in_file.json, part


def test_without_a_part_it_tells_what_would_have_been_queued(typed: Ebs) -> None:
    """The costliest packages first, and the sum in a sentence; the exit code is 0."""
    ran = typed("replay", INCIDENT, "--without", "retag")
    said = typed("replay", INCIDENT, "--without", "retag", "--json").json
    table = typed("replay", INCIDENT, "--without", "retag", "--csv").out.splitlines()

    assert ran.code == 0
    assert ran.out.endswith(
        "\n90 builds would have been queued, on record are 32: 58 more, 0 fewer;"
        " 9 task-hours more, estimated for 30 of 58 builds.\n"
    )
    assert {name: said[name] for name in ("recorded", "queued", "more", "fewer", "estimated")} == {
        "recorded": 32,
        "queued": 90,
        "more": 58,
        "fewer": 0,
        "estimated": 30,
    }
    assert said["task_hours"] == pytest.approx(8.7)
    assert table[0] == "package,more,fewer,task_hours,estimated"
    assert len(table) == 1 + len(said["changes"])
    assert "bubblewrap,2,0,0.333,yes" in table


def test_where_nothing_differs_it_says_so(typed: Ebs) -> None:
    """In the same words."""
    ran = typed("replay", INCIDENT, "--without", "guard")

    assert ran.out == "32 builds would have been queued, on record are 32: they are the same.\n"


def test_another_policy(typed: Ebs, world: World) -> None:
    """A file as people write it; of a part of the log only."""
    world.write_policy(tag="f42")
    ran = typed("replay", PEOPLE, "--policy", str(world.policy), "--from", "36", "--json")

    assert ran.code == 0
    assert [(c["package"], c["more"], c["fewer"]) for c in ran.json["changes"]] == [("gcc", 1, 0)]
    assert ran.json["task_hours"] is None


def test_a_faulty_policy_exits_1(typed: Ebs, world: World) -> None:
    """Before anything is read."""
    world.policy.write_text("configuration: 1\n")

    assert typed("replay", PEOPLE, "--policy", str(world.policy)).code == 1
    assert typed("replay", PEOPLE, "--policy", "none.yaml").code == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--without", "everything"), 2),
        (("--json", "--csv"), 2),
        (("--from", "9", "--to", "3"), 2),
        (("--from", "2024-08-13T00:00"), 2),
        (("--to", "64"), 3),
        (("--from", "64"), 3),
    ],
    ids=str,
)
def test_bad_input_has_its_exit_code(typed: Ebs, arguments: tuple[str, ...], code: int) -> None:
    """As in every verb that takes points in time."""
    ran = typed("replay", PEOPLE, *arguments)

    assert (ran.code, ran.out) == (code, "")


def test_a_part_of_a_log_cannot_be_replayed(decided: Ebs) -> None:
    """A verdict rests on all that lies before it; exit code 4, and what to do."""
    decided("export", "part.zip", "--from", "5")
    ran = decided("replay", "part.zip")

    assert ran.code == 4
    assert "export from the beginning" in ran.err


def test_a_tampered_archive_is_not_replayed_as_if_it_were_whole(typed: Ebs, tmp_path: Path) -> None:
    """Cut off, or changed: it is said, and no verdict on verdicts is given."""
    whole = Path(shutil.copy(PEOPLE, tmp_path / "log.zip"))
    whole.write_bytes(whole.read_bytes()[:-100])
    ran = typed("replay", str(whole))

    assert (ran.code, ran.out) == (1, "")
    assert "only a part of one" in ran.err


def test_an_archive_with_an_event_in_another_kind_of_stream(decided: Ebs, tmp_path: Path) -> None:
    """Whoever forged it is told where, by whatever reads it; nothing breaks."""
    assert decided("export", "log.zip").code == 0
    with ZipFile("log.zip") as whole:
        members = {name: whole.read(name) for name in whole.namelist()}
    service = b'"stream":"service"'
    members["events.jsonl"] = members["events.jsonl"].replace(service, b'"stream":"package:a"', 1)
    with ZipFile("forged.zip", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    ran = decided("replay", "forged.zip")

    assert (ran.code, ran.out) == (1, "")
    assert "package:a@1 cannot be read as" in ran.err
    assert "'service' only" in ran.err
