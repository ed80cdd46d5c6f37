# SPDX-License-Identifier: GPL-3.0-or-later
"""`ebs verify` and `ebs export`: what they print, what they refuse, and with which exit code."""

import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.store.connections import connect
from adapters.store.embedded import Database
from tests.adapters.cli.conftest import Ebs, Process


@pytest.fixture
def forge(database: Database) -> None:
    """Somebody with the owner's rights changes an event."""
    with connect(database.owner_conninfo) as owner:
        owner.execute("alter table events disable trigger events_append_only")
        owner.execute("update events set recorded_at = now() - interval '1 day' where position = 7")


def samples(file: Path) -> dict[str, float]:
    """What a file of metrics says."""
    families = text_string_to_metric_families(file.read_text())
    return {sample.name: sample.value for family in families for sample in family.samples}


@contextmanager
def no_room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_sound_log_exits_0_with_its_digest(ready: Ebs) -> None:
    """The line to keep is data, the rest is talk."""
    ran = ready("verify")

    assert (ran.code, ran.out.count("\n")) == (0, 1)
    position, _, digest = ran.out.strip().partition(":")
    head = ready("status", "--json").json["position"]
    assert (int(position), len(digest)) == (head, 64)
    assert f"{head} events from position 1 on are as they were written" in ran.err
    assert ready("verify", "--expect", ran.out.strip()).code == 0


def test_the_result_is_there_for_prometheus(ready: Ebs, forge: None, tmp_path: Path) -> None:
    """How many findings, up to where, and when: kept outside of what it is about."""
    file = tmp_path / "ebs.prom"
    began = time()

    assert ready("verify", "--metrics", str(file)).code == 1
    told = samples(file)
    assert told["ebs_verify_findings"] == 1
    assert told["ebs_verify_position"] == ready("status", "--json").json["position"]
    assert began <= told["ebs_verify_timestamp_seconds"] <= time()
    nowhere = ready("verify", "--metrics", str(tmp_path / "none" / "ebs.prom"))
    assert (nowhere.code, "make the folder first" in nowhere.err) == (3, True)


def test_a_forged_event_is_named(ready: Ebs, forge: None) -> None:
    """Position, event, fault and what it is about; exit code 1."""
    ran = ready("verify")
    found = ready("verify", "--json")

    assert ran.code == found.code == 1
    [finding] = found.json["findings"]
    assert (finding["position"], finding["fault"]) == (7, "changed")
    assert found.json["found"] == 1
    assert f"{finding['stream']}@{finding['version']}" in ran.out
    assert "1 finding" in ran.err


def test_a_part_is_verified_from_the_event_before_it(ready: Ebs, forge: None) -> None:
    """What lies outside of the part is not looked at."""
    assert ready("verify", "--to", "6").code == 0
    assert ready("verify", "--from", "8").code == 0
    assert ready("verify", "--from", "7", "--to", "7").code == 1
    said = ready("verify", "--from", "8", "--to", "9", "--json").json
    assert (said["after"], said["position"], said["events"]) == (7, 9, 2)


def test_a_log_that_was_cut_off_is_found_by_its_projections(ready: Ebs, database: Database) -> None:
    """They have read further than the log goes."""
    head = ready("status", "--json").json["position"]
    with connect(database.owner_conninfo) as owner:
        owner.execute("alter table events disable trigger events_append_only")
        owner.execute("delete from events where position = %s", [head])
    found = ready("verify", "--json")

    assert found.code == 1
    assert [(f["position"], f["fault"]) for f in found.json["findings"]] == [(head, "missing")]


