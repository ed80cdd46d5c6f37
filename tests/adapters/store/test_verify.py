# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify: whoever changes a row, takes one out, puts one in or moves one is found out."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.store.connections import Connection, connect
from adapters.store.digest import GENESIS, at_time, canonical, chain
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from adapters.store.verify import Anchor, Finding, Row, Verification
from domain.catalogue import EVENTS
from tests.adapters.store.examples import envelopes, tagged
from tests.fixtures.fix_store import Cluster

AUGUST = datetime(2024, 8, 13, tzinfo=UTC)
LENGTH = 12
START = Anchor()


def linked(contents: Sequence[tuple[str, str]], start: Anchor = START) -> list[Row]:
    """Rows of these streams and states, each at the next position and version."""
    versions: dict[str, int] = {}
    rows: list[Row] = []
    digest = start.digest
    for position, (stream, state) in enumerate(contents, start.position + 1):
        version = versions[stream] = versions.get(stream, 0) + 1
        at = AUGUST + timedelta(seconds=position)
        digest = chain(digest, stream, version, "tagged", canonical(state), time=at_time(at))
        rows.append((position, stream, version, "tagged", state, at, digest))
    return rows


def walked(rows: Sequence[Row], *expected: Anchor, start: Anchor = START) -> list[Finding]:
    """All that a walk finds, in two parts as a long log is read."""
    walk = Verification(start, expected)
    half = len(rows) // 2
    found = [finding for part in (rows[:half], rows[half:]) for finding in walk.walk(part)]
    return [*found, *walk.end(0)]


def told(findings: Sequence[Finding]) -> list[tuple[int, str]]:
    """Where which fault is."""
    return [(finding.position, finding.fault) for finding in findings]


WHOLE = linked([(f"package:{'abc'[n % 3]}", json.dumps({"n": n})) for n in range(LENGTH)])
ROW = st.integers(0, LENGTH - 1)
NOT_THE_LAST = st.integers(0, LENGTH - 2)


def renumbered(rows: Sequence[Row]) -> list[Row]:
    """The rows at positions without a gap, as a careful forger leaves them."""
    return [(position, *row[1:]) for position, row in enumerate(rows, 1)]


def test_what_nobody_touched_is_whole() -> None:
    """Nothing is found in a chain as it was written, from the beginning or from any row on."""
    assert walked(WHOLE) == []
    for row in WHOLE:
        start = Anchor(row[0], row[6])
        assert walked(WHOLE[row[0] :], start=start) == []


@given(ROW, st.integers(0, 6), st.data())
def test_a_flipped_byte_is_found(index: int, field: int, data: st.DataObject) -> None:
    """Whatever bit of whatever column is another one, the walk names that row or the next."""
    row = list(WHOLE[index])
    match row[field]:
        case int(number):
            row[field] = number ^ 1 << data.draw(st.integers(0, 20))
        case str(text):
            at = data.draw(st.integers(0, len(text) - 1))
            row[field] = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
        case bytes(digest):
            at = data.draw(st.integers(0, len(digest) - 1))
            row[field] = digest[:at] + bytes([digest[at] ^ 1]) + digest[at + 1 :]
        case datetime() as time:
            row[field] = time + timedelta(microseconds=data.draw(st.integers(1, 10**9)))
    changed: Row = tuple(row)  # type: ignore[assignment] # of the same types
    ordered = sorted([*WHOLE[:index], changed, *WHOLE[index + 1 :]])
    if field == 4 and canonical_or_none(str(row[4])) == canonical(WHOLE[index][4]):
        return
    found = walked(ordered)

    assert found
    if field not in (0, 6):
        assert found[0].position == index + 1


def canonical_or_none(state: str) -> bytes | None:
    """The one form of a text, if it has any."""
    try:
        return canonical(state)
    except Exception:  # noqa: BLE001 - whatever is wrong with it
        return None


