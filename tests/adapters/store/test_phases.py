# SPDX-License-Identifier: GPL-3.0-or-later
"""Two phases: what old and new programs can both live with, and what is for later."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from multiprocessing import get_context

import pytest
from psycopg.conninfo import make_conninfo

from adapters.store import migrate as module
from adapters.store import phases
from adapters.store.advisory import MIGRATING, acquire
from adapters.store.connections import connect
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from adapters.store.migrate import applied, check, migrate, planned
from adapters.store.phases import Migration, Phase, migrations
from domain.catalogue import EVENTS
from domain.errors import Conflict, Refused
from tests.adapters.store.examples import envelopes, tagged
from tests.fixtures.fix_store import Cluster

NOW = migrations()
Release = Callable[..., list[str]]


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Release:
    """Become a release with these further steps, named after what they are; returns their names."""

    def become(*further: tuple[Phase, str]) -> list[str]:
        steps = [
            Migration(len(NOW) + n, f"{len(NOW) + n:04}_{phase}", f"{n}", text.encode(), phase)
            for n, (phase, text) in enumerate(further, 1)
        ]
        monkeypatch.setattr(phases, "migrations", lambda: (*NOW, *steps))
        return [step.name for step in steps]

    return become


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[Database]:
    """A database without a schema."""
    with closing(cluster.create()) as database:
        yield database


ADD: tuple[Phase, str] = ("pre", "create table added (a int)")
MORE: tuple[Phase, str] = ("pre", "create table more (a int)")
DROP: tuple[Phase, str] = ("post", "drop view log_pauses")


def test_old_and_new_work_side_by_side_in_between(database: Database, release: Release) -> None:
    """After --pre the program of before works on, and can be started; the new one works too."""
    with EventLog(database.conninfo, EVENTS) as old:
        added, _ = release(ADD, DROP)
        assert migrate(database.owner_conninfo, "pre") == [added]
        with EventLog(database.conninfo, EVENTS) as new:
            old.append(envelopes(tagged(1)))
            new.append(envelopes(tagged(2), version=2))
            assert old.head() == new.head() == 2
    release()
    with EventLog(database.conninfo, EVENTS) as again:
        assert len([*again.read()]) == 2


def test_after_post_the_old_one_is_refused(database: Database, release: Release) -> None:
    """What was taken away is on record: a program that needs it is told so, and does not start."""
    names = release(ADD, DROP)
    migrate(database.owner_conninfo, "pre")
    assert migrate(database.owner_conninfo, "post") == names[1:]
    check(database.conninfo)
    release()

    with pytest.raises(Refused, match="newer than this release") as caught:
        check(database.conninfo)
    assert names[1] in caught.value.why
    assert [each.phase for each in applied(database.owner_conninfo)[-2:]] == ["pre", "post"]


def test_the_new_one_is_refused_before_pre(database: Database, release: Release) -> None:
    """A program whose schema is not there yet says what to run; what it may drop later it can wait
    for.
    """
    release(ADD, DROP)
    with pytest.raises(Refused, match="older than this release") as caught:
        check(database.conninfo)
    assert "ebs migrate --pre" in caught.value.do

    migrate(database.owner_conninfo, "pre")
    check(database.conninfo)


def test_without_a_phase_everything_is_applied(database: Database, release: Release) -> None:
    """Where nothing is at work there is nothing to wait for."""
    assert migrate(database.owner_conninfo) == []
    names = release(ADD, DROP, MORE)

    assert planned(database.owner_conninfo) == names
    assert migrate(database.owner_conninfo) == names
    assert planned(database.owner_conninfo) == []


def test_post_comes_after_pre(database: Database, release: Release) -> None:
    """Nothing is taken away before the new programs have what they need."""
    release(ADD, DROP)
    with pytest.raises(Refused, match="before the new release") as caught:
        migrate(database.owner_conninfo, "post")
    assert "ebs migrate --pre" in caught.value.do


def test_no_release_is_skipped_beside_programs(database: Database, release: Release) -> None:
    """Where the way leads over another release's last step, that one is to be run first."""
    names = release(ADD, DROP, MORE)
    with pytest.raises(Refused, match="last step comes first"):
        migrate(database.owner_conninfo, "pre")
    assert len(applied(database.owner_conninfo)) == len(NOW)

    release(ADD, DROP)
    for phase in phases.PHASES:
        migrate(database.owner_conninfo, phase)
    release(ADD, DROP, MORE)
    assert migrate(database.owner_conninfo, "pre") == names[2:]


def test_an_empty_database_is_made_by_pre(empty: Database, release: Release) -> None:
    """Where there is no schema nobody can be at work: --pre makes all that the program needs."""
    names = release(DROP, ADD, DROP)
    made = migrate(empty.owner_conninfo, "pre")

    assert made == [*(m.name for m in NOW), *names[:2]]
    check(empty.conninfo)


