# SPDX-License-Identifier: GPL-3.0-or-later
"""An embedded PostgreSQL in the state folder, for one person's machine, for tests and the demo.

Several processes share one server: the first starts it, the last to let go stops it. Who holds it
is told by locks on a file, which the kernel releases however a process dies. The wheel's own list
of process ids keeps the dead for ever, and with them the server, so it is not used.

::

    lock       held while the server is started or stopped
    holders    locked, shared, by every process that uses the server
    pg/        the data directory, with the socket and the server's log
"""

import atexit
import fcntl
import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

from psycopg.conninfo import make_conninfo

from adapters.errors import NotPermitted
from adapters.store.connections import ROLE, connect
from adapters.store.faults import translated
from adapters.store.migrate import migrate
from adapters.store.server import Server
from domain.errors import Refused

# The address of a Unix socket holds 108 bytes with its end, on other systems than Linux 104.
_LONGEST_SOCKET: Final = 107 if sys.platform == "linux" else 103
_DATABASE: Final = "ebs"
_LOGIN: Final = "ebs"


@dataclass(frozen=True)
class Database:
    """Where the log lives: as the service sees it, as its owner does, and how to let go of it.

    ``revive`` starts the server again where it is ours and died.
    """

    conninfo: str = field(repr=False)
    owner_conninfo: str = field(repr=False)
    close: Callable[[], None]
    revive: Callable[[], None] = lambda: None


def open_database(state_dir: Path) -> Database:
    """Start the server of this state folder, or join it, with the schema brought up to date.

    It is let go when the process ends, by SIGTERM and SIGHUP too. Raises NotPermitted for a folder
    of another user, Refused for a path that no socket can have, DependencyDown where the server
    does not start.
    """
    folder = _resolved(state_dir)
    server = Server(folder / "pg")
    _refuse_unfit(server.socket)
    _own(folder)
    exit_on_signals()
    with ExitStack() as undo:
        holding = _Holding(folder, server)
        undo.callback(holding.close)
        with _locked(folder):
            server.start()
            owner = _prepare(server)
        atexit.register(holding.close)
        undo.pop_all()
    return Database(make_conninfo(owner, user=_LOGIN), owner, holding.close, holding.revive)


class _Holding:
    """One use of the server; closing the last one stops it."""

    def __init__(self, folder: Path, server: Server) -> None:
        self._folder, self._server, self._pid = folder, server, os.getpid()
        self._holders = (folder / "holders").open("a")
        fcntl.flock(self._holders, fcntl.LOCK_SH)

    def revive(self) -> None:
        """Start the server again where it died; where it runs nothing happens."""
        with _locked(self._folder):
            self._server.start()

    def close(self) -> None:
        # A forked child has the same lock, and may not let go of it for its parent.
        if self._holders.closed or self._pid != os.getpid():
            return
        atexit.unregister(self.close)
        with self._holders, _locked(self._folder):
            if self._is_last():
                self._server.stop()

    def _is_last(self) -> bool:
        try:
            fcntl.flock(self._holders, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _prepare(server: Server) -> str:
    """Make database, schema and login where they are missing; return the owner's conninfo."""
    owner = make_conninfo(server.conninfo, dbname=_DATABASE)
    with translated():
        with connect(server.conninfo) as connection:
            query = "select 1 from pg_database where datname = %s"
            if connection.execute(query, (_DATABASE,)).fetchone() is None:
                connection.execute(f"create database {_DATABASE}")
        migrate(owner)
        with connect(owner) as connection:
            if connection.execute("select to_regrole(%s)", (_LOGIN,)).fetchone() == (None,):
                connection.execute(f"create role {_LOGIN} login in role {ROLE}")
    return owner


def _resolved(state_dir: Path) -> Path:
    """Return the folder with a name of its own and no links in it."""
    try:
        return state_dir.expanduser().resolve()
    except (OSError, RuntimeError) as error:
        raise _unusable(state_dir, str(error)) from None


def _own(folder: Path) -> None:
    """Make the folder where it is missing, and see that it is ours to write to."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = folder.stat().st_uid
        if owner != os.geteuid():
            us = os.geteuid()
            raise _unusable(folder, f"it is another user's: uid {owner} owns it, we run as {us}")
        for name in ("lock", "holders"):
            (folder / name).open("a").close()
    except OSError as error:
        raise _unusable(folder, error.strerror or "") from error


def _unusable(folder: Path, why: str) -> NotPermitted:
    return NotPermitted(
        f"The state folder {folder} cannot be used",
        why=why,
        do="Name another with --state-dir or EBS_STATE_DIR",
    )


def _refuse_unfit(socket: Path) -> None:
    """Refuse a path for which the wheel would put the socket into a folder open to all."""
    length = len(os.fsencode(socket))
    if length > _LONGEST_SOCKET:
        why = f"the socket {socket} would have {length} bytes, the system takes {_LONGEST_SOCKET}"
    elif shlex.quote(str(socket)) != str(socket):
        why = "the server's start takes no blanks and quotes in a path"
    else:
        return
    raise Refused(
        "The state folder's path does not do for a database",
        why=why,
        do="Name a shorter, plainer one with --state-dir or EBS_STATE_DIR",
    )


def exit_on_signals() -> None:
    """Let SIGTERM and SIGHUP end the process as an exit does, where nobody else handles them.

    Who opens an embedded database in another than the main thread calls it before.
    """
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _exit)


def _exit(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
