# SPDX-License-Identifier: GPL-3.0-or-later
"""From what people call a thing to the thing: packages by either name, builds by number or NVR.

What is not found is an error that names what is spelt alike.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

from adapters.service.journal import View
from domain.batch import stream as batch_stream
from domain.envelope import Recorded
from domain.errors import Invalid, NotFound
from domain.package import name_of
from domain.package.events import Built, DestinationSeen
from domain.package.state import Build
from domain.policy import Names, Policy
from domain.values import package_name
from projections import eligibility
from projections.story import stream_of
from projections.timeline import Wanted

LARGEST: Final = 2**63
"""Above what Koji and PostgreSQL number."""

SHOWN: Final = 60
"""Characters of what was typed that an error repeats."""


def names(view: View) -> Names:
    """Return who is called what by the policy in force; all are strangers without one."""
    configured = view.service.configured
    return Names(configured.policy or Policy(""), configured.packages.views)


def batch(view: View, number: int) -> int:
    """Return the number of a batch that is on record. Raises NotFound where there was none."""
    if not view.version(batch_stream(number)):
        raise NotFound(f"there was no batch {number}", do="'ebs batch' lists the last ones")
    return number


def package(view: View, name: str) -> str:
    """Return the package of either name. Raises NotFound for one that nobody ever told of."""
    found = _package(view, name)
    if found is None:
        raise unknown(view, name, "package")
    return found


def known(view: View, wanted: Wanted) -> Wanted:
    """Return what of a window is wanted, by the names upstream.

    Raises NotFound for what is not on record.
    """
    packages = frozenset(package(view, name) for name in wanted.packages)
    batches = frozenset(batch(view, number) for number in wanted.batches)
    return Wanted(packages, batches, wanted.actors, wanted.topics)


def thing(view: View, what: str) -> tuple[str | None, int | None]:
    """Return the package that is meant, and the build where one is; neither where it is neither."""
    found = _package(view, what)
    if found is not None and view.package(found).version:
        return found, None
    if (number := _number(what)) is not None:
        stream = stream_of(view.cursor, number)
        owner = name_of(stream) if stream else None
        return (owner, number) if owner and _has(view, owner, number) else (None, None)
    owner = _package(view, what.rsplit("-", 2)[0])
    build_id = None if owner is None else _named(view, owner, what)
    return (owner, build_id) if build_id is not None else (found, None)


def build(view: View, owner: str, what: str, events: Mapping[int, Recorded]) -> int:
    """Return the build of a package by number or NVR, its own or that of what ELN made of it.

    Raises NotFound, which says whose build it is where it is another's.
    """
    number = _number(what)
    known = view.package(owner).builds
    found = number if number in known else _named(view, owner, what)
    if found is None:
        found = _made_of(events, known, what)
    if found is not None:
        return found
    other, other_build = thing(view, what)
    if other is not None and other != owner and other_build is not None:
        raise NotFound(
            f"{_shown(what)} is no build of {owner}",
            why=f"it is one of {other}",
            do=f"ask 'ebs why {other} --build {_shown(what)}'",
        )
    alike = get_close_matches(what, [each.nvr for each in known.values()])
    raise _not_found("build", what, alike, f"'ebs history {owner}' lists those that are known")


def unknown(view: View, name: str, kind: str = "package, build or tag") -> NotFound:
    """Return the error that nobody told of this by then, with the names that are spelt alike."""
    known = {*names(view).targets, *eligibility.all_names(view.cursor)}
    if name in known:
        return NotFound(
            f"no {kind} {name} was known then",
            why="what is on record of it was recorded later",
            do=f"'ebs history {name}' tells all of it",
        )
    alike = get_close_matches(name, known)
    return _not_found(kind, name, alike, "'ebs config show' names the package list")


def _not_found(kind: str, what: str, alike: Iterable[str], otherwise: str) -> NotFound:
    listed = ", ".join(alike)
    return NotFound(
        f"no {kind} {_shown(what)} is known here",
        why="nothing on record is about it, and nothing lists it",
        do=f"did you mean {listed}?" if listed else f"check the spelling; {otherwise}",
    )


def _package(view: View, name: str) -> str | None:
    try:
        found = names(view).upstream(package_name(name))
    except Invalid:
        return None
    known = names(view).targeted(found) or view.package(found).version
    return found if known else None


def _has(view: View, owner: str, build_id: int) -> bool:
    found = view.package(owner)
    seen = (destination.build_id for destination in found.destinations)
    return build_id in found.builds or build_id in seen


def _named(view: View, owner: str, nvr: str) -> int | None:
    builds = view.package(owner).builds
    return next((build_id for build_id, each in builds.items() if each.nvr == nvr), None)


def _made_of(events: Mapping[int, Recorded], builds: Mapping[int, Build], what: str) -> int | None:
    """Return the build that ELN's own build, by number or NVR, was made of."""
    for recorded in events.values():
        event = recorded.envelope.event
        if isinstance(event, Built):
            if what in (str(event.downstream_build_id), event.downstream_nvr):
                return event.build_id
        elif isinstance(event, DestinationSeen) and what in (str(event.build_id), event.nvr):
            same = (build_id for build_id, each in builds.items() if each.source == event.source)
            return next(same, None)
    return None


def _number(text: str) -> int | None:
    decimal = text.isascii() and text.isdecimal() and int(text) < LARGEST
    return int(text) if decimal else None


def _shown(text: str) -> str:
    return repr(text[:SHOWN]) if not text.isprintable() or " " in text or not text else text[:SHOWN]
