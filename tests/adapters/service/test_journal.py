# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: what is decided on a view is recorded only while that view holds."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import count

import pytest

from adapters.service.journal import Draft, Journal, View
from adapters.store.log import EventLog
from domain.errors import Conflict
from domain.package import stream
from domain.service.events import MessageRejected
from tests.adapters.service.given import World
from tests.domain.given import Fact, tagged
from tests.domain.service.given import said
from tests.projections.writing import draft, projected, record

ELSEWHERE = tagged(7, 10, package="zsh")
BY_THE_SERVICE = said(MessageRejected("1", "bus", "no JSON"))


def behind_its_back(log: EventLog, fact: Fact) -> None:
    """Let another process record a fact."""
    record(Journal(log), [fact])


def names(view: View) -> set[str]:
    """Return every package that a view knows of."""
    return {name for name, package in view.everything().items() if package.version}


def test_everything_holds_what_the_view_has_taken_in(world: World) -> None:
    """What was appended on a view is newer than the rows that its transaction sees."""
    world.hear(tagged(1, 10), ELSEWHERE)
    with world.app.journal.look() as view:
        world.app.journal.append(view, map(draft, [tagged(2, 20), tagged(3, 20, package="gcc")]))

        assert view.everything()["bash"].version == 2
        assert names(view) == {"bash", "zsh", "gcc"}
        assert view.everything()["bash"] == world.package("bash")


@pytest.mark.parametrize("foreign", [tagged(1, 10), BY_THE_SERVICE], ids=["stream", "service"])
def test_what_a_decision_rests_on_has_gone_on(world: World, foreign: Fact) -> None:
    """An event of its package or of the service, recorded since, refuses an append whole."""
    with world.app.journal.look() as view:
        behind_its_back(world.log, foreign)
        before = projected(world.log)
        with pytest.raises(Conflict):
            world.app.journal.append(view, map(draft, [ELSEWHERE, tagged(2, 20)]))
    assert projected(world.log) == before


def test_the_twin_that_a_decision_rests_on_has_gone_on(world: World) -> None:
    """What the stable tag holds is known of the package downstream: its stream counts too."""
    fact = tagged(1, 10, package="freeipa")
    with world.app.journal.look() as view:
        behind_its_back(world.log, tagged(9, 10, package="ipa"))
        with pytest.raises(Conflict):
            world.app.journal.append(
                view, [Draft(fact.stream, fact.event, fact.meta, stream("ipa"))]
            )


def test_what_matters_to_nobody_is_in_nobodys_way(world: World) -> None:
    """A fact about another package refuses nothing; the projections hold both."""
    with world.app.journal.look() as view:
        behind_its_back(world.log, ELSEWHERE)
        (recorded,) = world.app.journal.append(view, [draft(tagged(1, 10))])

        assert recorded.position == world.log.head() == view.position
    kept = projected(world.log)
    assert {"bash", "zsh"} <= kept.packages.keys()
    world.app.journal.rebuild()
    assert projected(world.log) == kept


def test_a_view_that_missed_something_decides_no_more(world: World) -> None:
    """After somebody else appended in between, a view no longer shows what is on record."""
    with world.app.journal.look() as view:
        behind_its_back(world.log, ELSEWHERE)
        world.app.journal.append(view, [draft(tagged(1, 10))])
        with pytest.raises(Conflict, match="gone on"):
            world.app.journal.append(view, [draft(tagged(2, 20))])
    assert world.package().version == 1


def test_many_decide_at_once(world: World) -> None:
    """As many as the web has threads, in streams that are the same: none fails, none is lost.

    Each took a connection to look and waited for another to append with, until all were taken.
    """
    facts = [said(MessageRejected(str(number), "bus", "no JSON")) for number in range(40)]
    with ThreadPoolExecutor(max_workers=len(facts)) as people:
        drafts = ([draft(fact)] for fact in facts)
        deciding = [
            people.submit(world.app.journal.record, partial(_same, each)) for each in drafts
        ]
    for decided in deciding:
        assert len(decided.result()) == 1


def _same(drafts: list[Draft], _: View) -> list[Draft]:
    return drafts


def test_who_is_slower_than_all_others_decides_in_the_end(world: World) -> None:
    """Somebody appends whenever a decision is taken: once it was in vain, they wait for it.

    An archive that was read beside three others, or an approval beside one, lost each time.
    """
    builds = count(100)
    with ThreadPoolExecutor(max_workers=10) as others:

        def decide(view: View) -> Iterator[Draft]:
            view.package("bash")
            foreign = others.submit(behind_its_back, world.log, tagged(next(builds), 10))
            with suppress(TimeoutError, Conflict):
                foreign.result(timeout=0.5)
            yield draft(tagged(1, 10))

        (recorded,) = world.app.journal.record(decide)

    assert recorded.envelope.originator_version == world.package().version > 1
