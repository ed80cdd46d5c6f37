# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast the adapter reads, against the client it rests on."""

from collections.abc import Callable
from time import perf_counter

import koji as library

from adapters.koji.client import KojiHub
from tests.adapters.koji.given import COMMIT, Site

BUILDS = 5_000
BATCH = 500
LEAST = 0.7
ROUNDS = 4
"""The best of so many counts: other load only ever slows one down."""


def seconds(act: Callable[[], object]) -> float:
    """How long it takes."""
    start = perf_counter()
    act()
    return perf_counter() - start


def bare(session: library.ClientSession, ids: list[int]) -> None:
    """The same calls by the client alone."""
    with session.multicall(batch=BATCH) as calls:
        answers = [calls.getBuild(build_id) for build_id in ids]
    assert all(answer.result["source"] for answer in answers)


def test_sources_are_read_at_the_rate_of_the_client(site: Site) -> None:
    """Sources of 5,000 builds come at no less than 0.7 of the rate of bare multicalls."""
    for number in range(BUILDS):
        site.world.add_build("bulk", str(number), "1", source=COMMIT.format("bulk", number))
    ids = site.ids()[-BUILDS:]
    ours: KojiHub = site.koji(batch=BATCH)
    theirs = library.ClientSession(site.server.url, {"user": "ebs", "password": "ebs"})
    theirs.login()
    without, with_ = [], []
    for _ in range(ROUNDS):
        without.append(seconds(lambda: bare(theirs, ids)))
        with_.append(seconds(lambda: ours.sources(ids)))
    theirs.logout()
    theirs.rsession.close()
    ours.close()
    ratio = min(without) / min(with_)
    print(f"sources: {ratio:.2f} of {BUILDS / min(without):.0f} builds/s by bare multicalls")  # noqa: T201

    assert ratio >= LEAST
