# SPDX-License-Identifier: GPL-3.0-or-later
"""The digest chain: one form of what an event says, and a digest of each that covers the last."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent
from hypothesis import given
from hypothesis import strategies as st

from adapters.store.digest import GENESIS, at_time, canonical, chain
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from adapters.store.recorder import Recorder
from adapters.store.verify import Anchor, Finding, Verification
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
    digests = [
        chain(GENESIS, "a", 1, "tagged", b"{}", time=b"t"),
        chain(b"\1" * 32, "a", 1, "tagged", b"{}", time=b"t"),
        chain(GENESIS, "b", 1, "tagged", b"{}", time=b"t"),
        chain(GENESIS, "a", 2, "tagged", b"{}", time=b"t"),
        chain(GENESIS, "a", 1, "untagged", b"{}", time=b"t"),
        chain(GENESIS, "a", 1, "tagged", b"[]", time=b"t"),
        chain(GENESIS, "a", 1, "tagged", b"{}", time=b"u"),
        chain(GENESIS, "a1", 1, "tagged", b"{}", time=b"t"),
        chain(GENESIS, "a", 11, "tagged", b"{}", time=b"t"),
    ]
    assert len(set(digests)) == len(digests)


def test_the_digest_is_stable() -> None:
    """The chain begins as it always did: a change here would break every log there is."""
    time = at_time(datetime(2024, 8, 13, 14, 0, 0, 500, timezone(timedelta(hours=2))))
    first = chain(GENESIS, "package:bash", 1, "tagged", b'{"data":{},"meta":{}}', time=time)

    assert time == b"2024-08-13T12:00:00.000500+00:00"
    assert first.hex() == "fe7235f8988376745b47792e75fdd6ee6f3724dc14b578b838b2f7486e4b2aea"


def test_the_chain_holds_for_the_rows_as_read(database: Database, log: EventLog) -> None:
    """Computed again from the rows of several appends, the digests are those on record."""
    log.append(envelopes(tagged(1), tagged(2, source="git+https://x#é")))
    log.append(envelopes(tagged(3, tag_id=2**40), stream="package:zsh"))

    assert _broken(log) == []
    assert log.head() == 3


@given(states=st.lists(JSON.map(json.dumps), min_size=1, max_size=5))
def test_jsonb_changes_nothing_that_counts(shared_log: EventLog, states: list[str]) -> None:
    """Whatever jsonb makes of unicode, nesting, numbers and the order of keys, the chain holds."""
    recorder = Recorder(shared_log.connections)
    head = shared_log.head()
    recorder.insert_events(
        [
            StoredEvent("s", head + number, "any", state.encode())
            for number, state in enumerate(states, 1)
        ]
    )
    assert _broken(shared_log) == []


def _broken(log: EventLog) -> list[Finding]:
    """What a walk along the chain finds."""
    walk = Verification(Anchor())
    return [finding for rows in log.rows() for finding in walk.walk(rows)]


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value