def test_another_digest_than_expected_is_found(ready: Ebs) -> None:
    """Whether the event is another one, or is not there at all."""
    assert ready("verify", "--expect", f"5:{'0' * 64}").code == 1
    assert ready("verify", "--expect", f"500:{'0' * 64}").code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--expect", "5"),
        ("--expect", "5:abc"),
        ("--from", "2024-08-13T00:00"),
        ("--from", "9", "--to", "3"),
        ("some.zip", "--from", "3"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(ready: Ebs, arguments: tuple[str, ...]) -> None:
    """With what would be right."""
    ran = ready("verify", *arguments)

    assert (ran.code, ran.out) == (2, "")


def test_a_position_past_the_end_exits_3(ready: Ebs, tmp_path: Path) -> None:
    """Saying where the log ends; a file is not made."""
    assert ready("verify", "--to", "9999").code == 3
    assert ready("export", str(tmp_path / "a.zip"), "--from", "9999").code == 3
    assert list(tmp_path.glob("*.zip*")) == list(tmp_path.glob(".a*")) == []


def test_what_was_exported_needs_no_database(
    ready: Ebs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive is verified where nothing else is, and has the digest of the log."""
    exported = ready("export", "log.zip")
    assert exported.code == 0
    monkeypatch.setenv("EBS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    ran = ready("verify", "log.zip")

    assert (ran.code, ran.out) == (0, exported.out)
    assert ready("verify", "log.zip", "--expect", exported.out.strip()).code == 0


def test_an_export_prints_its_manifest(ready: Ebs) -> None:
    """With --json; of a part, where it begins."""
    said = ready("export", "log.zip", "--from", "3", "--to", "5", "--json").json

    assert (said["after"], said["upto"], said["events"]) == (2, 5, 3)
    assert ready("verify", "log.zip", "--json").json["digest"] == said["digest"]


def test_an_export_overwrites_only_when_told_to(ready: Ebs) -> None:
    """Exit code 4, and the file is as it was."""
    Path("log.zip").write_text("evidence")
    refused = ready("export", "log.zip")

    assert (refused.code, Path("log.zip").read_text()) == (4, "evidence")
    assert "--force" in refused.err
    assert ready("export", "log.zip", "--force").code == 0
    assert ready("verify", "log.zip").code == 0


def test_an_export_follows_a_link(ready: Ebs) -> None:
    """To the file that it stands for; the link stays."""
    Path("link.zip").symlink_to("log.zip")

    assert ready("export", "link.zip").code == 0
    assert (Path("link.zip").is_symlink(), Path("log.zip").is_file()) == (True, True)
    assert ready("export", "link.zip").code == 4


def test_an_export_overwrites_nothing_but_files(ready: Ebs) -> None:
    """A pipe, a device or a folder is not replaced, whoever asks."""
    os.mkfifo("pipe")
    ran = ready("export", "pipe", "--force")

    assert (ran.code, Path("pipe").is_fifo()) == (4, True)
    assert "is no file" in ran.err


@pytest.mark.parametrize("where", [("log.zip",), ("--parquet", "log")], ids=" ".join)
def test_an_export_that_finds_no_room_leaves_nothing(ready: Ebs, where: tuple[str, ...]) -> None:
    """Exit code 1, in words of ours, and neither half a file nor what was on the way to it."""
    before = sorted(Path().iterdir())
    with no_room_for(1200):
        ran = ready("export", "--from", "7", "--to", "7", *where)

    assert (ran.code, sorted(Path().iterdir())) == (1, before)
    assert "cannot be written" in ran.err
    assert "unexpected" not in ran.err


def test_an_export_has_the_rights_that_new_files_have(ready: Ebs) -> None:
    """It is moved into place whole, and is not the secret that a temporary file is."""
    before = os.umask(0o027)
    try:
        ready("export", "log.zip")
    finally:
        os.umask(before)

    assert Path("log.zip").stat().st_mode & 0o777 == 0o640


def test_nothing_is_left_of_an_export_that_failed(ready: Ebs, tmp_path: Path) -> None:
    """Where there is no such folder, or no right to write, it says so."""
    ran = ready("export", "nowhere/log.zip")

    assert (ran.code, ran.out) == (3, "")
    assert "make the folder first" in ran.err
    assert [path.name for path in tmp_path.iterdir() if "log.zip" in path.name] == []


def test_a_forged_log_is_exported_and_said_to_be_forged(ready: Ebs, forge: None) -> None:
    """It is evidence all the same; the exit code is 1."""
    ran = ready("export", "log.zip", "--json")

    assert (ran.code, ran.json["events"] > 0) == (1, True)
    assert "not whole" in ran.err
    assert [f["position"] for f in ready("verify", "log.zip", "--json").json["findings"]] == [7]


def test_an_archive_that_was_packed_anew_is_taken_apart(ready: Ebs) -> None:
    """Its rows are named first, and then it is said that the file is another one."""
    from zipfile import ZipFile

    ready("export", "log.zip")
    with ZipFile("log.zip") as old, ZipFile("new.zip", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'"tag":"f41"', b'"tag":"f42"', 1))
    ran = ready("verify", "new.zip")

    assert ran.code == 1
    assert "changed" in ran.out
    assert "new.zip was changed after it was written" in ran.err


def test_a_file_that_is_no_archive_exits_1(ready: Ebs) -> None:
    """With the reason; one that is not there exits 3."""
    Path("log.zip").write_text("nonsense")

    assert ready("verify", "log.zip").code == 1
    assert ready("verify", "none.zip").code == 3
    assert ready("verify", ".").code == 1


def test_an_archive_from_a_pipe_says_why_not(ready: Ebs, process: Process) -> None:
    """A zip file is read from its end, which a pipe does not have."""
    started = process("verify", "-")
    _, said = started.communicate("nonsense", timeout=30)

    assert started.returncode == 1
    assert "Traceback" not in said


def test_the_digests_are_those_of_the_log(ready: Ebs) -> None:
    """An event's line in the archive holds what `ebs events` prints."""
    from zipfile import ZipFile

    ready("export", "log.zip")
    with ZipFile("log.zip") as archive, archive.open("events.jsonl") as lines:
        exported = [json.loads(line) for line in lines]
    listed = [json.loads(line) for line in ready("events", "--json").out.splitlines()]

    assert [(e["position"], e["stream"], e["state"]["data"]) for e in exported] == [
        (e["position"], e["stream"], e["data"]) for e in listed
    ]


def test_parquet_is_a_folder_of_tables(ready: Ebs) -> None:
    """In place of a file; its digest is that of the log."""
    ran = ready("export", "--parquet", "log", "--json")

    assert (ran.code, ran.json["after"]) == (0, 0)
    assert ran.json["digest"] == ready("verify", "--json").json["digest"]
    assert [path.suffix for path in Path("log").glob("month=*/*")] == [".parquet"]
    assert ready("export", "--parquet", "log").code == 4


@pytest.mark.parametrize(
    "arguments",
    [(), ("log.zip", "--parquet", "log"), ("--parquet", "log", "--force")],
    ids=" ".join,
)
def test_an_export_goes_to_one_place(ready: Ebs, arguments: tuple[str, ...]) -> None:
    """A file or a folder, and a folder is never overwritten."""
    assert ready("export", *arguments).code == 2
