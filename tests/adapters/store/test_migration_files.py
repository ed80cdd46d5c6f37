# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration may do while the service works: the rules for whoever writes one."""

import json
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from adapters.store.phases import PHASES, migrations

FOLDER = Path(str(files("adapters.store"))) / "migrations"
SINCE = 10
"""From this one on a migration bears its phase; those before may have been applied anywhere."""

FILES = sorted(path.name for path in FOLDER.glob("*.sql"))
LATER = [name for name in FILES if int(name[:4]) >= SINCE]

ONLINE = re.compile(r"(drop index concurrently if exists|create (unique )?index concurrently) \w+")

OURS = (
    "prefer-robust-stmts",  # a migration and the record of it are one transaction
    "require-lock-timeout",  # `ebs migrate` sets it
    "require-statement-timeout",  # a statement that holds no such lock may take its time
    "prefer-bigint-over-int",  # an integer may be one that stays small
)
TAKES_AWAY = ("ban-drop-column", "ban-drop-table", "ban-drop-view", "ban-drop-function")
"""What is for *post* alone."""


def faults(path: Path) -> set[str]:
    """Return what the linter says against a migration, by its rules' names."""
    post, text = path.name.endswith(".post.sql"), path.read_text()
    accepted = (*OURS, *(TAKES_AWAY if post else ()))
    squawk = str(Path(sys.executable).with_name("squawk"))
    options = [] if " concurrently " in text else ["--assume-in-transaction"]
    excluded = [f"--exclude={rule}" for rule in accepted]
    ran = subprocess.run(
        [squawk, "--reporter=json", "--pg-version=15", *options, *excluded, str(path)],
        capture_output=True,
        check=False,
    )
    return {fault["rule_name"] for fault in json.loads(ran.stdout)}


@pytest.mark.parametrize("name", LATER)
def test_a_migration_bears_its_phase(name: str) -> None:
    """``NNNN_name.pre.sql`` or ``NNNN_name.post.sql``: whoever reviews it sees which."""
    assert name.split(".")[1:] in [[phase, "sql"] for phase in PHASES]


def test_the_numbers_have_no_gap() -> None:
    """One after the other, so that an order is all there is to know."""
    assert [each.version for each in migrations()] == [*range(1, len(FILES) + 1)]


@pytest.mark.parametrize("name", LATER)
def test_a_migration_locks_nobody_out(name: str) -> None:
    """None rewrites or scans a table under a lock, and only *post* takes something away."""
    assert faults(FOLDER / name) == set()


@pytest.mark.parametrize("name", LATER)
def test_what_works_online_can_be_begun_again(name: str) -> None:
    """Outside of a transaction there is nothing but indexes, each dropped before it is made."""
    [migration] = [each for each in migrations() if name.startswith(each.name)]
    steps = [re.sub(rb"--.*\n", b"", step).decode().strip() for step in migration.statements]

    assert not migration.online or all(map(ONLINE.match, steps))


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("x.pre.sql", "create index i on events (topic);", "require-concurrent-index-creation"),
        ("x.pre.sql", "alter table events alter topic set not null;", "adding-not-nullable-field"),
        (
            "x.pre.sql",
            "alter table events add constraint c check (version > 0);",
            "constraint-missing-not-valid",
        ),
        ("x.post.sql", "alter table inbox alter seq type text;", "changing-column-type"),
        ("x.pre.sql", "alter table inbox rename to post;", "renaming-table"),
        ("x.pre.sql", "alter table inbox drop column origin;", "ban-drop-column"),
        ("x.pre.sql", "drop table rebuilds;", "ban-drop-table"),
        ("x.post.sql", "drop index inbox_seq;", "require-concurrent-index-deletion"),
    ],
)
def test_the_linter_finds(tmp_path: Path, name: str, text: str, fault: str) -> None:
    """What would keep the service waiting, or break the programs of the release before."""
    (tmp_path / name).write_text(f"{text}\n")

    assert fault in faults(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.pre.sql", "create table more (a bigint); create index i on more (a);"),
        ("x.pre.sql", "create index concurrently i on events (topic);"),
        ("x.pre.sql", "alter table inbox add column more text not null default '';"),
        ("x.post.sql", "drop table rebuilds;"),
        ("x.post.sql", "drop index concurrently if exists inbox_seq;"),
    ],
)
def test_the_linter_lets_pass(tmp_path: Path, name: str, text: str) -> None:
    """What nobody notices, and what nobody needs any more."""
    (tmp_path / name).write_text(f"{text}\n")

    assert faults(tmp_path / name) == set()
