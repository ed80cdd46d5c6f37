# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told to the world of an event: letters to people, announcements to programs.

Each is made of the event and of what the projections hold; nothing here sends anything.
"""

from typing import Any

from msgspec import Struct


class Letter(Struct, frozen=True):
    """A mail: its ``kind`` (one event may make several), and the packages it is about."""

    kind: str
    subject: str
    text: str
    packages: tuple[str, ...] = ()


class Announcement(Struct, frozen=True):
    """A message on the bus; its ``kind`` is the end of the topic: ``batch.started``."""

    kind: str
    body: dict[str, Any]
