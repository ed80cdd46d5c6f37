# SPDX-License-Identifier: GPL-3.0-or-later
"""What a journal keeps of all packages between two looks is what is on record, whoever wrote it."""

from random import Random

import msgspec
import pytest

from adapters.service.journal import Journal
from adapters.store.connections import Cursor, connect
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from domain.errors import Conflict
from domain.package import Package
from domain.service.events import MessageRejected
from projections import eligibility
from tests.domain.given import Fact, tagged
from tests.domain.service.given import said
from tests.projections.writing import draft, record

NAMES = ("zsh", "awk", "gcc", "bash")
STEPS = 80


def shown(journal: Journal) -> dict[str, Package]:
    """Return every package as a look finds it."""
    with journal.look() as view:
        return {name: package for name, package in view.everything().items() if package.version}


def rows(log: EventLog) -> dict[str, Package]:
    """Return every package as its row has it."""
    with log.reading() as cursor:
        return {package.name: package for package in eligibility.load_all(cursor)}


def some_fact(number: int, random: Random) -> Fact:
    """Return a fact about some package, or about none."""
    if random.random() < 0.1:
        return said(MessageRejected(str(number), "bus", "no JSON"))
    return tagged(number, number, package=random.choice(NAMES))


@pytest.fixture
def journal(log: EventLog) -> Journal:
    """A journal of the empty log."""
    made = Journal(log)
    made.rebuild()
    return made


@pytest.mark.parametrize("seed", range(6))
def test_it_is_what_is_on_record(journal: Journal, log: EventLog, seed: int) -> None:
    """Two processes record and look in any order, at all packages (by name) or at one."""
    random, journals = Random(seed), [journal, Journal(log)]

    for number in range(1, STEPS):
        one, other = random.sample(journals, 2)
        match random.choices(("look", "record", "overtaken"), [5, 4, 1])[0]:
            case "look":
                assert [*shown(one)] == sorted(rows(log))
            case "record":
                record(one, [some_fact(number, random)])
            case _:
                overtaken(one, other, number)
        name = random.choice(NAMES)
        with other.look() as view:
            assert view.package(name) == rows(log).get(name, Package(name))
    for each in journals:
        assert shown(each) == rows(log)


def overtaken(journal: Journal, other: Journal, number: int) -> None:
    """Append while another process appends in between, or be refused."""
    with journal.look() as view:
        view.everything()
        record(other, [tagged(number, number, package="awk")])
        name = "bash" if number % 2 else "awk"
        try:
            journal.append(view, [draft(tagged(number + STEPS, number, package=name))])
        except Conflict:
            assert name == "awk"


def test_a_log_that_was_restored_is_another(
    database: Database, log: EventLog, journal: Journal
) -> None:
    """After a restore other events stand at the same positions: nothing kept is of those."""
    record(journal, [tagged(1, 1), tagged(2, 2)])
    assert shown(journal)["bash"].builds.keys() == {1, 2}

    lose_everything(database)
    record(Journal(log), [tagged(3, 1), tagged(4, 2, package="zsh")])

    assert shown(journal) == rows(log)
    assert shown(journal)["bash"].builds.keys() == {3}


def test_a_log_that_was_restored_and_is_shorter(
    database: Database, log: EventLog, journal: Journal
) -> None:
    """What was kept is of a position that is not there any longer."""
    record(journal, [tagged(1, 1), tagged(2, 2)])
    shown(journal)

    lose_everything(database)

    assert shown(journal) == {}
    record(journal, [tagged(3, 1)])
    assert shown(journal) == rows(log)


def test_a_rebuild_is_seen_by_who_goes_on(log: EventLog, journal: Journal) -> None:
    """Rows that no event made are gone for a worker, too, that has read them."""
    record(journal, [tagged(1, 1)])
    before = rows(log)
    log.append([], then=lambda cursor, _: spoil(cursor))
    assert shown(journal) != before

    Journal(log).rebuild()

    assert shown(journal) == before


def spoil(cursor: Cursor) -> None:
    """Give a package a row that no event made."""
    [(state,)] = cursor.execute("select state from eligibility").fetchall()
    package = msgspec.msgpack.decode(state, type=Package)
    eligibility.store(cursor, [msgspec.structs.replace(package, generation=7)])


def test_names_that_nobody_has_are_not_kept(journal: Journal) -> None:
    """Anybody may ask for packages that do not exist, and nothing grows by that."""
    record(journal, [tagged(1, 1)])
    shown(journal)
    with journal.look() as view:
        view.packages(map(str, range(100)))
        journal.append(view, [draft(tagged(2, 2))])

    with journal.look() as view:
        assert view.known.keys() == {"bash"}


def lose_everything(database: Database) -> None:
    """Empty the database as the restore of an empty one would, behind everybody's back."""
    with connect(database.owner_conninfo) as owner:
        owner.execute("alter table events disable trigger events_append_only")
        owner.execute("truncate events, eligibility, batches, control, rebuilds")
        owner.execute("alter table events enable always trigger events_append_only")
        owner.execute("update tracking set position = 0")
