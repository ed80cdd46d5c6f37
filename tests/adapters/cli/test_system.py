# SPDX-License-Identifier: GPL-3.0-or-later
"""migrate, projections, and the ways in which a database cannot be had."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.store.connections import connect
from adapters.store.embedded import Database
from tests.adapters.cli.conftest import Ebs, Process
from tests.fixtures.fix_store import Cluster
from tests.fixtures.folders import short_folder

NEWER = "insert into schema_version (version, name, digest, phase) values (9999, 'x', 'x', 'post')"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose name leaves room for that of a socket."""
    with short_folder() as made:
        yield made


def test_a_database_that_is_down(typed: Ebs) -> None:
    """A database that does not answer is a dependency that is down: exit 6."""
    ran = typed("status", "--database-url", "postgresql://me:secret@127.0.0.1:1/ebs")

    assert (ran.code, ran.out) == (6, "")
    assert ran.err.startswith("error: The database does not answer")
    assert "secret" not in ran.err


def test_a_database_of_a_newer_schema(ebs: Ebs, database: Database) -> None:
    """A database that a newer release migrated is refused, not touched: exit 4."""
    with connect(database.owner_conninfo) as connection:
        connection.execute(NEWER)
    for verb in ("status", "migrate"):
        ran = ebs(verb)

        assert ran.code == 4
        assert "newer than this release" in ran.err


def test_a_database_that_was_not_migrated(typed: Ebs, cluster: Cluster) -> None:
    """A given database is migrated by `ebs migrate` only; until then it is refused."""
    with closing(cluster.create()) as empty:
        assert "ebs migrate" in typed("status", "--database-url", empty.conninfo).err
        ran = typed("migrate", "--json", "--database-url", empty.owner_conninfo)
        again = typed("migrate", "--json", "--database-url", empty.owner_conninfo)

        assert ran.code == 0
        assert ran.json["applied"][0] == "0001_log"
        assert ran.json["schema"] == ran.json["applied"][-1]
        assert again.json["applied"] == []
        assert typed("status", "--database-url", empty.conninfo).code == 0


def test_a_url_that_is_none(typed: Ebs) -> None:
    """What cannot be read as a database's address fails without showing the password in it."""
    ran = typed("status", "--database-url", "postgresql://me:secret@[::1")

    assert ran.code == 1
    assert "secret" not in ran.err


def test_a_state_folder_of_another_user(typed: Ebs, folder: Path) -> None:
    """A folder that belongs to somebody else is not permitted: exit 7, and it stays as it was."""
    if os.geteuid() == 0:
        os.chown(folder, 12345, -1)
    else:
        folder = Path("/")
    before = sorted(folder.iterdir())
    ran = typed("status", "--state-dir", str(folder))

    assert ran.code == 7
    assert "another user's" in ran.err
    assert sorted(folder.iterdir()) == before


def test_a_state_folder_that_is_a_file(typed: Ebs, folder: Path) -> None:
    """A file in place of the folder is not permitted either."""
    (folder / "state").write_text("mine")

    assert typed("status", "--state-dir", str(folder / "state")).code == 7


def test_any_verb_makes_its_own_database(
    process: Process, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a database's address a verb starts the embedded one, quietly, and stops it again."""
    monkeypatch.delenv("EBS_DATABASE_URL")
    started = process("status", "--json", "--state-dir", str(folder))
    out, said = started.communicate(timeout=60)

    assert started.returncode == 0
    assert '"position": 0' in out
    assert "RuntimeDirWarning" not in said
    assert not (folder / "pg" / "postmaster.pid").exists()


def test_projections_are_at_the_head(ready: Ebs) -> None:
    """Each projection is shown with how far it has read the log."""
    found = ready("projections", "--json").json

    kept = {each["name"] for each in found["projections"]}
    assert kept == {"batches", "control", "eligibility", "rebuilds"}
    assert {each["position"] for each in found["projections"]} == {found["head"]}
    assert "eligibility" in ready("projections").out


def test_projections_rebuilt_answer_the_same(ready: Ebs) -> None:
    """A rebuild changes no answer."""
    ready("work", "--once")
    before = ready("why", "bash", "--json").json, ready("queue", "--json").json

    head = ready("projections", "--json").json["head"]
    assert ready("projections", "rebuild").err == f"{head} events read\n"
    assert ready("projections", "rebuild", "--json").json == {"head": head}
    assert (ready("why", "bash", "--json").json, ready("queue", "--json").json) == before
