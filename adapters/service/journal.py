# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and appending as one: what is decided on a view is recorded only if the view still holds.

Every write goes through here, so the projections are never behind the log: they are written in the
transaction that appends their news.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property
from itertools import chain, islice
from threading import Lock
from typing import Any, Final, TypeVar

from msgspec import Struct
from psycopg import Cursor

from adapters.ports import Log, Reads
from domain.batch import Batch, number_of
from domain.batch import stream as batch_stream
from domain.envelope import Envelope, Event, Meta, Recorded
from domain.errors import Conflict, Refused
from domain.package import Package, name_of
from domain.package import stream as package_stream
from domain.service import STREAM, Service
from projections import batches, runner
from projections.points import Point, as_of
from projections.runner import States
from projections.states import Kept, Mark, OnRecord, Past, Present, mark_at

T = TypeVar("T")

CHUNK: Final = 25_000
"""Events appended in one transaction, and rows projected with them.

One of each package of the distribution fits; the append lock is held for half a second by as many.
"""

ATTEMPTS: Final = 3
"""How often a decision is taken while others append; then they wait for it."""


class Draft(Struct, frozen=True, gc=False):
    """An event that is about to be appended to a stream.

    ``rests_on`` names another stream that it was decided on, besides its own and the service's.
    """

    stream: str
    event: Event
    meta: Meta
    rests_on: str | None = None


class View:
    """What is on record up to ``position``, each part read when it is asked for.

    The ``log`` is read in the same transaction. ``at`` is the time that the view is as of, None for
    the present.

    An append moves the view along, so that a long decision can be recorded in parts; until somebody
    else appended in between: then it is ``stale``, for it does not show what they did.

    ``kept`` is every package as of ``position``, None until somebody asked for them all.
    """

    def __init__(
        self,
        cursor: Cursor[Any],
        log: Reads,
        position: int,
        found: OnRecord,
        *,
        at: datetime | None = None,
        kept: Kept | None = None,
    ) -> None:
        self._cursor = cursor
        self._found = found
        self.log = log
        self.position = position
        self.at = at
        self.kept = kept
        self.known: dict[str, Package] = {**kept.packages} if kept else {}
        self.stale = at is not None
        self._whole = kept is not None

    @cached_property
    def service(self) -> Service:
        """The service's state."""
        return self._found.service

    @cached_property
    def batch(self) -> Batch | None:
        """The batch that is open."""
        return self._found.batch

    def packages(self, names: Iterable[str]) -> Mapping[str, Package]:
        """Return packages by name, empty ones for those without a history."""
        missing = set(names).difference(self.known)
        found = self._found.packages(missing) if missing else {}
        self.known.update({name: found.get(name) or Package(name) for name in missing})
        return self.known

    def package(self, name: str) -> Package:
        """Return one package, an empty one where it has no history."""
        return self.packages([name])[name]

    def everything(self) -> Mapping[str, Package]:
        """Return every package that has a history."""
        if not self._whole:
            found = {package.name: package for package in self._found.everything()}
            self.known = {**found, **self.known}
            self._whole = True
            mark = mark_at(self._cursor, self.position)
            self.kept = Kept(self.position, mark, found) if mark else None
        return self.known

    def queued(self) -> Iterable[Package]:
        """Return the packages with builds that are queued and not ended."""
        return self._found.queued()

    def unstable(self) -> list[Batch]:
        """Return the newest batches of which builds wait for the stable tag, ended ones too."""
        return [batch for batch in self.last_batches(batches.LOOKED_BACK) if batch.unstable]

    def last_batches(self, count: int, last: int | None = None) -> Sequence[Batch]:
        """Return so many batches by number, up to the ``last``, else to the newest."""
        return self._found.last_batches(count, last)

    @property
    def states(self) -> States:
        """Return what was read so far."""
        return States(self.known, {self.batch.number: self.batch} if self.batch else {})

    @property
    def cursor(self) -> Cursor[Any]:
        """The reading transaction, for questions to the log itself."""
        return self._cursor

    def version(self, stream: str) -> int:
        """Return how many events a stream has."""
        name = name_of(stream)
        if name is not None:
            package = self.known.get(name) or self.package(name)
            return package.version
        number = number_of(stream)
        if number is None:
            return self.service.version
        if self.batch is not None and self.batch.number == number:
            return self.batch.version
        return batches.version(self._cursor, number)

    def moved(self, news: Sequence[Recorded], changed: States, mark: Mark | None = None) -> None:
        """Take in what was appended on this view; ``mark`` is that of the log's new end."""
        if news:
            self.known.update(changed.packages)
            self.service = changed.service or self.service
            for batch in changed.batches.values():
                self.batch = batch if batch.open else None
            self.stale = news[0].position != self.position + 1
            self.position = news[-1].position
            self.kept = None if self.stale else self._kept_on(changed, mark)

    def _kept_on(self, changed: States, mark: Mark | None) -> Kept | None:
        if self.kept is None or mark is None:
            return None
        return Kept(self.position, mark, self.kept.changed(changed.packages))


