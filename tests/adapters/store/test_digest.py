# SPDX-License-Identifier: GPL-3.0-or-later
"""The digest chain: whoever changes a row, leaves one out or swaps two is found out."""

import json
from collections.abc import Iterator
from contextlib import closing
from itertools import accumulate
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.store.connections import connect
from adapters.store.digest import GENESIS, canonical, chain
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from adapters.store.recorder import Recorder
from domain.catalogue import EVENTS
from domain.errors import Invalid
from tests.adapters.store.examples import envelopes, tagged
from tests.fixtures.fix_store import Cluster

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)
ROWS = b"select stream, version, topic, state::text, digest from events order by position"


@pytest.fixture(scope="module")
def shared_log(cluster: Cluster) -> Iterator[EventLog]:
    """One log for all examples that hypothesis thinks of."""
    with (
        closing(cluster.create(template=cluster.migrated)) as database,
        EventLog(database.conninfo, EVENTS) as log,
    ):
        yield log


@given(JSON)
def test_the_canonical_form_is_that_of_the_standard_library(value: Any) -> None:
    """The form is JSON with sorted keys, no blanks, UTF-8; spelling and order do not matter."""
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    reversed_and_spaced = json.dumps(_reversed(value), indent=2)

    assert canonical(plain) == plain.encode()
    assert canonical(reversed_and_spaced) == plain.encode()


@pytest.mark.parametrize("text", ["1.0", "1e3", '{"a": [0.5]}', "NaN", '"\\ud800"', "{", ""])
def test_what_has_no_canonical_form_is_refused(text: str) -> None:
    """Floats, lone surrogates and what is no JSON get no digest."""
    with pytest.raises(Invalid):
        canonical(text)


def test_every_field_counts() -> None:
    """A digest changes with each field, and no two events run together to the same text."""
    events = [
        (GENESIS, "a", 1, "tagged", b"{}"),
        (b"\1" * 32, "a", 1, "tagged", b"{}"),
        (GENESIS, "b", 1, "tagged", b"{}"),
        (GENESIS, "a", 2, "tagged", b"{}"),
        (GENESIS, "a", 1, "untagged", b"{}"),
        (GENESIS, "a", 1, "tagged", b"[]"),
        (GENESIS, "a1", 1, "tagged", b"{}"),
        (GENESIS, "a", 11, "tagged", b"{}"),
    ]
    assert len({chain(*event) for event in events}) == len(events)


def test_the_digest_is_stable() -> None:
    """The chain begins as it always did: a change here would break every log there is."""
    first = chain(GENESIS, "package:bash", 1, "tagged", b'{"data":{},"meta":{}}')

    assert first.hex() == "b3163227123029ef059a235cb1e48b5610a6dc09c9f270f2ab117f95a84f2011"


def test_the_chain_holds_for_the_rows_as_read(database: Database, log: EventLog) -> None:
    """Computed again from the rows of several appends, the digests are those on record."""
    log.append(envelopes(tagged(1), tagged(2, source="git+https://x#é")))
    log.append(envelopes(tagged(3, tag_id=2**40), stream="package:zsh"))

    assert _broken(log) == []
    assert len(log.connections.fetch(ROWS)) == 3


@settings(deadline=None)
@given(states=st.lists(JSON.map(json.dumps), min_size=1, max_size=5))
def test_jsonb_changes_nothing_that_counts(shared_log: EventLog, states: list[str]) -> None:
    """Whatever jsonb makes of unicode, nesting, numbers and the order of keys, the chain holds."""
    recorder = Recorder(shared_log.connections)
    head = shared_log.head()
    recorder.insert_events(
        [
            StoredEvent("s", head + number, "any", state.encode())
            for number, state in enumerate(states)
        ]
    )
    assert _broken(shared_log) == []


@pytest.mark.parametrize(
    "forgery",
    [
        "update events set state = jsonb_set(state, '{data,build_id}', '7') where position = 2",
        "update events set topic = 'untagged' where position = 2",
        "update events set stream = 'package:zsh' where position = 2",
        "delete from events where position = 2",
    ],
)
def test_a_forger_is_found_out(database: Database, log: EventLog, forgery: str) -> None:
    """Where somebody got round role and trigger, the chain breaks at the row or right behind it."""
    log.append(envelopes(tagged(1), tagged(2), tagged(3)))
    with connect(database.owner_conninfo) as owner:
        owner.execute("alter table events disable trigger events_append_only")
        owner.execute(forgery.encode())

    assert _broken(log) != []


def _broken(log: EventLog) -> list[int]:
    """Where, by the number of the row, the digest is not that of the row and its predecessor."""
    rows = log.connections.fetch(ROWS)
    expected = accumulate(
        rows,
        lambda digest, row: chain(digest, row[0], row[1], row[2], canonical(row[3])),
        initial=GENESIS,
    )
    next(expected)
    return [
        number
        for number, (row, digest) in enumerate(zip(rows, expected, strict=True))
        if bytes(row[4]) != digest
    ]


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value
