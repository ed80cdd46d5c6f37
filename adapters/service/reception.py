# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes in what the bus delivers: what matters is kept until it is turned into facts."""

from typing import Final, Literal

from adapters.ports import Inbox
from adapters.service.facts import Facts

ORIGIN: Final = "bus"

Received = Literal["kept", "known", "hint", "other"]
"""A message is kept, was here already, is passed on as a hint, or tells nothing that matters."""


class Reception:
    """Takes messages one by one; any number of processes may, with one another's or not."""

    def __init__(self, facts: Facts, inbox: Inbox) -> None:
        self._facts = facts
        self._inbox = inbox

    def take(self, raw: bytes) -> Received:
        """Keep a message, or pass on what it is a hint of; once it returns, it is safe.

        A message of an id that is here already is the same one, delivered again. What tells nothing
        of a watched tag is not kept. Raises as the inbox does.
        """
        read = self._facts.hear(raw, ORIGIN)
        if read.matters:
            return "kept" if self._inbox.put([read.message]) else "known"
        if read.hint is not None:
            self._inbox.nudge(read.hint)
            return "hint"
        return "other"
