# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a hub is read, against the client that the adapter rests on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import koji as library
from pydantic import SecretStr

from adapters.koji.client import KojiHub
from adapters.koji.options import HubOptions, Password
from adapters.sandbox import vendored
from adapters.sandbox.hub import World, release, running
from tests.bench.bounds import Bound, seconds

SAMPLE = 5_000
"""Builds whose sources are read, several times over."""

BATCH = 500
USER = "ebs"
ROUNDS = 5


class Served(NamedTuple):
    """A hub's world, and two that are logged in there: the bare client and our adapter."""

    world: World
    theirs: library.ClientSession
    ours: KojiHub


def world() -> World:
    """Every package of Fedora is in f42, and what is on ELN's list in eln, of the same source."""
    made = World()
    made.add_user(USER)
    for tag in ("f42", "eln"):
        made.add_tag(tag)
    targets = set(vendored.eln())
    for name, version, number in vendored.fedora():
        source = f"git+https://src.fedoraproject.org/rpms/{name}#{'0123456789' * 4}"
        build = made.add_build(name, version, f"{number}.fc42", source=source)
        release(made, build, "f42")
        if name in targets:
            rebuilt = made.add_build(name, version, f"{number}.eln142", source=source)
            release(made, rebuilt, "eln")
    return made


@contextmanager
def served() -> Iterator[Served]:
    """Serve the world, and log in."""
    made = world()
    with running(made) as url:
        theirs = library.ClientSession(url, {"user": USER, "password": USER})
        theirs.login()
        ours = KojiHub(HubOptions(url=url, login=Password(USER, SecretStr(USER)), batch=BATCH))
        yield Served(made, theirs, ours)
        ours.close()
        theirs.logout()
        theirs.rsession.close()


def bounds() -> Iterator[Bound]:
    """Measure the two in turn."""
    with served() as site:
        yield _sources(site)


def _sources(site: Served) -> Bound:
    """Read the sources of builds in multicalls, both ways."""
    ids = list(site.world.builds)[:SAMPLE]
    bare = seconds(lambda: _bare_sources(site.theirs, ids), ROUNDS)
    taken = seconds(lambda: site.ours.sources(ids), ROUNDS)
    return Bound("sources against bare multicalls", bare / taken, 0.7, at_least=True)


def _bare_sources(session: library.ClientSession, ids: Sequence[int]) -> None:
    """Read the sources of builds, as the client alone would."""
    with session.multicall(batch=BATCH) as calls:
        answers = [calls.getBuild(build_id) for build_id in ids]
    if not all(answer.result["source"] for answer in answers):
        raise AssertionError("a build has no source")