@pytest.mark.parametrize("closed", [False, True], ids=["gap", "renumbered"])
@given(index=NOT_THE_LAST)
def test_a_dropped_row_is_found(closed: bool, index: int) -> None:
    """Whether the gap shows or the positions were closed up; the row behind it is named."""
    rows = [*WHOLE[:index], *WHOLE[index + 1 :]]
    found = walked(renumbered(rows) if closed else rows)

    assert told(found)[0] == (index + 1, "changed") if closed else (index + 2, "missing")
    lost = f"{WHOLE[index][1]}@{WHOLE[index][2]}"
    if any(row[1] == WHOLE[index][1] for row in rows[index:]):
        assert any(lost in finding.detail for finding in found)


@given(ROW)
def test_a_dropped_tail_is_found_by_who_has_seen_it(index: int) -> None:
    """A chain says nothing of its end; a projection that read further, or a digest kept, does."""
    walk = Verification(Anchor())
    assert list(walk.walk(WHOLE[:index])) == []
    assert told([*walk.end(LENGTH)]) == [(LENGTH, "missing")]
    assert told(walked(WHOLE[:index], Anchor(LENGTH, WHOLE[-1][6]))) == [(LENGTH, "missing")]


@pytest.mark.parametrize("shifted", [False, True], ids=["same position", "shifted"])
@given(index=ROW)
def test_a_doubled_row_is_found(shifted: bool, index: int) -> None:
    """A row that stands there twice is named, whether or not what follows made room for it."""
    rows = [*WHOLE[: index + 1], *WHOLE[index:]]
    found = walked(renumbered(rows) if shifted else rows)

    if shifted:
        assert found[0].position == index + 2
    else:
        assert told(found) == [(index + 1, "doubled")]


@given(st.lists(ROW, min_size=2, max_size=2, unique=True), st.booleans())
def test_swapped_rows_are_found(pair: list[int], in_file: bool) -> None:
    """Two rows in each other's place, at their own positions or at the other's."""
    first, second = sorted(pair)
    rows = [*WHOLE]
    rows[first], rows[second] = rows[second], rows[first]
    found = walked(rows if in_file else renumbered(rows))

    assert found[0].position == (second + 1 if in_file else first + 1)


@given(ROW, st.booleans())
def test_an_inserted_row_is_found(index: int, linked_on: bool) -> None:
    """Also one whose own digest is right: what stood there before does not follow it."""
    previous = WHOLE[index - 1][6] if index else GENESIS
    right = chain(previous, "package:z", 1, "tagged", canonical("{}"), time=at_time(AUGUST))
    digest = right if linked_on else b"?" * 32
    new: Row = (0, "package:z", 1, "tagged", "{}", AUGUST, digest)
    found = walked(renumbered([*WHOLE[:index], new, *WHOLE[index:]]))

    assert told(found)[-1] == (index + 2, "misplaced")
    assert len(found) == (1 if linked_on else 2)


def test_a_changed_digest_is_one_finding() -> None:
    """Where only the digest is another one, what follows is sound, and is not blamed."""
    row = WHOLE[4]
    rows = [*WHOLE[:4], (*row[:6], bytes(32)), *WHOLE[5:]]

    assert told(walked(rows)) == [(5, "changed")]


@given(ROW)
def test_a_rewritten_chain_is_found_by_a_digest_kept_elsewhere(index: int) -> None:
    """Who computes everything anew from a row on leaves a sound chain, with another head."""
    contents = [(row[1], str(row[4])) for row in WHOLE]
    contents[index] = (contents[index][0], '{"n": "forged"}')
    forged = linked(contents)

    assert walked(forged) == []
    assert told(walked(forged, Anchor(LENGTH, WHOLE[-1][6]))) == [(LENGTH, "changed")]
    assert walked(WHOLE, Anchor(LENGTH, WHOLE[-1][6])) == []


def test_a_float_is_a_changed_row() -> None:
    """What has no canonical form is a finding, and no error."""
    row = WHOLE[4]
    rows = [*WHOLE[:4], (*row[:4], '{"n": 0.5}', *row[5:]), *WHOLE[5:]]

    assert told(walked(rows)) == [(5, "changed")]


