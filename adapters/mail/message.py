# SPDX-License-Identifier: GPL-3.0-or-later
"""A letter as a mail: what comes from packages' names and from logs cannot become a header.

The same letter about the same event is the same mail, to the byte.
"""

import re
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from adapters.words import plain
from domain.envelope import Recorded
from projections.notices import Letter

PACKAGES: Final = "elnbuildsync-packages"
"""The header that ELNBuildSync names packages in, by which people sort its mail."""


def written(
    letter: Letter, cause: Recorded, sender: str, recipients: Sequence[str]
) -> EmailMessage:
    """Return the mail."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Subject"] = plain(letter.subject)
    message["Date"] = format_datetime(cause.envelope.meta.occurred_at)
    message["Message-ID"] = message_id(letter, cause, sender)
    message["Auto-Submitted"] = "auto-generated"
    if letter.packages:
        message[PACKAGES] = plain(", ".join(letter.packages))
    message.set_content("".join(f"{plain(line)}\n" for line in letter.text.split("\n")[:-1]))
    return message


def message_id(letter: Letter, cause: Recorded, sender: str) -> str:
    """Return the id: of the event and its time, for the log of another database counts alike."""
    envelope = cause.envelope
    stream = re.sub(r"[^\w.+-]", ".", envelope.originator_id)
    at = int(envelope.meta.occurred_at.timestamp())
    domain = sender.rpartition("@")[2].rstrip(">")
    return f"<{letter.kind}.{stream}.{envelope.originator_version}.{at}@{domain}>"
