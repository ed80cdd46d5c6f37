# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong in the database, in the words of the domain: the edge that psycopg ends at."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from eventsourcing.persistence import IntegrityError
from psycopg import DataError, Error, InterfaceError, OperationalError, errors

from adapters.errors import DependencyDown, NotPermitted, meaning_of
from adapters.meters import DATABASE_ERRORS
from domain.errors import Conflict, EbsError, Invalid, Refused


class RecordConflict(Conflict, IntegrityError):
    """A Conflict that the event store's library knows as its own."""


_CONSTRAINTS: Final = {
    "events_pkey": "The stream has gone on",
    "events_position": "The log has gone on",
    "inbox_pkey": "The message was taken in already",
    "tokens_name": "A token of that name is there already",
}

_CURE: Final = "Start PostgreSQL, or correct EBS_DATABASE_URL"
_CURES: Final[dict[type[Error], str]] = {
    errors.DiskFull: "Make room where PostgreSQL keeps its data; then do it again",
    errors.QueryCanceled: "Lift the statement_timeout of the database's user, or do it again",
}


@contextmanager
def translated() -> Iterator[None]:
    """Raise what psycopg raises inside as one of ours, and count it.

    Conflict for what another writer did first, NotPermitted for a missing right, Refused on a copy,
    Invalid for text that the database cannot hold, DependencyDown where it does not answer. What is
    left is a bug.
    """
    try:
        yield
    except (Error, UnicodeEncodeError) as error:
        ours = _ours(error)
        if ours is None:
            raise
        DATABASE_ERRORS.labels(meaning_of(ours).code).inc()
        raise ours from error


def _ours(error: Error | UnicodeEncodeError) -> EbsError | None:
    if isinstance(error, errors.UniqueViolation):
        return _conflict(error)
    if isinstance(error, errors.SerializationFailure | errors.DeadlockDetected):
        return RecordConflict("Another writer was in the way", why=_why(error))
    if isinstance(error, errors.InsufficientPrivilege):
        return NotPermitted(
            "The database refuses this",
            why=_why(error),
            do="Check the rights of the database's user; `ebs migrate` grants what is needed",
        )
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return only_read(_why(error))
    if isinstance(error, DataError | UnicodeEncodeError | errors.ProgramLimitExceeded):
        return Invalid("The database cannot hold this text", why=_why(error))
    if isinstance(error, OperationalError | InterfaceError):
        return DependencyDown(
            "The database does not answer",
            why=_why(error),
            do=next((do for kind, do in _CURES.items() if isinstance(error, kind)), _CURE),
        )
    return None


def only_read(why: str) -> Refused:
    """Return the error that tells of a standby, on which nothing can be written."""
    return Refused(
        "This database is a copy that is only read",
        why=why,
        do="Do it where EBS_DATABASE_URL names the server that the copy is of",
    )


_FENCE: Final = {"events_queued_build": "build", "events_queued_source": "source"}


def _conflict(error: errors.UniqueViolation) -> RecordConflict | Refused:
    name = error.diag.constraint_name or ""
    if name in _FENCE:
        return Refused(
            f"A {_FENCE[name]} would be queued twice in one generation, mode and round",
            why=error.diag.message_detail or "",
            do="This is a fault of ours that the database caught: please report it",
        )
    what = _CONSTRAINTS.get(name, f"{name} allows it once")
    return RecordConflict(what, why=error.diag.message_detail or "", do="Read again, then retry")


def _why(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
