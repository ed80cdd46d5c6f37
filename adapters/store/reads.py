# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be asked of the log, in a transaction each or all in one."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from psycopg.rows import TupleRow

from adapters.store.codec import Codec
from adapters.store.connections import Source
from adapters.store.digest import GENESIS
from adapters.store.recorder import END
from adapters.store.statements import statement
from adapters.store.verify import Anchor, Row
from domain.envelope import Recorded
from domain.errors import NotFound

_HEAD: Final = b"select coalesce(max(position), 0) from events"
_DIGEST: Final = b"select digest from events where position = %(position)s"


class Reads:
    """The questions to the log; the ``source`` says whether they are asked of one snapshot."""

    def __init__(self, source: Source, codec: Codec) -> None:
        self._source = source
        self._codec = codec

    def head(self) -> int:
        """The last position, 0 in an empty log."""
        [(position,)] = self._source.fetch(_HEAD)
        return int(position)

    def latest(self) -> tuple[int, int]:
        """The last position, 0 in an empty log, and how many milliseconds ago it was recorded."""
        [(position, age)] = self._source.fetch(statement("latest"))
        return int(position), int(age)

    def read(
        self,
        after: int = 0,
        *,
        upto: int | None = None,
        topics: Sequence[str] = (),
        streams: Sequence[str] = (),
        actor: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Recorded]:
        """Yield the events behind ``after``, up to and with ``upto``, in order.

        Of these topics, of these streams, of this actor; of all where none is named.
        """
        batches = self._source.batches(
            statement("read_few" if topics and limit else "read"),
            after=after,
            upto=END if upto is None else upto,
            topics=list(topics),
            streams=list(streams),
            actor=actor,
            limit=limit,
        )
        for rows in batches:
            yield from map(self._of_row, rows)

    def read_last(
        self,
        after: int = 0,
        *,
        upto: int,
        topics: Sequence[str] = (),
        streams: Sequence[str] = (),
        actor: str | None = None,
        limit: int,
    ) -> list[Recorded]:
        """Return the last events behind ``after``, up to and with ``upto``, the newest first."""
        rows = self._source.fetch(
            statement("read_few" if topics else "read", backwards=True),
            after=after,
            upto=upto,
            topics=list(topics),
            streams=list(streams),
            actor=actor,
            limit=limit,
        )
        return [*map(self._of_row, rows)]

    def stream(self, stream_id: str, *, upto: int | None = None) -> Iterator[Recorded]:
        """Return the events of one stream from its first, up to and with a position of the log.

        They are read at once, for they are few: one package's, or one batch's.
        """
        rows = self._source.fetch(
            statement("stream"),
            stream=stream_id,
            gt=-1,
            lte=END,
            upto=END if upto is None else upto,
            limit=None,
        )
        return map(self._of_row, rows)

    def named(self, ids: Collection[str]) -> Iterator[Recorded]:
        """Yield the events of these ids, as envelopes bear them; what is no id is passed over."""
        parts = [(stream, version) for stream, _, version in (i.rpartition("@") for i in ids)]
        known = [(stream, int(version)) for stream, version in parts if version.isdecimal()]
        streams, versions = [s for s, _ in known], [v for _, v in known]
        rows = self._source.fetch(statement("named"), streams=streams, versions=versions)
        return map(self._of_row, rows)

    def last_of_each(self, topics: Sequence[str], upto: int, limit: int) -> list[Recorded]:
        """Return the last ``limit`` events of each topic up to and with a position, in order.

        Its cost is that of what it returns, however long the log.
        """
        rows = self._source.fetch(
            statement("last_of_each"), topics=list(topics), upto=upto, limit=limit
        )
        return [*map(self._of_row, rows)]

    def rows(self, after: int = 0, upto: int | None = None) -> Iterator[list[Row]]:
        """Yield the rows behind ``after``, up to and with ``upto``, as they are stored.

        From the beginning that is whatever there is, also where only a forger can have put it.
        """
        return self._source.batches(
            statement("rows"), after=after or -END, upto=END if upto is None else upto
        )

    def digest(self, position: int) -> bytes:
        """Return the digest of the event at a position, which covers all before it.

        Of position 0 that is the genesis. Raises NotFound where there is no event.
        """
        if position == 0:
            return GENESIS
        found = self._source.fetch(_DIGEST, position=position)
        if not found:
            raise NotFound(
                f"there is no event at position {position}",
                why=f"the log ends at {self.head()}",
                do="where it ends later, run 'ebs verify': the event was taken out",
            )
        return bytes(found[0][0])

    def anchor(self, position: int) -> Anchor:
        """Return where a verification may begin. Raises NotFound where there is no event."""
        return Anchor(position, self.digest(position))

    def _of_row(self, row: TupleRow) -> Recorded:
        position, stream, version, topic, state, recorded_at = row
        return Recorded(position, self._codec.envelope(stream, version, topic, state), recorded_at)
