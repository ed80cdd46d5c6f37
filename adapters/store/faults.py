# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong in the database, in the words of the domain: the edge that psycopg ends at."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from eventsourcing.persistence import IntegrityError
from psycopg import DataError, InterfaceError, OperationalError, errors

from adapters.errors import DependencyDown, NotPermitted
from domain.errors import Conflict, Invalid, Refused


class RecordConflict(Conflict, IntegrityError):
    """A Conflict that the event store's library knows as its own."""


_CONSTRAINTS: Final = {
    "events_pkey": "The stream has gone on",
    "events_position": "The log has gone on",
    "inbox_pkey": "The message was taken in already",
    "tokens_name": "A token of that name is there already",
}


@contextmanager
def translated() -> Iterator[None]:
    """Raise what psycopg raises inside as one of ours.

    Conflict for what another writer did first, NotPermitted for a missing right, Invalid for text
    that the database cannot hold, DependencyDown where it does not answer. What is left is a bug.
    """
    try:
        yield
    except errors.UniqueViolation as error:
        raise _conflict(error) from error
    except (errors.SerializationFailure, errors.DeadlockDetected) as error:
        raise RecordConflict("Another writer was in the way", why=_why(error)) from error
    except errors.InsufficientPrivilege as error:
        raise NotPermitted(
            "The database refuses this",
            why=_why(error),
            do="Check the rights of the database's user; `ebs migrate` grants what is needed",
        ) from error
    except (DataError, UnicodeEncodeError, errors.ProgramLimitExceeded) as error:
        raise Invalid("The database cannot hold this text", why=_why(error)) from error
    except (OperationalError, InterfaceError) as error:
        raise DependencyDown(
            "The database does not answer",
            why=_why(error),
            do="Start PostgreSQL, or correct EBS_DATABASE_URL",
        ) from error


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
