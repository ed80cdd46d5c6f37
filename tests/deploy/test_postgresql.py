# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual of PostgreSQL: its commands as they stand there, and its table of rights."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege

from adapters.store.connections import READER, ROLE, connect
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from tests.adapters.cli.test_serve import ports
from tests.deploy.operator import Ended, Operator
from tests.fixtures.fix_store import Cluster
from tests.fixtures.private import ROOT, Private, private

MANUAL = "deploy/docs/postgresql.md"
RIGHTS = (Path(__file__).parents[1] / "adapters/store/rights.sql").read_bytes()
LOGINS = {"ebs_owner": "owner", "ebs": ROLE, "grafana": READER}


@pytest.fixture(scope="module")
def machine(
    embedded_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Private]:
    """A PostgreSQL whose database was made as the manual says."""
    with private() as made:
        made.make()
        made.run("dropdb ebs")
        operator = Operator(made, tmp_path_factory.mktemp("state"))
        [*_, (_, migrated)] = operator.does("Make the database", MANUAL)
        assert "applied 0001_log" in migrated
        yield made


@pytest.fixture
def operator(machine: Private, tmp_path: Path) -> Operator:
    """Whoever runs it; their ``ebs`` is the service's login."""
    url = make_conninfo(machine.conninfo, user="ebs")
    return Operator(machine, tmp_path, EBS_DATABASE_URL=url)


def told() -> dict[str, dict[str, set[str]]]:
    """Return what the manual says that each role may do to each table."""
    rows = re.findall(
        r"^\| `(\w+)` \| ([^|]*)\| ([^|]*)\| ([^|]*)\|$", (ROOT / MANUAL).read_text(), re.MULTILINE
    )
    found: dict[str, dict[str, set[str]]] = {role: {} for role in LOGINS.values()}
    for table, *cells in rows:
        for role, cell in zip(LOGINS.values(), cells, strict=True):
            found[role] |= dict(_rights(table, cell))
    return found


def _rights(table: str, cell: str) -> Iterator[tuple[str, set[str]]]:
    whole, _, columns = cell.strip().partition(", update of ")
    if whole:
        yield table, {right.upper() for right in whole.split(", ")}
    for column in re.findall(r"\w+", columns):
        yield f"{table}.{column}", {"UPDATE"}


@pytest.mark.parametrize("role", [ROLE, READER])
def test_the_table_of_rights_is_true(machine: Private, role: str) -> None:
    """Each table and view stands there, with all that a role may do to it, and nothing else."""
    found: dict[str, set[str]] = {}
    with connect(machine.conninfo) as administrator:
        for name, right in administrator.execute(RIGHTS, {"role": role}):
            found.setdefault(name, set()).add(right)

    assert found == told()[role]


def test_every_table_stands_there(machine: Private) -> None:
    """A new table finds its way into the manual."""
    with connect(machine.conninfo) as administrator:
        rows = administrator.execute(
            "select relname from pg_class"
            " where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')"
        ).fetchall()

    assert {name for (name,) in rows} == {*told()["owner"]}


@pytest.mark.parametrize("login", LOGINS)
def test_no_login_changes_an_event(machine: Private, login: str) -> None:
    """Not the owner, not the service, not a reader."""
    with connect(make_conninfo(machine.conninfo, user=login)) as connection:
        for change in ("update events set topic = 'x'", "delete from events", "truncate events"):
            with pytest.raises(InsufficientPrivilege):
                connection.execute(change.encode())


def test_a_reader_is_no_service(machine: Private) -> None:
    """Who may read the views cannot take the service's role, nor a stranger connect at all."""
    with (
        connect(make_conninfo(machine.conninfo, user="grafana")) as connection,
        pytest.raises(InsufficientPrivilege),
    ):
        connection.execute(f"set role {ROLE}")
    machine.run("createuser stranger")
    stranger = make_conninfo(machine.conninfo, user="stranger")
    with pytest.raises(Exception, match="CONNECT privilege"):
        connect(stranger)


def test_an_upgrade_as_written(machine: Private, tmp_path: Path) -> None:
    """Where there is nothing to do each step says so, and ends well."""
    owner = Operator(
        machine, tmp_path, EBS_DATABASE_URL=make_conninfo(machine.conninfo, user="ebs_owner")
    )

    assert [printed for _, printed in owner.does("Upgrade", MANUAL)] == ["", "", ""]
    assert [printed for _, printed in owner.does("Settings", MANUAL)] == ["ALTER TABLE\n"]


@pytest.fixture
def serving(operator: Operator, machine: Private, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A web side on a copy of the log; yields its address, and a token that may write."""
    operator.types("ebs status")
    token = operator.types("ebs token new --name ci --expires 90d").strip()
    [*operator.does("Read from a copy", MANUAL)]
    secret, key = tmp_path / "secret", tmp_path / "key"
    for file in (secret, key):
        file.touch(mode=0o600)
        file.write_text("x" * 40)
    environment = operator.environment | {
        "EBS_DATABASE_URL": make_conninfo(machine.conninfo, user="ebs", port=5433),
        "EBS_WEB__SESSION_KEY_FILE": str(key),
        "EBS_OIDC__ISSUER": "http://127.0.0.1:9/openidc",
        "EBS_OIDC__CLIENT_ID": "ebs",
        "EBS_OIDC__CLIENT_SECRET_FILE": str(secret),
        "EBS_OIDC__ADMIN_GROUPS": '["eln-sig"]',
    }
    command = [sys.executable, "-m", "adapters.cli.main", "serve", "--port", "0"]
    with subprocess.Popen(
        [*command, "--log-format", "json"], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        yield f"http://127.0.0.1:{next(ports(process))}", token
        process.terminate()
        process.communicate(timeout=20)
        assert process.returncode == 0


def test_a_copy_is_read(machine: Private, operator: Operator, serving: tuple[str, str]) -> None:
    """The web side on a copy answers, finds what is new by itself, and says that it is one."""
    address, token = serving
    operator.types("ebs note seen")
    with EventLog(machine.conninfo, EVENTS) as primary:
        head = primary.head()
    copy = make_conninfo(machine.conninfo, user="ebs", port=5433)
    with EventLog(copy, EVENTS) as log:
        assert log.wait(head - 1, timeout=30)
        assert [*log.read()][-1].position == head
    assert httpx2.get(f"{address}/api/v1/events?after={head - 1}").json()["next"] == head
    assert httpx2.get(f"{address}/readyz").status_code == 200

    answer = httpx2.post(
        f"{address}/api/v1/pause",
        json={"reason": "x"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 409
    assert "copy that is only read" in answer.text
    for verb in ("pause --reason x", "work --once", "projections rebuild"):
        with pytest.raises(Ended, match="ended in 4: error: This database is a copy"):
            operator.types(f"ebs {verb} --database-url '{copy}'")
