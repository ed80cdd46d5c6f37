# SPDX-License-Identifier: GPL-3.0-or-later
"""Koji's tag history as it was read, and the facts that it makes of what messages told."""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import structlog
from msgspec import Struct

from adapters.ports.koji import TagRow
from adapters.service.journal import Draft, View, package_draft
from adapters.service.operation import Operation
from domain.errors import Invalid
from domain.package.events import Untagged
from domain.package.reconcile import HistoryRow, News, Reading, reconcile
from domain.values import Moment, package_name, version_part

_log = structlog.get_logger(__name__)


class Window(Struct, frozen=True):
    """A tag as we know it by name, its id, and the event behind which it is read; None: all."""

    tag: str
    tag_id: int
    after: int | None
    moved: bool = False


class Part(NamedTuple):
    """The rows of one tag, and the packages of which something is to be said without a row."""

    tag: str
    rows: Collection[HistoryRow]
    packages: Collection[str] = ()


class Answer(NamedTuple):
    """What the hub answered: rows by tag, and of when."""

    windows: tuple[Window, ...]
    rows: dict[str, list[HistoryRow]]
    as_of: Moment


def history_rows(tag: str, rows: Iterable[TagRow]) -> Iterator[HistoryRow]:
    """Yield the rows under the name that we know the tag by; what has no sound name is left out."""
    for row in rows:
        try:
            name = package_name(row.name)
            version_part(row.version)
            version_part(row.release)
        except Invalid as error:
            _log.warning("a build of Koji's has no sound name", tag=tag, why=str(error))
            continue
        revoked = Moment(row.revoke_ts, row.revoke_event or 0) if row.revoke_ts else None
        yield HistoryRow(
            package=name,
            build_id=row.build_id,
            nvr=row.nvr,
            tag=tag,
            tag_id=row.tag_id,
            created=Moment(row.create_ts, row.create_event),
            creator=row.creator,
            revoked=revoked,
            revoker=row.revoker or "",
        )


def facts(view: View, part: Part, reading: Reading, operation: Operation) -> Iterator[Draft]:
    """Yield what the rows of one tag add, correct and deny."""
    by_package: dict[str, list[HistoryRow]] = {name: [] for name in part.packages}
    for row in part.rows:
        by_package.setdefault(row.package, []).append(row)
    packages = view.packages(by_package)
    for name, mine in by_package.items():
        for news in reconcile(packages[name], part.tag, mine, reading):
            yield _draft(name, news, operation)


def _draft(name: str, news: News, operation: Operation) -> Draft:
    return package_draft(name, news.event, operation.meta(moment=news.moment, actor=news.user))


def left_behind(view: View, read: Answer, operation: Operation) -> Iterator[Draft]:
    """Yield the end of what a tag held whose name is another tag's now."""
    for window in read.windows:
        if window.moved:
            held = {row.build_id for row in read.rows[window.tag] if row.revoked is None}
            for package in tuple(view.everything().values()):
                for build_id, build in package.builds.items():
                    presence = build.tags.get(window.tag)
                    if presence and presence.present and build_id not in held:
                        event = Untagged(build_id, build.nvr, window.tag, window.tag_id)
                        yield _draft(package.name, News(event, read.as_of), operation)
