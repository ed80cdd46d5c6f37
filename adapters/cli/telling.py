# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds what is on record of a package or a build."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from msgspec import Struct

from adapters.app import App
from adapters.service.journal import View
from adapters.tables import plain
from domain.envelope import Recorded
from domain.errors import Invalid, NotFound
from domain.package import stream as stream_name
from domain.package.events import DestinationSeen
from domain.policy import Names, Policy
from domain.values import package_name
from projections.story import Step, stream_of, tell

LARGEST: Final = 2**63
"""Above what Koji and PostgreSQL number."""


class Story(Struct, frozen=True):
    """What is on record of a package, or of one of its builds."""

    package: str
    target: bool
    steps: tuple[Step, ...]


def story_of(app: App, name: str) -> Story | None:
    """Return the story of a package by either name; None where nothing is known of it."""
    with app.journal.look() as view:
        names = names_in_force(view)
    package = names.upstream(name)
    if not _possible(package):
        return None
    target = package in names.targets
    steps = tuple(tell(_events(app, package, names.downstream(package))))
    return Story(package, target, steps) if steps or target else None


def history_of(app: App, what: str) -> Story | None:
    """Return the story of a package, of a build by its number, or by its NVR."""
    story = story_of(app, what)
    if story is not None and story.steps:
        return story
    if what.isdecimal() and what.isascii() and int(what) < LARGEST:
        with app.log.reading() as cursor:
            stream = stream_of(cursor, int(what))
        return _only(app, stream.partition(":")[2], "build_id", int(what)) if stream else None
    return _only(app, what.rsplit("-", 2)[0], "nvr", what) or story


def names_in_force(view: View) -> Names:
    """Return who is called what by the policy in force; all are strangers without one."""
    configured = view.service.configured
    return Names(configured.policy or Policy(""), configured.packages.views)


def stream_named(app: App, name: str) -> str:
    """Return the stream of a package by either name. Raises NotFound where there is none."""
    with app.journal.look() as view:
        package = names_in_force(view).upstream(name)
        if not _possible(package) or not view.package(package).version:
            raise NotFound(f"no event is about the package {plain(name)}", do="check the spelling")
    return stream_name(package)


def _events(app: App, package: str, downstream: str) -> Iterable[Recorded]:
    """The package's stream, and what the stable tag holds of it under its name downstream."""
    own = app.log.stream(stream_name(package))
    if downstream == package:
        return own
    twin = (
        recorded
        for recorded in app.log.stream(stream_name(downstream))
        if isinstance(recorded.envelope.event, DestinationSeen)
    )
    return sorted((*own, *twin), key=attrgetter("position"))


def _only(app: App, package: str, key: str, value: object) -> Story | None:
    story = story_of(app, package)
    steps = tuple(s for s in story.steps if getattr(s, key) == value) if story else ()
    return Story(story.package, story.target, steps) if story and steps else None


def _possible(name: str) -> bool:
    try:
        package_name(name)
    except Invalid:
        return False
    return True
