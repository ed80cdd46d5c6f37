# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a hub is read, against the client that the adapter rests on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import koji as library
from pydantic import SecretStr

from adapters.app import App, Outside, open_app
from adapters.config.outside import OutsideConfiguration
from adapters.koji.client import KojiHub
from adapters.koji.options import HubOptions, Password
from adapters.sandbox import vendored
from adapters.sandbox.hub import World, release, running, tagging
from adapters.service.baseline import ask
from adapters.service.catchup import OVERLAP, Report
from adapters.service.operation import Operation
from tests.bench.bounds import Bound, seconds
from tests.bench.world import configure, set_trigger

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
    made.add_tag("eln-build", parents=("eln",), extra={"rpm.macro.eln": 142})
    made.add_target("eln", "eln-build", "eln")
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


def bounds(folder: Path) -> Iterator[Bound]:
    """Measure the two in turn; the service in a folder of its own."""
    with served() as site:
        yield _sources(site)
        yield from _service(site, folder)


def _service(site: Served, folder: Path) -> Iterator[Bound]:
    """Take a baseline of both tags, then catch up with a re-tag of everything that nobody told."""
    config = configure(folder, trigger="f42")
    outside = Outside(OutsideConfiguration(config), site.ours)
    with open_app(config, outside=outside) as app:
        bare = seconds(lambda: _bare_baseline(site))
        taken = seconds(lambda: _baseline(app, site))
        print(f"      baseline: bare calls {bare:.2f} s, recorded {taken:.2f} s")
        yield Bound("baseline against bare multicalls", bare / taken, 0.7, at_least=True)
        f41 = site.world.add_tag("f41")
        builds = [row.build for row in tagging.tagged(site.world, site.world.tag("f42"))]
        tagging.mass_tag(site.world, f41, builds, site.world.user("releng"))
        set_trigger(folder, "f41")
        app.gate.adopt(Operation("bench", "person", datetime.now(UTC)))
        with app.journal.look() as view:
            baseline = view.service.baseline
        assert baseline is not None
        bare = seconds(lambda: _bare_catch_up(site, baseline.taken_at - OVERLAP))
        report = []
        taken = seconds(lambda: report.append(_catch_up(app)))
        if report[0].added < len(builds):
            raise AssertionError(f"{report[0]} is not a catch-up of {len(builds)} builds")
        print(f"      catch-up: bare calls {bare:.2f} s, recorded {taken:.2f} s")
        yield Bound("catch-up against bare calls", bare / taken, 0.7, at_least=True)


def _baseline(app: App, site: Served) -> None:
    asked = Operation("bench", "baseline", datetime.now(UTC))
    app.gate.adopt(asked)
    app.baselines.take(ask(site.ours, {"f42", "eln"}), asked)


def _catch_up(app: App) -> Report:
    assert app.hub is not None
    report = app.hub.catch_up.run(Operation("bench", "catch-up", datetime.now(UTC)))
    assert report is not None
    return report


def _bare_baseline(site: Served) -> None:
    """Ask what a baseline asks, as the client alone would."""
    with site.theirs.multicall(batch=BATCH) as calls:
        held = [calls.listTagged(tag, draft=False) for tag in ("f42", "eln")]
    _bare_sources(site.theirs, [row["build_id"] for tag in held for row in tag.result])


def _bare_catch_up(site: Served, since: datetime) -> None:
    """Ask what a catch-up asks, as the client alone would: all of the tag that is new."""
    last = site.theirs.getLastEvent(before=since.timestamp())
    after = last["id"] if last else 0
    with site.theirs.multicall(batch=BATCH) as calls:
        calls.queryHistory(tables=["tag_listing"], tag="f41")
        for tag in ("eln", "f42"):
            calls.queryHistory(tables=["tag_listing"], tag=tag, afterEvent=after)


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
