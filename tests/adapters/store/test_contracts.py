# SPDX-License-Identifier: GPL-3.0-or-later
"""The event store's own contract for recorders, kept by ours."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from unittest import TestCase
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.tests import persistence

from adapters.store.connections import Connections
from adapters.store.embedded import Database
from adapters.store.recorder import Recorder

Stored = TypeVar("Stored", bound=StoredEvent)

CONTRACTS: list[tuple[type[TestCase], str]] = [
    (persistence.ApplicationRecorderTestCase, "test_insert_select"),
    (persistence.ApplicationRecorderTestCase, "test_performance"),
    (persistence.ApplicationRecorderTestCase, "test_concurrent_no_conflicts"),
    (persistence.ApplicationRecorderTestCase, "test_concurrent_throughput"),
    (persistence.ApplicationRecorderTestCase, "optional_test_insert_subscribe"),
    (persistence.TrackingRecorderTestCase, "test_insert_tracking"),
    (persistence.TrackingRecorderTestCase, "test_wait"),
    (persistence.ProcessRecorderTestCase, "test_insert_select"),
    (persistence.ProcessRecorderTestCase, "test_has_tracking_id"),
    (persistence.ProcessRecorderTestCase, "test_raises_when_lower_inserted_later"),
    (persistence.ProcessRecorderTestCase, "test_performance"),
    (persistence.NonInterleavingNotificationIDsBaseCase, "test"),
]


class ForeignStates(Recorder):
    """The contracts write states that are no JSON: here they travel as JSON strings."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **keywords: Any) -> Sequence[int]:
        """Insert them, wrapped."""
        wrapped = [
            replace(event, state=json.dumps(event.state.decode()).encode())
            for event in stored_events
        ]
        return super().insert_events(wrapped, **keywords)

    def select_events(self, originator_id: UUID | str, **keywords: Any) -> Sequence[StoredEvent]:
        """Return them, unwrapped."""
        return [_unwrapped(event) for event in super().select_events(originator_id, **keywords)]

    def select_notifications(self, *args: Any, **keywords: Any) -> Sequence[Notification]:
        """Return them, unwrapped."""
        return [_unwrapped(event) for event in super().select_notifications(*args, **keywords)]


def _unwrapped(event: Stored) -> Stored:
    return replace(event, state=json.loads(event.state).encode())


@pytest.fixture
def recorder(database: Database) -> Iterator[Recorder]:
    """Our recorder, on an empty log."""
    with Connections(database.conninfo) as connections:
        recorder = ForeignStates(connections)
        yield recorder
        recorder.close()


@pytest.mark.parametrize(("case", "name"), CONTRACTS)
def test_the_recorder_keeps_the_librarys_contract(
    case: type[TestCase], name: str, recorder: Recorder
) -> None:
    """Each test that the library has for the recorders of others passes with ours."""
    methods = {"create_recorder": lambda _: recorder, "new_originator_id": lambda _: str(uuid4())}
    type(case.__name__, (case,), methods)(name).debug()
