# SPDX-License-Identifier: GPL-3.0-or-later
"""ingest and baseline: facts go in, and bad input is told from good."""

import bz2
import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.cli.conftest import Ebs, World

NUL = r'{"id": "nul-\u0000-1", "topic": "a.buildsys.tag", "headers": {}, "body": {}}'


def test_ingest_counts_every_line_once(ready: Ebs, world: World) -> None:
    """Read is the sum of recorded, duplicates, ignored and rejected; position is the log's."""
    file = world.file(
        "messages.jsonl",
        world.message("bash", 11),
        world.message("bash", 11),
        world.message("bash", 12, tag="epel9"),
        json.dumps({"id": "x", "topic": "other"}),
    )
    ran = ready("ingest", file, "--json")

    assert (ran.code, ran.err) == (0, "")
    assert list(ran.json) == ["read", "recorded", "duplicates", "ignored", "rejected", "position"]
    assert ran.json["read"] == 4
    assert [ran.json[key] for key in ("recorded", "duplicates", "ignored", "rejected")] == [
        1,
        1,
        2,
        0,
    ]
    assert ran.json["position"] == ready("status", "--json").json["position"]


def test_ingest_reads_stdin(ready: Ebs, world: World) -> None:
    """`-` is stdin."""
    ran = ready("ingest", "-", "--json", stdin=world.message("bash", 11))

    assert (ran.code, ran.json["recorded"]) == (0, 1)


def test_ingest_decides_nothing(ready: Ebs, world: World) -> None:
    """After an ingest there are facts, and no decision."""
    ready("ingest", world.file("m.jsonl", world.message("bash", 11)))

    assert ready("queue", "--json").json == []
    assert ready("status", "--json").json["waiting"] > 0


def test_a_truncated_message_file_is_told_and_the_rest_is_taken(ready: Ebs, world: World) -> None:
    """A line cut off is rejected with its number and reason, the rest recorded; exit 1."""
    file = world.file("cut.jsonl", world.message("bash", 11), world.message("zlib", 12)[:80])
    ran = ready("ingest", file, "--json")

    assert ran.code == 1
    assert (ran.json["recorded"], ran.json["rejected"]) == (1, 1)
    assert "cut.jsonl:2: " in ran.err
    assert "error: 1 of 2 are no messages; the rest was taken" in ran.err


def test_ingest_is_rehearsed(ready: Ebs, world: World) -> None:
    """The counts and the faults that it would have, the same exit, and nothing on record."""
    file = world.file("cut.jsonl", world.message("bash", 11), world.message("zlib", 12)[:80])
    before = ready("status", "--json").json
    rehearsed = ready("ingest", file, "--dry-run", "--json")

    assert ready("status", "--json").json == before
    assert "dry run: nothing was recorded" in ready("ingest", file, "--dry-run").err
    assert "the rest would be taken" in rehearsed.err
    counts = ("read", "recorded", "duplicates", "ignored", "rejected")
    assert rehearsed.json["position"] == before["position"]
    done = ready("ingest", file, "--json")
    assert [done.json[key] for key in counts] == [rehearsed.json[key] for key in counts]
    assert done.code == rehearsed.code == 1


def test_a_message_with_a_nul_or_a_lone_surrogate_is_rejected(ready: Ebs, world: World) -> None:
    """What no database can hold as text is a rejected line, not a crash."""
    surrogate = world.message("bash", 11, release="1\ud800")
    raw = world.message("bash", 13).encode() + b"\x00\xff"
    file = world.file("odd.jsonl", NUL, surrogate, raw, world.message("bash", 12))
    ran = ready("ingest", file, "--json")

    assert ran.code == 1
    assert (ran.json["recorded"], ran.json["rejected"]) == (1, 3)
    assert "\x00" not in ran.err


def test_a_name_with_markup_never_reaches_the_terminal(ready: Ebs, world: World) -> None:
    """Markup and escapes in a package's name are rejected, and shown as they were written."""
    file = world.file(
        "markup.jsonl", world.message("<b>x</b>", 11), world.message("[red]\x1b[31mx", 12)
    )
    ran = ready("ingest", file)

    assert ran.code == 1
    assert "<b>x</b>" in ran.err
    assert "[red]" in ran.err
    assert "\x1b" not in ran.err + ran.out


def test_a_file_named_with_escapes_is_shown_harmlessly(typed: Ebs, world: World) -> None:
    """A file's name cannot steer the terminal either."""
    ran = typed("ingest", str(world.folder / "no\x1b[31mred"))

    assert ran.code == 3
    assert "\x1b" not in ran.err


def test_a_file_that_is_not_there_is_not_found(typed: Ebs) -> None:
    """No such file: exit 3, for ingest and baseline alike."""
    assert typed("ingest", "nosuch.jsonl").code == 3
    assert typed("baseline", "--from", "nosuch.jsonl").code == 3


def test_a_folder_is_no_file(typed: Ebs, tmp_path: Path) -> None:
    """A folder in place of a file is invalid input."""
    ran = typed("ingest", str(tmp_path))

    assert ran.code == 1
    assert "why: Is a directory" in ran.err


