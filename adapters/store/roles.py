# SPDX-License-Identifier: GPL-3.0-or-later
"""The two roles that `ebs migrate` makes: nobody logs in as one, logins are members of them."""

from typing import Final

from psycopg import errors

from adapters.errors import NotPermitted
from adapters.store.connections import READER, ROLE, Connection
from adapters.store.statements import statement

_EXISTS: Final = "select to_regrole(%s) is not null"


def ensure_roles(connection: Connection) -> None:
    """Make the roles where they are missing, and see that our user may take the service's.

    Raises NotPermitted where we may not.
    """
    try:
        if not all(_exists(connection, role) for role in (ROLE, READER)):
            connection.execute(statement("role_create"))
        if not _takes(connection):
            connection.execute(f"grant {ROLE} to current_user")
    except errors.InsufficientPrivilege as error:
        raise _no_role(str(error)) from error
    connection.execute("reset role")


def may_serve(connection: Connection) -> bool:
    """Take the service's role; whether there is one. Raises NotPermitted where it is not for us."""
    if not _exists(connection, ROLE):
        return False
    if not _takes(connection):
        raise _no_role("it is not a member of it")
    return True


def _exists(connection: Connection, role: str) -> bool:
    return connection.execute(_EXISTS, (role,)).fetchone() == (True,)


def _takes(connection: Connection) -> bool:
    try:
        connection.execute(f"set role {ROLE}")
    except errors.InsufficientPrivilege:
        return False
    return True


def _no_role(why: str) -> NotPermitted:
    return NotPermitted(
        f"The database's user may not use the role {ROLE}",
        why=why.strip(),
        do=f"As an administrator: CREATE ROLE {ROLE} NOLOGIN; CREATE ROLE {READER} NOLOGIN;"
        f" GRANT {ROLE} TO <user>",
    )
