# SPDX-License-Identifier: GPL-3.0-or-later
"""Bearer tokens of scripts: shown once, kept as digests, each with a name and an end.

They are no facts of the log: nothing is decided by them, and one that was revoked is to be gone.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Final

from msgspec import Struct
from psycopg import Rollback

from adapters.store.connections import Connections, Cursor
from adapters.store.statements import statement
from domain.errors import Invalid, NotFound

PREFIX: Final = "ebs_"
"""How a token begins, so that people and scanners know what they have found."""

RANDOM_BYTES: Final = 32

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class Token(Struct, frozen=True):
    """All that is known of a token but itself."""

    name: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None


class Tokens:
    """The tokens of one database; to ``rehearse`` is to check everything and keep nothing."""

    def __init__(self, connections: Connections, *, rehearse: bool = False) -> None:
        self._connections = connections
        self._rehearse = rehearse

    def new(self, name: str, made_by: str, expires_at: datetime) -> str:
        """Make a token and return it: nobody can read it again.

        Raises Invalid for a name that is none, Conflict where one of that name is valid.
        """
        if _NAME.fullmatch(name) is None:
            raise Invalid(f"{name[:64]!r} is no name", why=f"it must match {_NAME.pattern}")
        token = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
        known = {"digest": _digest(token), "name": name, "made_by": made_by}
        with self._writing() as cursor:
            cursor.execute(statement("token_put"), {**known, "expires_at": expires_at})
        return token

    def owner(self, token: str) -> str | None:
        """Return the name of a token that is valid now, None for any other text."""
        rows = self._connections.fetch(statement("token_owner"), digest=_digest(token))
        return rows[0][0] if rows else None

    def revoke(self, name: str, by: str) -> None:
        """End a token at once. Raises NotFound where none of that name is valid."""
        known = {"name": name, "revoked_by": by}
        with self._writing() as cursor:
            if not cursor.execute(statement("token_revoke"), known).fetchall():
                raise NotFound(f"no token {name[:64]!r} is there", do="'ebs token list' names them")

    def all(self) -> list[Token]:
        """Return every token that was ever made, the oldest first."""
        return [Token(*row) for row in self._connections.fetch(statement("tokens"))]

    @contextmanager
    def _writing(self) -> Iterator[Cursor]:
        with self._connections.transaction() as cursor:
            yield cursor
            if self._rehearse:
                raise Rollback


def _digest(token: str) -> bytes:
    # A digest without a salt is enough for 256 random bits: nobody can guess what to digest.
    return sha256(token.encode()).digest()
