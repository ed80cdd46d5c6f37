# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor finds in Bodhi, asked over HTTP."""

from pathlib import Path

from adapters.bodhi.client import BodhiServer
from adapters.cli.checks.bodhi import checks as bodhi_checks
from adapters.cli.checks.check import Check
from adapters.config.sections import Bodhi
from adapters.sandbox.bodhi import SimulatedBodhi


def checks(bodhi: SimulatedBodhi, **fields: object) -> list[Check]:
    """What is said of a Bodhi."""
    server = BodhiServer(bodhi.url, retry_for=1e-6)
    return [*bodhi_checks(server, Bodhi(url=bodhi.url, **fields))]


def test_a_bodhi_that_answers(tmp_path: Path) -> None:
    """Its address, and where the login is from; without one it takes Kerberos, and that is said."""
    with SimulatedBodhi() as bodhi:
        file = bodhi.login(tmp_path).file
        found = checks(bodhi, login_file=file)
        assert [(each.name, each.health) for each in found] == [
            ("bodhi", "ok"),
            ("bodhi login", "ok"),
        ]

        file.unlink()
        assert [each.health for each in checks(bodhi, login_file=file)] == ["ok", "warn"]
        assert "POST" not in "".join(bodhi.trouble.seen)


def test_a_bodhi_that_is_away() -> None:
    """Nothing more is asked of it."""
    with SimulatedBodhi() as gone:
        bodhi = gone
    assert [(each.name, each.health) for each in checks(bodhi)] == [("bodhi", "fail")]


def test_no_bodhi() -> None:
    """That is no fault: what is built is promoted, and there it ends."""
    [found] = bodhi_checks(None, Bodhi())
    assert found.health == "ok"