def test_post_waits_until_the_old_programs_are_gone(database: Database, release: Release) -> None:
    """While a program of before is connected nothing is taken away: it says which, and where."""
    release(ADD, DROP)
    migrate(database.owner_conninfo, "pre")
    with connect(make_conninfo(database.conninfo, application_name="ebs/9")) as old:
        with pytest.raises(Conflict, match="earlier release") as caught:
            migrate(database.owner_conninfo, "post")
        assert f"process {old.info.backend_pid} of" in caught.value.why

    with connect(make_conninfo(database.conninfo, application_name="psql")):
        assert len(migrate(database.owner_conninfo, "post")) == 1


def test_nothing_is_taken_from_a_program_unasked(database: Database, release: Release) -> None:
    """Without a phase it is the same: nothing is done while an earlier program is connected."""
    release(ADD, DROP)
    with connect(database.conninfo), pytest.raises(Conflict, match="earlier release"):
        migrate(database.owner_conninfo)

    assert len(applied(database.owner_conninfo)) == len(NOW)


def test_a_program_says_how_much_it_knows(database: Database) -> None:
    """In pg_stat_activity every connection bears the number of the last migration it knows."""
    with connect(database.conninfo) as connection:
        found = connection.execute("show application_name").fetchone()

    assert found == (f"ebs/{NOW[-1].version}",)


def test_who_migrates_is_named(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second migration waits, and after a while says who is at it."""
    with connect(database.owner_conninfo) as other, monkeypatch.context() as impatient:
        impatient.setattr(module, "_PATIENCE", 0)
        assert acquire(other, MIGRATING, 0)
        with pytest.raises(Conflict, match="Another migration") as caught:
            migrate(database.owner_conninfo)
        assert f"process {other.info.backend_pid} of" in caught.value.why

    assert migrate(database.owner_conninfo) == []


def test_it_waits_for_another_migration(database: Database, release: Release) -> None:
    """Whoever comes second finds the work done."""
    names = release(ADD)
    with connect(database.owner_conninfo) as other:
        assert acquire(other, MIGRATING, 0)
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(migrate, database.owner_conninfo)
            assert not waiting.done()
            other.close()
            assert waiting.result(timeout=30) == names


def test_nobody_is_kept_waiting_for_long(
    database: Database, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that is in use for long stops the migration, not those who want it after it."""
    monkeypatch.setattr(module, "_LOCK_TIMEOUT", "set local lock_timeout = '10ms'")
    monkeypatch.setattr(module, "_PAUSE", 0)
    names = release(("pre", "alter table inbox add column more int"))
    with connect(database.owner_conninfo) as reader:
        reader.execute("begin; select from inbox")
        with pytest.raises(Conflict, match="does not get the table") as caught:
            migrate(database.owner_conninfo)
        assert "10 times" in caught.value.why

    assert migrate(database.owner_conninfo) == names


def test_a_table_that_is_free_again_is_changed(
    database: Database, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tries again while whoever is at work gets done."""
    monkeypatch.setattr(module, "_LOCK_TIMEOUT", "set local lock_timeout = '10ms'")
    names = release(("pre", "alter table inbox add column more int"))
    with connect(database.owner_conninfo) as reader:
        reader.execute("begin; select from inbox")
        monkeypatch.setattr(module, "sleep", lambda _: reader.execute("commit"))

        assert migrate(database.owner_conninfo) == names


INDEX: tuple[Phase, str] = (
    "pre",
    """drop index concurrently if exists events_more;
create index concurrently events_more on events (version);
""",
)


def test_an_index_is_made_beside_those_who_write(database: Database, release: Release) -> None:
    """It works online, and where it was broken off it is made anew: an index half made is none."""
    names = release(INDEX)
    with connect(database.owner_conninfo) as owner:
        owner.execute("create index events_more on events (topic)")
        assert migrate(database.owner_conninfo) == names
        found = owner.execute("select indexdef from pg_indexes where indexname = 'events_more'")
        assert "(version)" in str(found.fetchone())


def _migrate_slowly(conninfo: str) -> None:
    slow = Migration(len(NOW) + 1, "slow", "", b"create table half (a int); select pg_sleep(600)")
    phases.migrations = lambda: (*NOW, slow)  # type: ignore[assignment] # in a process of its own
    migrate(conninfo)


def test_killed_in_the_middle_it_goes_on(database: Database, release: Release) -> None:
    """The server notices that nobody is there any more; the next run does it from the start."""
    process = get_context("spawn").Process(target=_migrate_slowly, args=(database.owner_conninfo,))
    process.start()
    with connect(database.owner_conninfo) as owner:
        while owner.execute(ASLEEP).fetchone() == (0,):
            assert process.is_alive()
    process.kill()
    process.join()
    names = release(("pre", "create table half (a int)"))

    assert migrate(database.owner_conninfo) == names


ASLEEP = """
    select count(*) from pg_stat_activity
    where wait_event = 'PgSleep' and datname = current_database()
"""
