# SPDX-License-Identifier: GPL-3.0-or-later
"""A database with a log, the journal that writes it, and a life to write."""

import pytest

from adapters.service.journal import Journal
from adapters.store.log import EventLog
from tests.domain.given import (
    Given,
    built,
    commit,
    ended,
    given,
    in_destination,
    requested,
    rules,
    tagged,
    untagged,
)

BOTH = rules("f42", listed=["bash", "zsh"])


@pytest.fixture
def journal(log: EventLog) -> Journal:
    """The journal of an empty log."""
    journal = Journal(log)
    journal.catch_up()
    return journal


@pytest.fixture(scope="session")
def life() -> Given:
    """Two packages with builds queued, built, failed, superseded and skipped."""
    log = given(
        tagged(1, 10, "f42"),
        tagged(1, 10, "f42", package="zsh"),
        in_destination(commit(7, "zsh"), package="zsh"),
    )
    log = log.decided(BOTH).and_then(built(1), ended(1, package="zsh"), tagged(2, 20, "f42"))
    log = log.decided(BOTH).and_then(tagged(3, 30, "f42"), untagged(1, 40, "f42"))
    return log.decided(BOTH).and_then(requested(force=True, package="zsh"))
