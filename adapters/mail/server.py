# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends mail by SMTP, over STARTTLS unless the configuration says otherwise."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Final

import structlog
from msgspec import Struct

from adapters.errors import DependencyDown
from adapters.mail.message import written
from adapters.ports.notices import NoticeRefused
from domain.envelope import Recorded
from projections.notices import Letter

FOR_GOOD: Final = 500
"""The first of SMTP's codes that refuse for good; those below put it off."""

Refusals = dict[str, tuple[int, bytes]]
"""By recipient: code and reason."""

LOGIN_WANTED: Final = 530
"""It refuses whoever is not logged in: that is no fault of the letter's."""

_log = structlog.get_logger(__name__)


class MailOptions(Struct, frozen=True, kw_only=True):
    """``ca_file``: whom the server's certificate is trusted by besides, or in place of, the system.

    ``timeout``: seconds without an answer.
    """

    server: str
    port: int = 587
    starttls: bool = True
    ca_file: Path | None = None
    user: str | None = None
    password_file: Path | None = None
    sender: str
    recipients: tuple[str, ...]
    timeout: float = 10


class MailServer:
    """Answers the port ``Channel`` for letters; a connection a letter, for there are few."""

    def __init__(self, options: MailOptions) -> None:
        self._options = options

    def deliver(self, letter: Letter, cause: Recorded) -> None:
        """Return once the server took it over for all whom it does not refuse for good.

        Raises NoticeRefused where it refuses the letter, or all for whom it is, for good;
        DependencyDown, also where it only puts one of them off: who has it already gets it once
        more, under the same Message-ID.
        """
        message = written(letter, cause, self._options.sender, self._options.recipients)
        with self._connected() as smtp:
            refused = self._handed_over(smtp, message)
        for recipient, (code, reason) in refused.items():
            why = f"{code} {reason.decode(errors='replace')}"
            if code < FOR_GOOD:
                raise self._takes_no_mail(f"{recipient}: {why}")
            _log.warning("a recipient was refused", recipient=recipient, why=why)

    def _handed_over(self, smtp: smtplib.SMTP, message: EmailMessage) -> Refusals:
        """Return who does not get it. What is wrong with the sender is wrong with every letter."""
        try:
            return smtp.send_message(message)
        except (smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused) as error:
            codes = _codes(error)
            if min(codes) < FOR_GOOD or LOGIN_WANTED in codes:
                raise
            raise NoticeRefused(
                f"the mail server {self._address} refuses a letter for good",
                why=_why(error),
                do="see what it objects to; this letter is not sent again",
            ) from error

    def check(self) -> str:
        """Return who answers, after the login. Raises DependencyDown."""
        with self._connected() as smtp:
            smtp.noop()
        login = f" as {self._options.user}" if self._options.user else ""
        return f"{self._address}{' with TLS' if self._options.starttls else ''}{login}"

    @property
    def _address(self) -> str:
        return f"{self._options.server}:{self._options.port}"

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """Every error of smtplib and ssl is an OSError."""
        options = self._options
        try:
            smtp = smtplib.SMTP(options.server, options.port, timeout=options.timeout)
            try:
                self._log_in(smtp)
                yield smtp
            finally:
                # What was taken over is, however the server says farewell.
                with suppress(OSError):
                    smtp.quit()
        except OSError as error:
            raise self._takes_no_mail(_why(error)) from error

    def _takes_no_mail(self, why: str) -> DependencyDown:
        return DependencyDown(
            f"the mail server {self._address} takes no mail",
            why=why,
            do="check [mail] in the static configuration; what is due is kept, and tried again",
        )

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        options = self._options
        if options.starttls:
            smtp.starttls(context=ssl.create_default_context(cafile=options.ca_file))
        if options.user and options.password_file:
            smtp.login(options.user, options.password_file.read_text().strip())


def _codes(error: smtplib.SMTPDataError | smtplib.SMTPRecipientsRefused) -> list[int]:
    if isinstance(error, smtplib.SMTPDataError):
        return [error.smtp_code]
    return [code for code, _ in error.recipients.values()]


def _why(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        reason = error.smtp_error
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        return f"{error.smtp_code} {text}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        refusals = error.recipients.items()
        return "; ".join(f"{who}: {code} {why!r}" for who, (code, why) in refusals)
    return str(error) or type(error).__name__
