# SPDX-License-Identifier: GPL-3.0-or-later
"""The story with the real ``ebs run``, a real PostgreSQL and mail server: killed, started again.

It is killed while Koji handles a request of its, which is carried out all the same, or some
milliseconds after that, wherever it is then.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any, Final, NamedTuple, TypeVar

import yaml

import adapters
from adapters.app import Outside, assemble
from adapters.config.static import Config
from adapters.sandbox.hub import Pace, Trouble
from adapters.sandbox.hub.trouble import Fate
from adapters.service.notifications import Notifications
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from domain.batch.decide import IN_FLIGHT
from domain.catalogue import EVENTS
from tests.adapters.service.online import STABLE, TRIGGER
from tests.crash.story import NAMES, POLICY, End, Story
from tests.fixtures.fix_mail import MailBox, certify, new_box, serving
from tests.fixtures.fix_store import Cluster

T = TypeVar("T")

PATIENCE: Final = IN_FLIGHT.total_seconds() + 60
"""Seconds: killed between an intent and its request, it waits until none can arrive any more."""

GAPS: Final = (6, 30)
"""Requests between two kills, at least and at most: to start anew takes some of its own."""

LATER: Final = 0.06
"""Seconds after a request, at most, for a kill that no request is the reason of."""

SHORTER: Final = {"LULL": "0", "CATCH_UP": "1", "TASK_POLL": "1"}


class Deadly(Trouble):
    """Kills whoever asks at some of the requests; ``deaths`` are to come yet."""

    def __init__(self, deaths: int, kill: Callable[[], None], seed: int = 0) -> None:
        super().__init__()
        self.deaths = deaths
        self._kill = kill
        self._choice = Random(seed)
        self._left = self._gap()

    def of(self, method: str) -> Fate:
        """Count a request; kill who asks, at once or a little later."""
        self._left -= 1
        if self._left == 0 and self.deaths > 0:
            self.deaths -= 1
            self._left = self._gap()
            if self.deaths % 2:
                self._kill()
            else:
                Timer(self._choice.uniform(0, LATER), self._kill).start()
        return super().of(method)

    def _gap(self) -> int:
        return self._choice.randint(*GAPS)


class Processes(Story):
    """The hub is served from here; the service is a process that is killed so many times."""

    pace = Pace(pickup=0.1, srpm=0.1, arch=0.3, tag=0.1, repo=0.3)
    tick = 0.1
    tests = 0.5

    def __init__(
        self, log: EventLog, environment: Mapping[str, str], box: MailBox, deaths: int
    ) -> None:
        super().__init__(log)
        self.mails = box.mails
        self.trouble = self.server.trouble = Deadly(deaths, self._kill)
        self.bodhi.trouble = self.trouble
        self.kills = 0
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def __exit__(self, *error: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        super().__exit__(*error)

    def clock(self) -> Callable[[], float]:
        """Return the clock of this machine, which is that of the process too."""
        return time.time

    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)

    def later(self, **span: float) -> None:
        """Let a moment pass: the clock is not ours to move."""
        time.sleep(0.01)

    def start(self) -> None:
        """Look at what is on record; the service is a process of its own."""
        self.bodhi.start()
        config = Config.model_construct(state_dir=Path())
        self.app = assemble(self.log, config, self.now, Outside(self.configured))

    def baseline(self) -> None:
        """``ebs baseline``, then ``ebs run``."""
        subprocess.run(
            self._command("baseline"), env=self._variables(), check=True, capture_output=True
        )
        self.heard.clear()

    def _pass(self) -> None:
        """Wait until what happened was read in Koji and decided on, and nothing is left to be done.

        Who reads a second time has decided on what was read first.
        """
        happened = self.now()
        self._until(lambda: self._has_read(happened))
        again = self.now()
        self._until(lambda: self._has_read(again) and self._is_over())

    def _is_over(self) -> bool:
        """Who is killed before mail goes out sends it when started again."""
        [outlet] = self.outlets()
        told = not Notifications(self.app.journal, self.now, [outlet])._due(outlet)
        return told and super()._is_over()

    def _until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not true():
            self._keep_going()
            if time.monotonic() > deadline:
                raise AssertionError("it does not come to an end")
            time.sleep(0.1)

    def _has_read(self, happened: datetime) -> bool:
        read = self.service.caught_up
        return self.app.inbox.count() == 0 and read is not None and read.as_of > happened

    def _keep_going(self) -> None:
        """Start the service where it does not run, as whoever keeps services does."""
        if self._process is not None and (code := self._process.poll()) is not None:
            if code != -signal.SIGKILL:
                raise AssertionError(f"it ended by itself: {code}")
            self.kills += 1
            self._process = None
        if self._process is None:
            self._process = subprocess.Popen(
                self._command("run"), env=self._variables(), stderr=subprocess.DEVNULL
            )

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "adapters.cli.main", *words]

    def _variables(self) -> dict[str, str]:
        return {
            **self._environment,
            "EBS_KOJI__URL": self.server.url,
            "EBS_BODHI__URL": self.bodhi.url,
            "EBS_BODHI__ID_PROVIDER": self.bodhi.provider,
            "EBS_BODHI__LOGIN_FILE": str(self.bodhi.login(Path(self.folder.name)).file),
        }


class Trial(NamedTuple):
    """What came of a story, and how often the process was killed in it."""

    end: End
    kills: int


def live(cluster: Cluster, deaths: int = 0) -> Trial:
    """Live on a database of its own; the process is killed so many times."""
    with (
        TemporaryDirectory(prefix="ebs-") as folder,
        serving(new_box(certify(Path(folder, "mail.pem")))) as box,
        closing(cluster.create(template=cluster.migrated)) as database,
        EventLog(database.conninfo, EVENTS) as log,
        Processes(log, dict(_environment(Path(folder), database, box)), box, deaths) as life,
    ):
        return Trial(life.live(), life.kills)


def _environment(folder: Path, database: Database, box: MailBox) -> Iterator[tuple[str, str]]:
    """Yield the variables that the service is configured with."""
    policy, password = folder / "policy.yaml", folder / "password"
    policy.write_text(yaml.safe_dump(_policy()))
    password.touch(mode=0o600)
    password.write_text("ebs\n")
    for name, value in os.environ.items():
        if not name.startswith("EBS_"):
            yield name, value
    yield "PYTHONPATH", str(Path(adapters.__file__).parents[1])
    yield "EBS_DATABASE_URL", database.conninfo
    yield "EBS_STATE_DIR", str(folder)
    yield "EBS_POLICY", str(policy)
    yield "EBS_KOJI__USER", "ebs"
    yield "EBS_KOJI__PASSWORD_FILE", str(password)
    yield "EBS_KOJI__STABLE_TAG", STABLE
    for name, value in box.account(recipients='["eln@lists.example"]').items():
        yield f"EBS_MAIL__{name.upper()}", str(value)
    for name, seconds in SHORTER.items():
        yield f"EBS_TIMERS__{name}", seconds


def _policy() -> dict[str, Any]:
    """The story's policy, as EBS writes it."""
    control = {"pause": False, "trigger_tag": TRIGGER, "ordering": dict(POLICY.ordering)}
    names = {name: {"upstream_name": name} for name in NAMES}
    return {"configuration": {"control": control}, "components": {"overrides": names}}
