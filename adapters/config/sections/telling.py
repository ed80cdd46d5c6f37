# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of who is told, and who tells us: mail and the message bus."""

import os
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from adapters.config.checks import MailAddress
from adapters.config.sections.fields import Interval, LocalPath, Port, Section
from domain.service.watch import Usual

LIBRARY_CONF: Final = "FEDORA_MESSAGING_CONF"
"""The variable by which fedora-messaging itself is told its configuration file."""


class Mail(Section):
    """Where mail is sent by SMTP, as whom and to whom; without a server none is."""

    server: Annotated[str, Field(pattern=r"^[\w.:-]+$", title="host")] | None = None
    """The host that takes mail."""
    port: Annotated[Port, Field(gt=0)] = 587
    """Its port."""
    starttls: bool = True
    """Whether the connection is encrypted; a password is not sent without."""
    ca_file: LocalPath | None = None
    """The authority that signed the server's certificate, in place of those the system knows."""
    user: Annotated[str, Field(min_length=1)] | None = None
    """Who logs in there, if anybody does."""
    password_file: LocalPath | None = None
    """Holds the password of the user, and nothing else."""
    sender: MailAddress | None = None
    """From whom mail is."""
    recipients: tuple[MailAddress, ...] = ()
    """To whom it goes."""
    timeout: Interval = 10
    """How long the server may say nothing."""
    digests: tuple[Literal["daily", "weekly"], ...] = ("daily", "weekly")
    """When what was done and what fails is told: every day, every Monday."""
    digest_hour: Annotated[int, Field(ge=0, le=23, title="hour")] = 6
    """At which hour, in UTC."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse what could not be sent, and a password in plain text."""
        if self.server and not (self.sender and self.recipients):
            raise ValueError("server is given, and no sender or no recipients")
        if bool(self.user) != bool(self.password_file):
            raise ValueError("user and password_file go together")
        if self.user and not self.starttls:
            raise ValueError("a password is not sent without starttls")
        return self

    def account(self) -> dict[str, Any]:
        """Return the keyword arguments of ``adapters.mail.server.MailOptions``."""
        return self.model_dump(exclude={"digests", "digest_hour"})


class Bus(Section):
    """Fedora's message bus; without a conf there is none, and Koji's history alone is read."""

    conf: LocalPath | None = Field(
        default_factory=lambda: os.environ.get(LIBRARY_CONF) or None, validate_default=True
    )
    """fedora-messaging's own configuration file; FEDORA_MESSAGING_CONF names it as well."""
    patience: Interval = 300
    """How long a consumer waits for the database, before it leaves the messages to the broker."""
    silence: Interval = 1800
    """How long without any message is more than usual: then it is told."""
    certificate: Annotated[int, Field(ge=0, le=3_650, title="days")] = 30
    """So many days before the end of the client's certificate it is told."""
    publish: bool = False
    """Whether batches, rebuilt packages, held plans and pauses are told on the bus."""
    publish_timeout: Interval = 5
    """Within which time the broker must have confirmed a message."""

    def usual(self) -> Usual:
        """Return what is not worth a word."""
        return Usual(timedelta(seconds=self.silence), timedelta(days=self.certificate))
