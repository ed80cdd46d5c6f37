# SPDX-License-Identifier: GPL-3.0-or-later
"""Parquet says what the log says, and the queries of the documentation have answers."""

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from adapters.store import parquet
from adapters.store.archive.read import Archive
from adapters.store.codec import Codec
from adapters.store.parquet import write
from adapters.store.verify import Row
from domain.catalogue import EVENTS
from domain.errors import Refused

ROOT = Path(__file__).parents[3]
INCIDENT = ROOT / "tests/replay/golden/0.1.0-incident.zip"
QUERIES = (ROOT / "deploy/docs/queries.sql").read_text()
VIEWS = (ROOT / "adapters/store/schema.sql").read_text()


def incident() -> list[list[Row]]:
    """The rows of the incident."""
    with INCIDENT.open("rb") as file, Archive(file, "incident") as archive:
        return list(archive.rows())


def statements() -> list[str]:
    """The statements of the documentation, one by one."""
    return [text.strip() for text in QUERIES.split(";\n") if text.strip()]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The incident as Parquet, in parts, in the folder that the queries name."""
    monkeypatch.chdir(tmp_path)
    rows = [row for part in incident() for row in part]
    parts = [rows[at : at + 100] for at in range(0, len(rows), 100)]
    monkeypatch.setattr(parquet, "PARTS", 3)
    assert write(Path("log"), parts) == len(rows)
    return tmp_path / "log"


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB that fetches nothing."""
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as database:
        yield database


def test_it_says_what_the_log_says(folder: Path, database: duckdb.DuckDBPyConnection) -> None:
    """Each event is a row, in order, whole: with all of its data and its digest."""
    database.execute(statements()[0])
    query = "select position, stream, version, topic, recorded_at, data, digest from log_events"
    found = database.execute(f"{query} order by position").fetchall()
    codec = Codec(EVENTS)
    rows = [row for part in incident() for row in part]

    assert [(*row[:4], row[4].astimezone(UTC), row[6]) for row in found] == [
        (*row[:4], row[5], row[6].hex()) for row in rows
    ]
    for row, (_, stream, version, topic, state, *_) in zip(found, rows, strict=True):
        event = codec.envelope(stream, version, topic, state).event
        kept = f'{{"data":{row[5]},"meta":{{"correlation":"","occurred_at":"2024-08-13T00:00:00Z",'
        again = codec.envelope(stream, version, topic, f'{kept}"via":"service"}}}}')
        assert again.event == event


def test_its_columns_are_those_of_the_view(
    folder: Path, database: duckdb.DuckDBPyConnection
) -> None:
    """So that the same question can be asked of both; and the digest, and the month."""
    database.execute(statements()[0])
    found = [row[0] for row in database.execute("describe log_events").fetchall()]
    view = VIEWS[VIEWS.index("create view log_events") :].partition("from events")[0]

    assert found[-2:] == ["digest", "month"]
    for name in found[:-2]:
        assert f"as {name}" in view or f"    {name},\n" in view, name


def test_months_are_folders(tmp_path: Path) -> None:
    """By when an event was recorded, in UTC: a month that is over does not change any more."""
    rows = incident()[0][:4]
    times = [
        datetime(2024, 7, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2024, 8, 1, tzinfo=UTC),
        datetime(2024, 8, 31, tzinfo=UTC),
        datetime(2024, 9, 1, tzinfo=UTC),
    ]
    parts = [[(*row[:5], time, row[6]) for row, time in zip(rows, times, strict=True)]]
    write(tmp_path / "log", parts)

    assert sorted(each.name for each in (tmp_path / "log").iterdir()) == [
        "month=2024-07",
        "month=2024-08",
        "month=2024-09",
    ]


def test_nothing_is_overwritten(folder: Path) -> None:
    """A folder that holds something is left as it is; an empty one will do."""
    before = sorted(folder.rglob("*"))
    with pytest.raises(Refused, match="there already"):
        write(folder, incident())
    assert sorted(folder.rglob("*")) == before

    (folder.parent / "empty").mkdir()
    assert write(folder.parent / "empty", incident()) == 831


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    """Neither half a folder nor what was on the way to it."""

    def broken() -> Iterator[list[Row]]:
        yield from incident()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write(tmp_path / "log", broken())
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_an_empty_folder(tmp_path: Path) -> None:
    """Of no event."""
    assert write(tmp_path / "log", []) == 0
    assert list((tmp_path / "log").iterdir()) == []


def test_without_duckdb_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an extra, for it is large."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(Refused) as caught:
        write(tmp_path / "log", incident())
    assert "elnsync[parquet]" in caught.value.do
    assert list(tmp_path.iterdir()) == []


# --- the documentation's queries ---------------------------------------------------------------


def answers(database: duckdb.DuckDBPyConnection) -> dict[str, list[Any]]:
    """What each query finds, by the remark above it."""
    found: dict[str, list[Any]] = {}
    for text in statements():
        answer = database.execute(text)
        if "create or replace view" not in text:
            remark = text.partition("\n")[0].removeprefix("-- ")
            found[remark.partition(":")[0].partition(",")[0].rstrip(".")] = answer.fetchall()
    return found


def test_each_query_has_an_answer(folder: Path, database: duckdb.DuckDBPyConnection) -> None:
    """The figures are those of the incident."""
    found = answers(database)
    topics = Counter(row[3] for part in incident() for row in part)

    assert Counter({topic: n for _, topic, n in found["How much of what is on record"]}) == topics
    decided = found["What was decided"]
    assert sum(row[3] for row in decided if row[1] == "queued") == topics["queued"] == 32
    kept = found["How many builds the rules against re-tags kept from being built"]
    assert sum(row[1] for row in kept) == topics["skipped-as-retag"]
    assert found["How long it took from Koji's tagging to our verdict on it"][0][0] > 30
    assert sum(row[1] for row in found["The packages that cost most"]) > 15
    assert found["What failed more than once and was never built"] == []
    assert ("eln-operator", "paused", 1) in [row[:3] for row in found["Who did what by hand"]]
    assert [row[:3] for row in found["Each batch"]] == [(1, 8, 8), (2, 24, 24)]
    assert {row[0] for row in found["How long it took until we knew"]} >= {"message", "catch-up"}
    assert len(found) == 9
