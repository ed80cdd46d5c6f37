# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kerberos ticket as those see it who log in by it.

::

    EbsError
    └── KerberosError
        ├── KerberosDown     there may be a ticket later (DependencyDown)
        └── KerberosDenied   there will be none before a person mends something (NotPermitted)
"""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from adapters.errors import DependencyDown, NotPermitted
from domain.errors import EbsError

if TYPE_CHECKING:
    from requests.auth import AuthBase


class KerberosError(EbsError):
    """There is no ticket, or none for the service that is asked."""


class KerberosDown(KerberosError, DependencyDown):
    """The KDC does not answer, or clocks differ."""


class KerberosDenied(KerberosError, NotPermitted):
    """The KDC says no, or there is nothing to ask it with."""


class Held(Struct, frozen=True):
    """Whose a ticket is, since when it is valid, and until when; UTC."""

    principal: str
    since: datetime
    ends: datetime


class Ticket(Protocol):
    """The ticket of this process."""

    def hold(self) -> Held:
        """Return the ticket, renewed where half of its time has passed.

        Where it cannot be renewed the old one does as long as it is valid. Raises KerberosError
        where there is none.
        """

    def trouble(self) -> str:
        """Return why the last try to renew it failed, "" where it did not."""

    def auth(self) -> "AuthBase":
        """Return what shows the ticket to a web server, for one request of requests.

        Raises KerberosError where there is none, and so does the request where the KDC gives none
        for that server.
        """