# --- in the database ---------------------------------------------------------------------------

UPDATE = "update events set {} where position = 5"
FORGERIES = {
    "state": UPDATE.format("state = jsonb_set(state, '{data,build_id}', '7')"),
    "float": UPDATE.format("state = jsonb_set(state, '{data,n}', '0.5')"),
    "deep": UPDATE.format("state = (repeat('{\"a\":', 3000) || '1' || repeat('}', 3000))::jsonb"),
    "time": UPDATE.format("recorded_at = recorded_at - interval '1 day'"),
    "end of time": UPDATE.format("recorded_at = 'infinity'"),
    "beginning of time": UPDATE.format("recorded_at = '4000-01-01 BC'"),
    "topic": UPDATE.format("topic = 'untagged'"),
    "stream": UPDATE.format("stream = 'package:new'"),
    "version": UPDATE.format("version = 99"),
    "digest": UPDATE.format("digest = sha256('x')"),
    "dropped": "delete from events where position = 4",
}


@pytest.fixture(scope="module")
def forged_log(cluster: Cluster) -> Iterator[tuple[EventLog, Connection]]:
    """A log of nine events, and its owner, whom no trigger hinders."""
    with (
        closing(cluster.create(template=cluster.migrated)) as database,
        EventLog(database.conninfo, EVENTS) as log,
        connect(database.owner_conninfo) as owner,
    ):
        for number in range(3):
            log.append(envelopes(*map(tagged, range(3)), stream=f"package:p{number}"))
        owner.execute("alter table events disable trigger events_append_only")
        owner.execute("create table original as table events")
        yield log, owner


def found_in(log: EventLog) -> list[Finding]:
    """What is found in a log."""
    walk = Verification(Anchor())
    return [finding for rows in log.rows() for finding in walk.walk(rows)]


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_forger_is_found_out(forged_log: tuple[EventLog, Connection], forgery: str) -> None:
    """Where somebody got round role and trigger, the row is named; undone, nothing is found."""
    log, owner = forged_log
    owner.execute(forgery.encode())
    found = found_in(log)
    owner.execute("truncate events")
    owner.execute("insert into events table original")

    assert found[0].position == 5
    assert found_in(log) == []


@pytest.mark.parametrize("position", [0, -7])
def test_what_stands_before_the_beginning_is_found(
    forged_log: tuple[EventLog, Connection], position: int
) -> None:
    """A row below position 1 would be read as part of its stream."""
    log, owner = forged_log
    owner.execute("create temp table more as select * from events where position = 5")
    owner.execute("update more set position = %s, version = 99", [position])
    owner.execute("insert into events table more")
    found = found_in(log)
    owner.execute("drop table more")
    owner.execute("delete from events where version = 99")

    assert found[0].position == position
    assert found_in(log) == []


@settings(max_examples=20)
@given(pair=st.lists(st.integers(1, 9), min_size=2, max_size=2, unique=True))
def test_rows_that_change_places_are_found_out(
    forged_log: tuple[EventLog, Connection], pair: list[int]
) -> None:
    """Whichever two rows exchange their positions."""
    log, owner = forged_log
    for old, new in ((pair[0], 0), (pair[1], pair[0]), (0, pair[1])):
        owner.execute("update events set position = %s where position = %s", [new, old])
    found = found_in(log)
    owner.execute("truncate events")
    owner.execute("insert into events table original")

    assert found[0].position == min(pair)


def test_times_rise_with_positions(database: Database, log: EventLog) -> None:
    """Where the clock of the database was set back, recording time stands still."""
    log.append(envelopes(tagged()))
    with connect(database.owner_conninfo) as owner:
        owner.execute("alter table events disable trigger events_append_only")
        owner.execute("update events set recorded_at = now() + interval '1 hour'")
    [before] = log.read()
    [after] = log.append(envelopes(tagged(), version=2))

    assert after.recorded_at == before.recorded_at
    assert [each.recorded_at for each in log.read(1)] == [after.recorded_at]
