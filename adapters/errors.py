# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that only the world outside can cause, and what every kind means to who asked.

::

    EbsError
    ├── DependencyDown   what this rests on does not answer
    └── NotPermitted     it answers, and says no
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from domain.errors import Conflict, EbsError, Invalid, NotFound, Refused

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What the decoder raises at ill-formed JSON, the last at what is nested too deep."""


class DependencyDown(EbsError):
    """A database, hub, repository or server does not answer; the same call may succeed later."""


class NotPermitted(EbsError):
    """The user, the credentials or the file's mode do not allow it."""


class Meaning(NamedTuple):
    """What a kind of error is to a program: a stable name, the exit code, the HTTP status."""

    code: str
    exit: int
    status: int


MEANINGS: Final[Mapping[type[EbsError], Meaning]] = {
    Invalid: Meaning("invalid", 1, 400),
    NotFound: Meaning("not-found", 3, 404),
    Refused: Meaning("refused", 4, 409),
    Conflict: Meaning("conflict", 5, 409),
    DependencyDown: Meaning("dependency-down", 6, 503),
    NotPermitted: Meaning("not-permitted", 7, 403),
}
"""The one table, of the command line and the web alike."""

FAILED: Final = Meaning("failed", 1, 500)
"""Whatever is not in the table: a bug."""


def meaning_of(error: Exception) -> Meaning:
    """Return what an error is to a program."""
    kinds = (meaning for kind, meaning in MEANINGS.items() if isinstance(error, kind))
    return next(kinds, FAILED)
