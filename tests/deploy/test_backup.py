# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup and restore, by the commands of the manual, while Koji and Bodhi go on."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import pytest

from adapters.store.log import EventLog
from adapters.store.migrate import migrate
from domain.catalogue import EVENTS
from tests.adapters.store.examples import envelopes, tagged
from tests.crash.restored import Loss, Restored, faults, live
from tests.crash.story import End
from tests.deploy.operator import ANCHOR, NEXT, WHEN, Ended, Operator, koji
from tests.fixtures.fix_store import Cluster
from tests.fixtures.private import Private, private
from tests.fixtures.until import until

PAUSE = "select pg_get_wal_replay_pause_state()"
RECOVERY = "select pg_is_in_recovery()"
PATIENCE = 60.0
"""Seconds that a restore may take."""

LOSS = Loss(13, 30)
"""A batch before the one at hand, and the first of its slices, are not in what is restored."""


@pytest.fixture
def machine(embedded_cluster: Cluster) -> Iterator[Private]:
    """A PostgreSQL of the test's own, migrated; the embedded one has made the user it runs as."""
    with private() as made:
        made.make()
        migrate(made.conninfo)
        yield made


@pytest.fixture
def other(embedded_cluster: Cluster) -> Iterator[Private]:
    """Another machine, with an empty database."""
    with private() as made:
        made.make()
        yield made


def told(machine: Private, query: str) -> str:
    """Return what the server answers."""
    return machine.run(f'psql -Atc "{query}"').strip()


class Recovered(Restored):
    """A life in which a backup is made behind the baseline."""

    operator: Operator

    def baseline(self) -> None:
        """Read what there is, and back it up."""
        super().baseline()
        [*operator_did(self.operator, "Archive what is written")]
        *_, anchor = operator_did(self.operator, "Make a base backup")
        self.operator.said[ANCHOR] = anchor.strip()
        assert_whole(self.operator.machine.folder / "base")


def assert_whole(base: Path) -> None:
    """Each file of a backup is as its manifest says: so the backup is whole, as pg_verifybackup
    says where it runs.
    """
    files = json.loads((base / "backup_manifest").read_text())["Files"]
    assert files
    for file in files:
        digest = sha256((base / file["Path"]).read_bytes()).hexdigest()
        assert (file["Checksum-Algorithm"], file["Checksum"]) == ("SHA256", digest)


def operator_did(operator: Operator, section: str) -> list[str]:
    """What each command of a section printed."""
    return [printed for _, printed in operator.does(section)]


class Recovery:
    """Restores as the manual says; ``lost`` is the anchor of what is no more."""

    def __init__(self, operator: Operator, stack: ExitStack) -> None:
        self.operator = operator
        self.lost = ""
        self._stack = stack

    def open(self) -> EventLog:
        """Return the log as it is now."""
        log = EventLog(self.operator.machine.conninfo, EVENTS)
        return self._stack.enter_context(log)

    def __call__(self, kept: int) -> EventLog:
        """Keep all up to an event."""
        operator = self.operator
        self.lost = operator.types("ebs verify").strip()
        operator.said[NEXT] = str(kept + 1)
        when, _ = operator_did(operator, "Choose the point")
        operator.said[WHEN] = when.strip()
        for command, _ in operator.does("Restore as of a time"):
            if command.startswith("pg_ctl start"):
                until(lambda: told(operator.machine, PAUSE) == "paused", PATIENCE)
                self._look(kept)
        until(lambda: told(operator.machine, RECOVERY) == "f", PATIENCE)
        operator_did(operator, "Before the service goes on")
        return self.open()

    def _look(self, kept: int) -> None:
        """The log ends where it was told to, and can be read, not written."""
        with EventLog(self.operator.machine.conninfo, EVENTS) as log:
            assert log.head() == kept
        with pytest.raises(Ended, match="ended in 4: error: This database is a copy"):
            self.operator.types("ebs pause --reason x")


def test_restored_as_of_a_time(machine: Private, embedded_cluster: Cluster, tmp_path: Path) -> None:
    """Backup and archive lead to an event of choice: the log ends there, is sound, and is looked at
    before it may be written to. The service goes on from there, and adopts what Koji and Bodhi did
    since: nothing is built or published twice, nothing waits for ever or is left behind.
    """
    undisturbed = live(embedded_cluster, Loss(0, 0))
    with ExitStack() as stack:
        recovery = Recovery(Operator(machine, tmp_path), stack)
        with Recovered(recovery.open(), recovery, LOSS) as life:
            variables = koji(life.server.url, tmp_path)
            life.operator = recovery.operator = Operator(machine, tmp_path, **variables)
            life.live()
            life.tidy()
            assert life.lost > 20
            assert faults(undisturbed.end, End.of(life)) == []
        recovery.operator.types("ebs verify")
        with pytest.raises(Ended, match="ended in 1"):
            recovery.operator.types(f"ebs verify --expect {recovery.lost}")


def test_a_dump_is_the_same_log(machine: Private, other: Private, tmp_path: Path) -> None:
    """Restored on another machine it is sound and is the same to the last digest; it goes on."""
    with EventLog(machine.conninfo, EVENTS) as log:
        log.append(envelopes(tagged(1), tagged(2)))
    operator, elsewhere = Operator(machine, tmp_path), Operator(other, tmp_path)
    operator_did(operator, "A dump")
    other.run(f"cp {machine.folder}/ebs.dump {other.folder}/ebs.dump")
    *_, anchor = operator_did(elsewhere, "Restore a dump")

    assert anchor == operator.types("ebs verify")
    with EventLog(other.conninfo, EVENTS) as log:
        log.append(envelopes(tagged(3), version=3))
    elsewhere.types(f"ebs verify --expect {anchor}")