def test_a_baseline_without_koji_is_from_a_file(typed: Ebs) -> None:
    """Wrong usage, exit 2: what names a hub is told, either way."""
    ran = typed("baseline")

    assert (ran.code, ran.out) == (2, "")
    assert "--from FILE" in ran.err
    assert "koji.profile or koji.url" in ran.err


def test_baseline_records_what_both_tags_hold(ready: Ebs) -> None:
    """After a baseline, what has no counterpart in the stable tag is due."""
    found = ready("status", "--json").json["baseline"]

    assert (found["at"], found["koji_event"]) == ("2024-08-13T00:00:00Z", 5)
    due = [v["package"] for v in ready("plan", "--json").json["verdicts"] if v["row"] == 9]
    assert due == ["bash", "freeipa"]


def test_a_truncated_baseline_is_not_taken_at_all(ebs: Ebs, world: World) -> None:
    """A baseline with a fault in its last line leaves nothing behind; exit 1."""
    ebs("config", "adopt")
    whole = Path(world.baseline("zlib")).read_text()
    before = ebs("status", "--json").json
    ran = ebs("baseline", "--from", world.file("cut.jsonl", whole[:-20]))

    assert ran.code == 1
    assert "cut.jsonl:7: " in ran.err
    assert ebs("status", "--json").json == before


def test_a_baseline_without_a_policy_is_refused(
    ebs: Ebs, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a trigger tag nobody knows what a baseline is of: exit 4, and how to name one."""
    monkeypatch.delenv("EBS_POLICY")
    ran = ebs("baseline", "--from", world.baseline())

    assert ran.code == 4
    assert "--policy" in ran.err


def test_a_baseline_of_other_tags_is_invalid(ebs: Ebs, world: World) -> None:
    """Builds of a tag that is neither trigger nor stable: exit 1, and the tag is named."""
    lines = Path(world.baseline()).read_text().replace('"f41"', '"f40"').splitlines()
    ran = ebs("baseline", "--from", world.file("other.jsonl", *lines))

    assert ran.code == 1
    assert "f40" in ran.err


def test_a_baseline_names_what_it_adopts_on_the_way(ebs: Ebs, world: World) -> None:
    """The policy's events are among those named, and among those foreseen."""
    arguments = ("baseline", "--from", world.baseline("zlib"), "--json")
    rehearsed = ebs(*arguments, "--dry-run").json["events"]
    ran = ebs(*arguments).json

    assert rehearsed == ran["events"]
    assert len(ran["events"]) == ran["position"]


def test_a_page_of_datagrepper_is_taken_as_the_lines_of_a_dump_are(
    ready: Ebs, world: World
) -> None:
    """The same messages as a page: nothing counts twice, and what is none is told by its number."""
    lines = [world.message("bash", 11), world.message("zlib", 12)]
    told = [*map(json.loads, lines), {"id": "x"}]
    page = json.dumps({"arguments": {}, "count": 3, "raw_messages": told}, indent=2)
    ready("ingest", world.file("messages.jsonl", lines[0]))
    ran = ready("ingest", world.file("page.json", page), "--json")

    assert ran.code == 1
    assert [ran.json[key] for key in ("read", "recorded", "duplicates", "rejected")] == [3, 1, 1, 1]
    assert "page.json, message 3: not a message" in ran.err


def test_a_page_that_is_cut_off_is_told_and_the_rest_is_taken(ready: Ebs, world: World) -> None:
    """What lies before the cut is recorded; exit 1, and where it is cut."""
    page = json.dumps({"raw_messages": [json.loads(world.message("bash", 11)), {}]})
    ran = ready("ingest", world.file("page.json", page[:-3]), "--json")

    assert (ran.code, ran.json["recorded"], ran.json["rejected"]) == (1, 1, 1)
    assert "page.json, behind message 1: no page of datagrepper's from here on" in ran.err


@pytest.mark.parametrize(
    ("pack", "unpacking"),
    [
        (gzip.compress, "zcat"),
        (lzma.compress, "xzcat"),
        (bz2.compress, "bzcat"),
        (lambda text: b"\x28\xb5\x2f\xfd" + text, "zstdcat"),
        (lambda text: text.decode().encode("utf-16"), "iconv"),
    ],
    ids=["gzip", "xz", "bzip2", "zstd", "utf-16"],
)
@pytest.mark.parametrize("verb", [("ingest",), ("baseline", "--from")], ids=" ".join)
def test_what_is_packed_is_not_taken(
    ready: Ebs, world: World, verb: tuple[str, ...], pack: Callable[[bytes], bytes], unpacking: str
) -> None:
    """Else thousands of lines that are none would be on record, each as rejected, for ever."""
    before = ready("status", "--json").json["position"]
    file = world.folder / "packed"
    file.write_bytes(pack(world.message("bash", 11).encode()))
    ran = ready(*verb, str(file))

    assert ran.code == 1
    assert unpacking in ran.err
    assert ready("status", "--json").json["position"] == before
