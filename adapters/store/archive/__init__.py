# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive of the log: one zip file that can be verified and replayed without a database.

::

    events.jsonl    an event a line: position, stream, version, topic, recorded_at, state, digest
    schema.json     JSON Schema of such a line
    manifest.json   which events these are, the digests of the chain's ends, SHA-256 of the files

The same events make the same bytes: states are in their canonical form, and no time of writing is
kept.
"""

from datetime import datetime
from typing import Final

from msgspec import Raw, Struct

from adapters.store.verify import Anchor

FORMAT: Final = "ebs-log"
VERSION: Final = 1

EVENTS: Final = "events.jsonl"
SCHEMA: Final = "schema.json"
MANIFEST: Final = "manifest.json"


class Member(Struct, frozen=True):
    """One file within: its size in bytes, and SHA-256 in hex."""

    size: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What an archive holds: the events behind ``after``, up to ``upto``, written by ``release``.

    ``before`` is the digest of the event at ``after``, ``digest`` that of the one at ``upto``.
    """

    format: str = FORMAT
    version: int = VERSION
    release: str
    after: int
    upto: int
    events: int
    before: str
    digest: str
    files: dict[str, Member]

    @property
    def start(self) -> Anchor:
        """Where its chain begins."""
        return Anchor(self.after, bytes.fromhex(self.before))

    @property
    def end(self) -> Anchor:
        """Where its chain ends."""
        return Anchor(self.upto, bytes.fromhex(self.digest))


class Line(Struct, frozen=True):
    """A line of events.jsonl; ``state`` is canonical JSON, ``digest`` in hex."""

    position: int
    stream: str
    version: int
    topic: str
    recorded_at: datetime
    state: Raw
    digest: str
