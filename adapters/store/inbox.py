# SPDX-License-Identifier: GPL-3.0-or-later
"""What came in and waits to be recorded as facts: each message once, by its id."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from adapters.ports import Hint, InboxMessage
from adapters.store.connections import Cursor, Fetching, Within
from adapters.store.listening import HINTS
from adapters.store.statements import statement
from domain.errors import Conflict

_NUDGE: Final = f"select pg_notify('{HINTS}', %(hint)s)".encode()
_BEYOND: Final = 2**63 - 1
_COUNT: Final = b"select count(*) from inbox where done_at is null"


class Inbox:
    """The messages of one database."""

    def __init__(self, connections: Fetching) -> None:
        self._connections = connections

    def put(self, messages: Sequence[InboxMessage]) -> set[str]:
        """Keep these messages and return the ids that are new; the others are here already.

        Once it returns they are safe. Raises Invalid, keeping none, where an id, topic or origin
        holds what no text can (a NUL, a lone surrogate); a body may hold anything.
        """
        rows = self._connections.fetch(statement("inbox_put"), **_columns(messages))
        return {message_id for (message_id,) in rows}

    def pending(self, limit: int) -> list[InboxMessage]:
        """Return at most ``limit`` messages that are not done, in the order they came."""
        rows = self._connections.fetch(statement("inbox_pending"), limit=limit)
        return [InboxMessage(*row) for row in rows]

    def nudge(self, hint: Hint) -> None:
        """Tell whoever listens to the log; where nobody does, nothing is kept."""
        self._connections.fetch(_NUDGE, hint=hint)

    def count(self) -> int:
        """How many messages are not done."""
        [(count,)] = self._connections.fetch(_COUNT)
        return int(count)

    def tally(self, after: int | None) -> tuple[int, dict[str, int]]:
        """Count by outcome what was done behind ``after``; return up to where, and the counts.

        ``after`` is what the last count returned: a count costs what came since. None counts
        nothing yet.
        """
        begun = _BEYOND if after is None else after
        rows = self._connections.fetch(statement("inbox_tally"), after=begun)
        upto = max(after or 0, *(int(row[0]) for row in rows))
        return upto, {outcome: count for _, outcome, count in rows if outcome is not None}

    def settle(self, cursor: Cursor, outcomes: Mapping[str, str]) -> None:
        """Mark exactly these messages done, in the transaction that records what they led to.

        Raises Conflict where one is done already or unknown; then nothing of it all may stand.
        """
        ids = sorted(outcomes)
        params = {"message_ids": ids, "outcomes": [outcomes[message_id] for message_id in ids]}
        done = cursor.execute(statement("inbox_settle"), params).rowcount
        if done != len(ids):
            raise _taken(len(ids) - done, len(ids))

    def keep(
        self, cursor: Cursor, messages: Sequence[InboxMessage], outcomes: Mapping[str, str]
    ) -> None:
        """Keep messages that are done, in the transaction that records what they led to.

        Raises Conflict where one is here already; then nothing of it all may stand.
        """
        [now] = cursor.execute("select now()").fetchone() or (None,)
        with cursor.copy(statement("inbox_keep")) as rows:
            rows.set_types(["text", "text", "bytea", "text", "timestamptz", "text"])
            for m in sorted(messages, key=lambda message: message.message_id):
                outcome = outcomes[m.message_id]
                rows.write_row((m.message_id, m.topic, m.body, m.origin, now, outcome))

    def known(self, cursor: Cursor, ids: Collection[str]) -> set[str]:
        """Return which of these messages are here, waiting or done, as the cursor sees it."""
        rows = Within(cursor).fetch(statement("inbox_known"), message_ids=list(ids))
        return {message_id for (message_id,) in rows}


def _columns(messages: Sequence[InboxMessage]) -> dict[str, list[str] | list[bytes]]:
    return {
        "message_ids": [message.message_id for message in messages],
        "topics": [message.topic for message in messages],
        "bodies": [message.body for message in messages],
        "origins": [message.origin for message in messages],
    }


def _taken(some: int, all_: int) -> Conflict:
    return Conflict(
        f"{some} of {all_} messages are done already",
        why="another process took them from the inbox",
        do="Take the inbox's messages again",
    )
