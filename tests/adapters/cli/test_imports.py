# SPDX-License-Identifier: GPL-3.0-or-later
"""import ebs: what ELNBuildSync failed to build is not built here either."""

import os
from collections.abc import Iterator

import pytest

from tests.adapters.cli.conftest import Ebs
from tests.adapters.store.theirs import AT, Theirs, elnbuildsync
from tests.fixtures.fix_store import Cluster

BASH = f"git+https://src.example/rpms/bash#{'1' * 40}"
"""The source of bash in the baseline."""


@pytest.fixture
def theirs(cluster: Cluster) -> Iterator[Theirs]:
    """ELNBuildSync failed to build bash and awk, had one trigger pending and one completed."""
    with elnbuildsync(cluster) as made:
        made.failed(BASH)
        made.failed(f"git+https://src.example/rpms/awk#{'2' * 40}")
        made.trigger("bash", 1, completed=AT)
        made.trigger("zlib", 2)
        yield made


def imported(ebs: Ebs, theirs: Theirs, *options: str) -> dict[str, object]:
    """Import, and return what was printed as JSON."""
    ran = ebs("import", "ebs", "--database-url", theirs.url, *options, "--json")
    assert (ran.code, ran.err) == (0, "")
    return dict(ran.json)


def test_what_failed_there_is_not_built_here(ready: Ebs, theirs: Theirs) -> None:
    """A source on ELNBuildSync's list is skipped as failed before, and `why` says so."""
    assert "bash-1-1.fc41" in ready("plan").out

    told = imported(ready, theirs)

    assert len(told["events"]) == 2  # type: ignore[arg-type] # it is a list
    assert [told[key] for key in ("failed", "pending", "completed")] == [2, 1, 1]
    assert ready("work", "--once").code == 0
    assert [each["package"] for each in ready("queue", "--json").json] == ["freeipa"]
    assert "the same source, tried by ELNBuildSync, failed to build" in ready("why", "bash").out


def test_a_person_may_have_it_built_all_the_same(ready: Ebs, theirs: Theirs) -> None:
    """A rebuild, or a trigger with force, passes what ELNBuildSync failed at."""
    imported(ready, theirs)

    assert ready("trigger", "bash", "--reason", "mended").code == 4
    assert ready("trigger", "bash", "--reason", "mended", "--force").code == 0
    assert ready("work", "--once").code == 0
    assert "bash" in [each["package"] for each in ready("queue", "--json").json]


def test_an_import_twice_records_nothing_new(ready: Ebs, theirs: Theirs) -> None:
    """Importing again adds what ELNBuildSync failed at in between, and nothing else."""
    first = imported(ready, theirs)
    assert imported(ready, theirs)["events"] == []

    theirs.failed(f"git+https://src.example/rpms/zlib#{'3' * 40}")
    again = imported(ready, theirs)

    assert len(again["events"]) == 1  # type: ignore[arg-type] # it is a list
    assert again["position"] == int(str(first["position"])) + 1


def test_a_dry_run_records_nothing(ready: Ebs, theirs: Theirs) -> None:
    """What would be recorded is shown, and the log stays as it was."""
    before = ready("status", "--json").json["position"]
    ran = ready("import", "ebs", "--database-url", theirs.url, "--dry-run")

    assert ran.code == 0
    assert ran.out.count("failure-imported") == 2
    assert "2 failed builds read, 2 of them new; 1 trigger pending and 1 completed" in ran.err
    assert ready("status", "--json").json["position"] == before


def test_a_story_tells_of_it(ebs: Ebs, theirs: Theirs) -> None:
    """It may come before any baseline; the time is when it failed there, the row is named."""
    imported(ebs, theirs)

    (step,) = ebs("history", "awk", "--json").json["steps"]
    assert step["event"] == "failure-imported"
    assert step["reason"] == "ELNBuildSync, failed_builds row 2"
    assert step["at"].startswith("2024-08-13T10:34:56")


def test_a_faulty_row_is_named_and_nothing_is_taken(ready: Ebs, theirs: Theirs) -> None:
    """Exit 1, the row's number, and no event."""
    theirs.failed("<b>")
    before = ready("status", "--json").json["position"]
    ran = ready("import", "ebs", "--database-url", theirs.url)

    assert (ran.code, ran.out) == (1, "")
    assert "failed_builds row 3" in ran.err
    assert ready("status", "--json").json["position"] == before


def test_the_url_is_theirs_after_the_verb_and_ours_before(
    ready: Ebs, theirs: Theirs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option means the database to read here, and everywhere else the service's own."""
    ours = os.environ["EBS_DATABASE_URL"]
    monkeypatch.delenv("EBS_DATABASE_URL")
    there = ("--database-url", ours)
    ran = ready(*there, "import", "ebs", "--database-url", theirs.url)

    assert ran.code == 0
    assert "failure-imported" in ready(*there, "events", "--json").out


def test_the_url_is_needed(typed: Ebs) -> None:
    """Which database it is, nobody can guess: EBS_DATABASE_URL is our own."""
    ran = typed("import", "ebs")

    assert ran.code == 2
    assert "--database-url" in ran.err


def test_our_own_database_is_not_theirs(ready: Ebs) -> None:
    """Whoever names the wrong database is told, exit 3."""
    ran = ready("import", "ebs", "--database-url", os.environ["EBS_DATABASE_URL"])

    assert ran.code == 3
    assert "no database of ELNBuildSync" in ran.err
