# SPDX-License-Identifier: GPL-3.0-or-later
"""An upgrade beside the work: this release and a next one, as programs on one database."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import adapters
from adapters.store.embedded import Database
from tests.adapters.cli.conftest import Ebs, Process, World
from tests.fixtures.until import until

HERE = Path(adapters.__file__).parents[1]
NEXT = {
    "9001_added.pre.sql": "create table added (a int)",
    "9002_taken.post.sql": "drop view log_pauses",
}

Later = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def later(environment: None, database: Database, tmp_path: Path) -> Later:
    """``ebs`` of the next release, which has two migrations more; as the database's owner."""
    for package in ("domain", "projections", "adapters"):
        shutil.copytree(HERE / package, tmp_path / "next" / package)
    folder = tmp_path / "next/adapters/store/migrations"
    number = len(list(folder.iterdir()))
    for name, text in NEXT.items():
        number += 1
        (folder / f"{number:04}{name[4:]}").write_text(text)
    variables = {
        **os.environ,
        "PYTHONPATH": str(tmp_path / "next"),
        "EBS_DATABASE_URL": database.owner_conninfo,
    }
    command = [sys.executable, "-m", "adapters.cli.main"]

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*command, *words],
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_an_upgrade_beside_the_work(
    ready: Ebs, process: Process, later: Later, world: World
) -> None:
    """The old worker decides on after --pre; --post wants its end, and it never starts again."""
    worker = process("work", "--log-format", "json")
    until(lambda: len(ready("queue", "--json").json) == 2)

    assert later("status").returncode == 4
    assert json.loads(later("migrate", "--pre", "--json").stdout)["applied"][0].endswith("_added")
    assert later("status").returncode == 0
    ready("ingest", world.file("m.jsonl", world.message("zlib", 11)))
    until(lambda: len(json.loads(later("queue", "--json").stdout)) == 3)

    refused = later("migrate", "--post")
    assert refused.returncode == 5
    assert "Programs of an earlier release are at work" in refused.stderr
    assert worker.poll() is None

    worker.terminate()
    worker.wait(20)
    assert later("migrate", "--post").returncode == 0
    assert later("status").returncode == 0
    old = ready("status")
    assert old.code == 4
    assert "newer than this release" in old.err


def test_a_rehearsal_changes_nothing(later: Later) -> None:
    """--dry-run says what each phase would apply, and whether it is its turn."""
    would = json.loads(later("migrate", "--pre", "--dry-run", "--json").stdout)
    again = json.loads(later("migrate", "--dry-run", "--json").stdout)

    assert [name[4:] for name in would["would_apply"]] == ["_added"]
    assert [name[4:] for name in again["would_apply"]] == ["_added", "_taken"]
    assert would["schema"] == again["schema"]
    assert later("migrate", "--post", "--dry-run").returncode == 4
