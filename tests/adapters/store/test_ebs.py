# SPDX-License-Identifier: GPL-3.0-or-later
"""ELNBuildSync's tables are read whole or not at all, and left as they are."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from adapters.errors import DependencyDown, NotPermitted
from adapters.ports.ebs import EbsRecords, FailedBuild
from adapters.store.ebs import package_of, read
from domain.errors import Invalid, NotFound
from tests.adapters.store.theirs import AT, COMMIT, Theirs, elnbuildsync
from tests.fixtures.fix_store import Cluster

BASH, ZLIB = COMMIT.format("bash", 1), COMMIT.format("zlib", 2)


@pytest.fixture
def theirs(cluster: Cluster) -> Iterator[Theirs]:
    """ELNBuildSync's database with empty tables."""
    with elnbuildsync(cluster) as made:
        yield made


def test_both_tables_are_read(theirs: Theirs) -> None:
    """Each failure with package, source and time in UTC; triggers are counted, pending or done."""
    theirs.failed(BASH)
    theirs.failed(ZLIB, "2024-08-14 00:00:00+00")
    for build_id in (1, 2, 3):
        theirs.trigger("bash", build_id, completed=AT if build_id < 3 else None)

    assert read(theirs.url) == EbsRecords(
        failed=(
            FailedBuild(1, "bash", BASH, datetime(2024, 8, 13, 10, 34, 56, tzinfo=UTC)),
            FailedBuild(2, "zlib", ZLIB, datetime(2024, 8, 14, tzinfo=UTC)),
        ),
        pending=1,
        completed=2,
    )


def test_empty_tables_are_nothing(theirs: Theirs) -> None:
    """A service that never failed leaves nothing to take over."""
    assert read(theirs.url) == EbsRecords((), 0, 0)


def test_an_older_layout_has_more_columns(theirs: Theirs) -> None:
    """Columns that its releases had besides are not looked at."""
    theirs.do("alter table build_trigger add column batch_id integer")
    theirs.trigger("bash", 1)

    assert read(theirs.url).pending == 1


@pytest.mark.parametrize(
    ("source", "package"),
    [
        (BASH, "bash"),
        ("git+https://src.fedoraproject.org/rpms/bash.git#0123abcd", "bash"),
        ("git+https://src.fedoraproject.org/forks/ada/rpms/gtk+.git#0123abcd", "gtk+"),
        ("git://pkgs.fedoraproject.org/rpms/perl-Test-Simple?#0123abcd", "perl-Test-Simple"),
    ],
)
def test_a_package_is_named_like_its_repository(source: str, package: str) -> None:
    """The last part of the URL's path, without .git."""
    assert package_of(source) == package


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://src.example/rpms/",
        "https://src.example/rpms/<b>bash</b>#1",
        "https://src.example/rpms/bash #1",
        "https://src.example/rpms/bash#\u00e9",
        "https://[::1/rpms/bash#1",
        "https://src.example/" + "x" * 1000,
    ],
)
def test_a_row_that_cannot_be_read_is_named(theirs: Theirs, url: str) -> None:
    """One faulty row, and nothing is taken; what is wrong is said by its number."""
    theirs.failed(BASH)
    theirs.failed(url)

    with pytest.raises(Invalid, match="failed_builds row 2: ") as error:
        read(theirs.url)

    assert "row 1:" not in error.value.why
    assert error.value.do


@pytest.mark.parametrize(("url", "at"), [(None, AT), (BASH, None)])
def test_a_row_without_a_value_is_named(theirs: Theirs, url: str | None, at: str | None) -> None:
    """A table that somebody changed by hand is no reason for a traceback."""
    for column in ("url", "created_at"):
        theirs.do(f"alter table failed_builds alter column {column} drop not null")
    theirs.failed(url, at)

    with pytest.raises(Invalid, match="row 1: its url is no text, or its created_at no time"):
        read(theirs.url)


def test_of_many_faults_the_first_are_told(theirs: Theirs) -> None:
    """A person reads ten, and how many more there are."""
    for number in range(12):
        theirs.failed(f"<{number}>")

    with pytest.raises(Invalid) as error:
        read(theirs.url)

    assert error.value.why.splitlines()[-1] == "and 2 more"
    assert len(error.value.why.splitlines()) == 11


def test_another_database_is_told(cluster: Cluster, theirs: Theirs) -> None:
    """Where a table or a column is missing, it is no database of ELNBuildSync 2.x."""
    with elnbuildsync(cluster, tables=False) as other, pytest.raises(NotFound, match=r"2\.x"):
        read(other.url)

    theirs.do("alter table build_trigger drop column completed_at")
    with pytest.raises(NotFound, match="completed_at"):
        read(theirs.url)


def test_one_who_may_not_read_is_told(theirs: Theirs) -> None:
    """Without the right to select, what is missing is said."""
    with pytest.raises(NotPermitted, match="permission denied") as error:
        read(theirs.other)

    assert "build_trigger and failed_builds" in error.value.do


def test_a_database_that_is_down_is_told() -> None:
    """Whose database does not answer is said, and never its password."""
    with pytest.raises(DependencyDown, match="ELNBuildSync's database") as error:
        read("postgresql://ebs:hunter2@127.0.0.1:9/ebs")

    assert "hunter2" not in f"{error.value} {error.value.do}"


def test_nothing_is_written(theirs: Theirs) -> None:
    """What would write while it is read is refused by the database itself."""
    theirs.do("alter table failed_builds rename to real_failures")
    theirs.do("create sequence counter")
    counting = "select nextval('counter')::int as id, ''::varchar as url, now() as created_at"
    theirs.do(f"create view failed_builds as {counting}")

    with pytest.raises(Exception, match="read-only transaction"):
        read(theirs.url)