class Journal:
    """The one way to read what is on record and to add to it."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._batch: Batch | None = None
        self._kept: Kept | None = None
        # Each takes a connection to look and one to append: many at once would wait for each other,
        # and of two the one would only decide anew what the other has appended meanwhile.
        self._deciding = Lock()

    @contextmanager
    def look(self, point: Point | None = None) -> Iterator[View]:
        """Open a view of one instant: this one, or as of a point, to be read only.

        Raises NotFound for a position past the end, Refused where the projections must be rebuilt.
        """
        with self._looking() as (cursor, position):
            log = self._log.within(cursor)
            if point is None:
                kept = self._kept_of(cursor)
                found = Present(cursor, self._batch, kept)
                same = kept if kept is not None and kept.position == position else None
                view = View(cursor, log, position, found, kept=same)
                self._batch = view.batch
                yield view
                self._kept = view.kept or kept
            else:
                then = as_of(cursor, point)
                past = Past(cursor, log, then.position)
                yield View(cursor, log, then.position, past, at=then.at)

    def _kept_of(self, cursor: Cursor[Any]) -> Kept | None:
        """Return what was kept, if it is of the log that the cursor sees."""
        kept = self._kept
        return kept if kept and mark_at(cursor, kept.position) == kept.mark else None

    @contextmanager
    def _looking(self) -> Iterator[tuple[Cursor[Any], int]]:
        with self._log.reading() as cursor:
            position = runner.position(cursor)
            if position is None:
                later = runner.are_later(cursor)
                raise Refused(
                    f"the projections are of {'a later' if later else 'another'} release",
                    do="run that one; to go back to this one, first 'ebs projections rebuild'"
                    if later
                    else "run 'ebs projections rebuild'",
                )
            yield cursor, position

    def append(
        self,
        view: View,
        drafts: Iterable[Draft],
        also: Callable[[Cursor[Any]], None] | None = None,
    ) -> list[Recorded]:
        """Append drafts decided on the view, and do ``also`` in the same transaction.

        Raises Conflict where something that matters to them was appended since; then nothing was.
        """
        if view.stale:
            raise Conflict("the log has gone on since the view", do="do it again")
        drawn = _Drawn(drafts)
        if drawn.empty and also is None:
            return []
        carried = runner.Carried(view.states)
        changed, mark = runner.NOTHING, None

        def carry_along(cursor: Cursor[Any], news: list[Recorded]) -> None:
            nonlocal changed, mark
            changed = runner.project(cursor, news, carried)
            if news and view.kept:
                mark = mark_at(cursor, news[-1].position)
            if also is not None:
                also(cursor)

        news = self._log.append(
            envelopes(view, drawn),
            at=view.position,
            regarding=drawn.streams(),
            seen=carried.see,
            then=carry_along,
        )
        view.moved(news, changed, mark)
        return news

    def since(self, position: int, *topics: str) -> Iterator[Recorded]:
        """Yield the events of these topics behind a position."""
        return self._log.read(position, topics=topics)

    def record(self, decide: Callable[[View], Iterable[Draft]]) -> list[Recorded]:
        """Decide on a fresh view and append; decide anew where the log moved on meanwhile."""

        def once() -> list[Recorded]:
            with self.look() as view:
                return self.append(view, list(decide(view)))

        return self.attempt(once)

    def record_in_parts(self, decide: Callable[[View], Iterable[Draft]]) -> list[Recorded]:
        """Decide on a fresh view and append in parts, each whole.

        Only for what may stand half done: decided anew, it yields what is left.
        """
        recorded: list[Recorded] = []

        def once() -> None:
            with self.look() as view:
                for part in chunks(decide(view)):
                    recorded.extend(self.append(view, part))

        self.attempt(once)
        return recorded

    def attempt(self, act: Callable[[], T]) -> T:
        """Do it, and do it anew where another process appends in between; never one in another.

        Who takes long to decide would lose each time to who is quick: in the end the others wait.
        """
        with self._deciding:
            for _ in range(ATTEMPTS):
                with suppress(Conflict):
                    return act()
            with self._log.alone():
                return act()

    def catch_up(self, progress: Callable[[int], None] = lambda _: None) -> None:
        """Bring the projections to the head of the log, from zero where their layout is earlier.

        Those of a later release are left to it: side by side two would rebuild them in turns.
        """
        with self._log.reading() as cursor:
            head = self._log.within(cursor).head()
            behind = runner.position(cursor) != head and not runner.are_later(cursor)
        if behind:
            self._log.append([], then=lambda cursor, _: self._read_on(cursor, progress))

    def _read_on(self, cursor: Cursor[Any], progress: Callable[[int], None]) -> None:
        """Read what is missing, under the append lock: somebody else may have read it meanwhile."""
        position = runner.position(cursor)
        if position is None:
            runner.rebuild(cursor, self._log.read(), progress)
        else:
            runner.follow(cursor, self._log.read(position), progress)

    def rebuild(self, progress: Callable[[int], None] = lambda _: None) -> None:
        """Build the projections from zero, in one transaction under the append lock."""

        def from_zero(cursor: Cursor[Any], _: list[Recorded]) -> None:
            runner.rebuild(cursor, self._log.read(), progress)

        self._kept = None  # it would be of no use, and takes memory meanwhile
        self._log.append([], then=from_zero)


def package_draft(name: str, event: Event, meta: Meta, twin: str | None = None) -> Draft:
    """Return a draft for a package's stream, decided also on that of its ``twin`` downstream."""
    rests_on = package_stream(twin) if twin not in (None, name) else None
    return Draft(package_stream(name), event, meta, rests_on)


