# SPDX-License-Identifier: GPL-3.0-or-later
"""Keytabs and caches of tickets, in libkrb5's words.

By krb5 rather than gssapi: it says why a KDC gives no ticket, also while the old one is valid, and
gives a silent KDC up in half of the time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import krb5

from adapters.kerberos.errors import failed
from adapters.ports.kerberos import Held, KerberosDenied

_NO_TICKET: Final = "Kerberos gives no ticket"


class Cache:
    """A cache of tickets, by libkrb5's name of it; None is the default one of the process."""

    def __init__(self, name: str | None) -> None:
        self._given = name

    @property
    def name(self) -> str:
        """Its whole name, such as ``FILE:/tmp/krb5cc_0``."""
        with _explained():
            cache = self._open(krb5.init_context())
            return f"{_text(cache.cache_type)}:{_text(cache.name)}"

    def held(self) -> Held | None:
        """Return its ticket, valid or not; None where it holds none."""
        try:
            tickets = [each for each in self._open(krb5.init_context()) if _initial(each)]
        except krb5.Krb5Error:  # there is no such cache yet
            return None
        return _held(max(tickets, key=lambda each: each.times.endtime)) if tickets else None

    def fill(self, keytab: Path, principal: str | None) -> Held:
        """Put a new ticket of the principal, else the keytab's first one, in place of all others.

        Raises KerberosError.
        """
        with _explained():
            context = krb5.init_context()
            table = krb5.kt_resolve(context, f"FILE:{keytab}".encode())
            whose = _principal(context, table, keytab, principal)
            options = krb5.get_init_creds_opt_alloc(context)
            ticket = krb5.get_init_creds_keytab(context, whose, options, table)
            cache = self._open(context)
            krb5.cc_initialize(context, cache, whose)
            krb5.cc_store_cred(context, cache, ticket)
            return _held(ticket)

    def empty(self) -> None:
        """Forget its tickets."""
        with _explained():
            context = krb5.init_context()
            krb5.cc_destroy(context, self._open(context))

    def _open(self, context: krb5.Context) -> krb5.CCache:
        if self._given is None:
            return krb5.cc_default(context)
        return krb5.cc_resolve(context, self._given.encode())


def _principal(
    context: krb5.Context, table: krb5.KeyTab, keytab: Path, wanted: str | None
) -> krb5.Principal:
    """Return who the keytab is for. Raises KerberosDenied where it is for somebody else."""
    held = _names(table, keytab)
    principal = krb5.parse_name_flags(context, (wanted or held[0]).encode())
    if str(principal) not in held:
        raise _unfit(f"{keytab} holds no key of {principal}, but of {', '.join(held)}")
    return principal


def _names(table: krb5.KeyTab, keytab: Path) -> list[str]:
    """Return whose keys are in it. As text: what iterating yields does not outlive it."""
    try:
        names = [str(entry.principal) for entry in table]
    except krb5.Krb5Error as error:
        raise _unfit(f"{keytab} is no keytab: {error}") from None
    if not names:
        raise _unfit(f"{keytab} holds no key")
    return names


def _unfit(why: str) -> KerberosDenied:
    return KerberosDenied(_NO_TICKET, why=why, do="correct koji.principal or koji.keytab")


def _initial(ticket: krb5.Creds) -> bool:
    """Whether it is a ticket for tickets, neither one for a service nor an entry of settings."""
    return str(ticket.server).startswith("krbtgt/")


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except krb5.Krb5Error as error:
        raise failed(_NO_TICKET, error.err_code, str(error)) from None


def _held(ticket: krb5.Creds) -> Held:
    times = ticket.times
    since = times.starttime or times.authtime
    return Held(str(ticket.client), _moment(since), _moment(times.endtime))


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _text(value: bytes | None) -> str:
    return (value or b"").decode()
