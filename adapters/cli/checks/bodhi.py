# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor looks at in Bodhi: whether it answers, and whether we can log in."""

from collections.abc import Iterator
from typing import Final

from adapters.cli.checks.check import Check
from adapters.config.sections import Bodhi as Section
from adapters.ports.bodhi import Bodhi, BodhiError
from adapters.ports.kerberos import Ticket

NO_SIDE_TAG: Final = "ebs-doctor"
"""What no side tag is called: it is asked for its update, of which there is none."""


def checks(bodhi: Bodhi | None, section: Section, ticket: Ticket | None = None) -> Iterator[Check]:
    """Yield whether what is built can be published; nothing is written."""
    if bodhi is None or section.url is None:
        yield Check("bodhi", "ok", "none is configured: a batch ends with its promotion")
        return
    try:
        bodhi.update_of(NO_SIDE_TAG)
    except BodhiError as error:
        yield Check("bodhi", "fail", str(error), error.do)
        return
    yield Check("bodhi", "ok", section.url)
    yield _login(section, ticket)


def _login(section: Section, ticket: Ticket | None) -> Check:
    """Whether the tokens are still taken is told by the first update."""
    if section.tokens.is_file():
        return Check("bodhi login", "ok", f"{section.tokens}, of {section.provider}")
    if ticket is not None:
        return Check("bodhi login", "ok", f"by Kerberos, of {section.provider}")
    found = f"{section.tokens} is not there, so that it takes a Kerberos ticket"
    return Check("bodhi login", "warn", found, "log in once with bodhi, or give bodhi.login_file")