def batch_draft(number: int, event: Event, meta: Meta) -> Draft:
    """Return a draft for a batch's stream."""
    return Draft(batch_stream(number), event, meta)


def service_draft(event: Event, meta: Meta) -> Draft:
    """Return a draft for the service's stream."""
    return Draft(STREAM, event, meta)


class _Drawn:
    """Drafts that are drawn as they are appended; all before it, where their streams are asked."""

    def __init__(self, drafts: Iterable[Draft]) -> None:
        rest = iter(drafts)
        first = list(islice(rest, 1))
        self.empty = not first
        self._drafts = chain(first, rest)

    def __iter__(self) -> Iterator[Draft]:
        return self._drafts

    def streams(self) -> Iterator[str]:
        """Yield the streams that the drafts rest on."""
        drafts = list(self._drafts)
        self._drafts = chain(drafts)
        yield STREAM
        for draft in drafts:
            yield draft.stream
            if draft.rests_on is not None:
                yield draft.rests_on


def chunks(drafts: Iterable[Draft]) -> Iterator[Iterable[Draft]]:
    """Yield drafts in parts that one transaction may bear, each to be used up before the next."""
    rest = iter(drafts)
    for first in rest:
        yield chain([first], islice(rest, CHUNK - 1))


def envelopes(view: View, drafts: Iterable[Draft]) -> Iterator[Envelope]:
    """Yield the drafts as the next events of their streams."""
    versions: dict[str, int] = {}
    for draft in drafts:
        version = versions.get(draft.stream) or view.version(draft.stream)
        versions[draft.stream] = version + 1
        yield Envelope(draft.stream, version + 1, draft.meta, draft.event)
