# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast sources are read from a hub, against the client that the adapter rests on."""

from collections.abc import Iterator

import koji as library
from pydantic import SecretStr

from adapters.koji.client import KojiHub
from adapters.koji.options import HubOptions, Password
from adapters.sandbox.hub import World, running
from tests.bench.bounds import Bound, seconds

BUILDS = 5_000
BATCH = 500
USER = "ebs"
ROUNDS = 5


def sources() -> Iterator[Bound]:
    """Read the sources of 5,000 builds in multicalls of 500, both ways in turn."""
    world = World()
    world.add_user(USER)
    ids = [
        world.add_build(
            "bulk", str(number), "1", source=f"git+https://src.example/bulk#{number}"
        ).id
        for number in range(BUILDS)
    ]
    with running(world) as url:
        theirs = library.ClientSession(url, {"user": USER, "password": USER})
        theirs.login()
        ours = KojiHub(HubOptions(url=url, login=Password(USER, SecretStr(USER)), batch=BATCH))
        bare = seconds(lambda: _bare(theirs, ids), ROUNDS)
        taken = seconds(lambda: ours.sources(ids), ROUNDS)
        ours.close()
        theirs.logout()
        theirs.rsession.close()
    yield Bound("sources against bare multicalls", bare / taken, 0.7, at_least=True)


def _bare(session: library.ClientSession, ids: list[int]) -> None:
    with session.multicall(batch=BATCH) as calls:
        answers = [calls.getBuild(build_id) for build_id in ids]
    if not all(answer.result["source"] for answer in answers):
        raise AssertionError("a build has no source")
