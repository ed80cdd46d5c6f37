# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker: turns what waits into facts and lets the gate decide, again and again.

Level-triggered: a new event makes it look sooner, and without one it looks all the same.
"""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from types import FrameType
from typing import Final

import structlog

from adapters.app import App
from adapters.cli.retry import Retry
from adapters.cli.teller import telling
from adapters.errors import DependencyDown
from adapters.meters import LEADING, passing
from adapters.ports import Configuration
from adapters.service.operation import new_id
from adapters.service.work import Pass
from adapters.store.leader import leadership
from adapters.supervision import Supervision, die_when_told_again
from domain.errors import Conflict, EbsError
from domain.policy import Settings
from domain.service.decide import Offered

PATIENCE: Final = 60.0
"""Seconds after which a pass is made though nothing happened: pauses and failures expire."""

BREATH: Final = 1.0
"""Seconds between two passes, however much happens, and between two looks at the inbox."""

_log = structlog.get_logger(__name__)


class Periodic:
    """A configuration that is read at intervals; in between nothing is offered.

    To offer what was read before would undo what a person adopts in between.
    """

    def __init__(self, inner: Configuration, settings: Settings, seconds: float) -> None:
        self._inner = inner
        self._settings = settings
        self._seconds = seconds
        self._due = 0.0

    def offered(self) -> Offered:
        """Read everything where it is time, else only repeat the settings."""
        if monotonic() < self._due:
            return Offered(settings=self._settings)
        offered = self._inner.offered()
        self._due = monotonic() + self._seconds
        return offered

    def again(self) -> None:
        """Read everything the next time: what was read came to nothing."""
        self._due = 0.0


class Worker:
    """Makes passes until it is stopped, and outlives what is down meanwhile.

    A ``spare`` waits while another worker leads; so does who has led once.
    """

    def __init__(
        self,
        app: App,
        stop: threading.Event,
        supervision: Supervision | None = None,
        *,
        spare: bool = False,
    ) -> None:
        self._app = app
        self._conninfo = app.log.connections.conninfo
        self._stop = stop
        self._supervision = supervision or Supervision()
        self._spare = spare

    def run(self) -> None:
        """Work until stopped. Raises Conflict where another leads, and we are to lead at once."""
        retry = Retry()
        while not self._stop.is_set():
            began = monotonic()
            try:
                self._lead()
            except Conflict as error:
                if not self._spare:
                    raise
                self._stand_by(error)
            except DependencyDown as error:
                seconds = retry.after(monotonic() - began)
                _log.error("cannot work now", reason=str(error), retry_in=seconds)
                self._supervision.hindered(f"cannot work now: {error.what}")
                self._stop.wait(seconds)
                self._begin_anew()
        _log.info("stopped")

    def _stand_by(self, error: Conflict) -> None:
        """Wait a moment and no longer: whoever leads may die at any time."""
        status = f"waiting: {error.what}"
        if self._supervision.status != status:
            _log.info("waiting", reason=str(error))
        self._supervision.ready(status)
        self._stop.wait(BREATH)
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Believe nothing that was read before."""
        if isinstance(self._app.configuration, Periodic):
            self._app.configuration.again()
        self._revive()

    def _revive(self) -> None:
        """Start the embedded database again: nobody else will."""
        with suppress(EbsError):
            self._app.revive()

    def _lead(self) -> None:
        with leadership(self._conninfo) as make_sure:
            self._spare = True
            _log.info("leading")
            self._supervision.ready("leading")
            with telling(self._app), LEADING.track_inprogress():
                while not self._stop.is_set():
                    make_sure()
                    done = self._pass()
                    self._supervision.ready(_status(done))
                    self._wait(done)

    def _pass(self) -> Pass:
        correlation = new_id()
        with structlog.contextvars.bound_contextvars(correlation=correlation), passing():
            done = self._app.work.run(correlation)
            _tell(done)
        return done

    def _wait(self, done: Pass) -> None:
        """Wait for something new, for the end of the lull, or for patience to end."""
        self._stop.wait(BREATH)
        timers = self._app.config.timers
        patience = min(PATIENCE, timers.catch_up, timers.task_poll)
        deadline = monotonic() + min(done.outlook.passage.lull or patience, patience)
        while not self._stop.is_set() and (left := deadline - monotonic()) > 0:
            self._supervision.beat()
            if self._news(done.position, min(left, BREATH)):
                return

    def _news(self, position: int, timeout: float) -> bool:
        """Whether something arrived, was recorded, or happened to what Koji builds for us."""
        app = self._app
        if app.inbox.count() or app.log.wait(position, timeout):
            return True
        hints = app.log.hints()
        return bool(hints) and app.hub is not None and app.hub.builds.nudge(hints)


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """Set an event on SIGTERM and SIGINT instead of dying, once."""
    stop = threading.Event()

    def handle(_: int, __: FrameType | None) -> None:
        stop.set()
        die_when_told_again()

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def _status(done: Pass) -> str:
    """Say in a line what `ebs status` says."""
    what = done.outlook.blocked or "; ".join(done.troubles) or "all is well"
    return f"leading, at position {done.position}: {what}"


def _tell(done: Pass) -> None:
    outlook = done.outlook
    held = [hold.plan for hold in outlook.holds]
    said = {
        "recorded": done.recorded,
        "held": held,
        "blocked": outlook.blocked,
        "troubles": done.troubles,
    }
    level = logging.INFO if done.recorded else logging.DEBUG
    shown = {key: value for key, value in said.items() if value}
    _log.log(level, "pass", position=done.position, **shown)
