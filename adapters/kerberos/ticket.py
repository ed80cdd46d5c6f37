# SPDX-License-Identifier: GPL-3.0-or-later
"""The ticket of this process: made of a keytab, renewed in time, and again while there is trouble.

Without a keytab it is one that somebody else keeps: kinit, or the machine's administrator.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Final

import structlog

from adapters.kerberos.auth import Shown
from adapters.kerberos.cache import Cache
from adapters.meters import TICKET_ENDS
from adapters.ports.kerberos import Held, KerberosDenied, KerberosError

RETRY: Final = timedelta(seconds=30)
"""Between two tries while the old ticket is valid: each may wait for a silent KDC."""

_log = structlog.get_logger(__name__)


class KeptTicket:
    """Answers the port ``Ticket``; for any number of threads."""

    def __init__(
        self,
        keytab: Path | None,
        principal: str | None,
        cache: str | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._keytab = keytab
        self._principal = principal
        self._cache = Cache(cache or (f"MEMORY:ebs-{id(self)}" if keytab else None))
        self._clock = clock
        self._lock = Lock()
        self._again: datetime | None = None
        self._trouble = ""

    def hold(self) -> Held:
        """Renew it where half of its time has passed; the old one does while it is valid."""
        with self._lock:
            held, now = self._cache.held(), self._clock()
            if held is None or now >= held.ends:
                return self._renewed(now)
            if now < held.since + (held.ends - held.since) / 2 or self._tried(now):
                return held
            try:
                return self._renewed(now)
            except KerberosError:  # it is logged, and may pass before this one ends
                return held

    def trouble(self) -> str:
        return self._trouble

    def auth(self) -> Shown:
        self.hold()
        return Shown(self._cache.name)

    def close(self) -> None:
        """Forget the ticket, where it is of this process alone."""
        if self._cache.name.startswith("MEMORY:"):
            self._cache.empty()

    def _tried(self, now: datetime) -> bool:
        return self._again is not None and now < self._again

    def _renewed(self, now: datetime) -> Held:
        try:
            held = self._cache.fill(self._readable(), self._principal)
        except KerberosError as error:
            if str(error) != self._trouble:
                _log.error("there is no new Kerberos ticket", reason=str(error), do=error.do)
            self._trouble, self._again = str(error), now + RETRY
            raise
        self._trouble, self._again = "", None
        TICKET_ENDS.labels(held.principal).set(held.ends.timestamp())
        _log.info("there is a new Kerberos ticket", ends=held.ends.isoformat())
        return held

    def _readable(self) -> Path:
        """Return the keytab. Raises KerberosDenied where libkrb5 could only say: not found."""
        if self._keytab is None:
            raise _denied("there is no valid one, and no keytab to make one of", "give koji.keytab")
        try:
            self._keytab.open("rb").close()
        except FileNotFoundError:
            raise _denied(f"there is no keytab {self._keytab}", "correct koji.keytab") from None
        except OSError as error:
            why = f"the keytab {self._keytab} cannot be read: {error.strerror}"
            raise _denied(why, "let our user read it, and nobody else") from None
        return self._keytab


def _denied(why: str, do: str) -> KerberosDenied:
    return KerberosDenied("there is no Kerberos ticket", why=why, do=do)
