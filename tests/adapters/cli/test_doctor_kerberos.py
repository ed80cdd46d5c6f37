# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor finds of Kerberos, by a real KDC: the ticket here, and the worker's."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.cli.checks import groups
from adapters.koji import options
from adapters.service.journal import Journal, service_draft
from adapters.service.operation import Operation
from adapters.store.log import EventLog
from domain.service.events import AlertRaised
from tests.adapters.cli.conftest import Ebs
from tests.fixtures.realm import Realm

NOW = datetime.now(UTC)


def looked(ebs: Ebs) -> dict[str, tuple[str, str, str]]:
    """What doctor says: how it is, what it found, what to do."""
    checks = ebs("doctor", "--json").json["checks"]
    return {check["name"]: (check["health"], check["found"], check["do"]) for check in checks}


@pytest.fixture
def keytab(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> Path:
    """We log in by Kerberos at a hub that nobody need reach."""
    monkeypatch.setattr(groups, "HURRY", 1)
    monkeypatch.setenv("EBS_KOJI__URL", "https://127.0.0.1:1/kojihub")
    file = realm.add("ebs")
    monkeypatch.setenv("EBS_KOJI__KEYTAB", str(file))
    return file


def test_a_ticket_is_to_be_had(ready: Ebs, keytab: Path) -> None:
    """Whose, and until when."""
    health, found, _ = looked(ready)["kerberos"]

    assert health == "ok"
    assert found.startswith("ebs@EBS.TEST until 20")


def test_a_kdc_that_is_away(ready: Ebs, realm: Realm, keytab: Path) -> None:
    """Kerberos, and what logs in by it, fail; what is wrong is told, and the rest."""
    realm.stop()
    found = looked(ready)

    assert found["kerberos"][0] == found["koji"][0] == "fail"
    assert "Cannot contact any KDC" in found["kerberos"][1]
    assert "KDC answers" in found["kerberos"][2]
    assert found["database"][0] == "ok"


def test_an_old_keytab(ready: Ebs, realm: Realm, keytab: Path) -> None:
    """The remedy is told."""
    realm.keytab("ebs")
    health, found, do = looked(ready)["kerberos"]

    assert (health, "Preauthentication failed" in found) == ("fail", True)
    assert "make it anew" in do


def test_kerberos_that_is_not_installed(
    ready: Ebs, keytab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How to install it."""
    monkeypatch.setattr(options, "find_spec", lambda _: None)
    health, _, do = looked(ready)["koji"]

    assert (health, do) == ("fail", "make install KERBEROS=1")


def test_the_workers_ticket(ready: Ebs, log: EventLog) -> None:
    """It is on another machine perhaps: what it told is on record."""
    event = AlertRaised("ticket-ends", NOW)
    meta = Operation("ebs", "service", NOW).meta()
    Journal(log).record(lambda _: [service_draft(event, meta)])
    found = looked(ready)

    assert found["kerberos"][:2] == ("ok", "not used")
    assert found["worker's ticket"][0] == "warn"
    assert f"{NOW:%Y-%m-%d}" in found["worker's ticket"][1]
