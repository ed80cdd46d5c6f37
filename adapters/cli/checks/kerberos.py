# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor looks at of Kerberos: whether there is a ticket, here and now."""

from collections.abc import Iterator

from adapters.cli.checks.check import Check
from adapters.ports.kerberos import Ticket
from adapters.words import iso


def checks(ticket: Ticket | None) -> Iterator[Check]:
    """Yield whose ticket is to be had; the worker's own it tells itself."""
    if ticket is None:
        yield Check("kerberos", "ok", "not used")
        return
    held = ticket.hold()
    found = f"{held.principal} until {iso(held.ends)}"
    if ticket.trouble():
        do = "see that the KDC answers, and the keytab is the newest one"
        yield Check("kerberos", "warn", f"{found}, not renewed: {ticket.trouble()}", do)
        return
    yield Check("kerberos", "ok", found)
