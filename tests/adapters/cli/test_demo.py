# SPDX-License-Identifier: GPL-3.0-or-later
"""demo: the verb hands on what the sandbox found; the incident itself is tested there."""

from pathlib import Path
from typing import Any

import pytest

from adapters.cli import session
from adapters.sandbox import demo
from adapters.sandbox.result import DemoResult
from tests.adapters.cli.conftest import Ebs

KEYS = [
    "packages",
    "retagged",
    "queued",
    "built",
    "needless",
    "missed",
    "without_the_log",
    "seconds",
    "published",
    "updates",
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the demo was called with; it found so many needless builds."""
    said: dict[str, Any] = {"needless": 0}

    def run(**arguments: Any) -> DemoResult:
        said.update(arguments)
        return DemoResult(
            packages=9,
            retagged=8,
            queued=2,
            built=2,
            needless=said["needless"],
            missed=0,
            without_the_log=7,
            seconds=1.5,
            published=2,
            updates=1,
        )

    monkeypatch.setattr(demo, "run", run)
    return said


def test_the_figures_are_printed(typed: Ebs, asked: dict[str, Any]) -> None:
    """`demo --json` prints the eight figures, and nothing else on stdout."""
    ran = typed("demo", "--json")

    assert (ran.code, ran.err) == (0, "")
    assert list(ran.json) == KEYS
    assert (asked["console"], asked["keep"]) == (None, None)


def test_a_needless_build_fails(typed: Ebs, asked: dict[str, Any]) -> None:
    """A build done already that was queued: exit 1."""
    asked["needless"] = 1

    assert typed("demo", "--json").code == 1


def test_the_database_is_kept_where_it_is_asked_for(
    typed: Ebs, asked: dict[str, Any], tmp_path: Path
) -> None:
    """--state-dir keeps the demo's database; the variable alone is not meant for it."""
    typed("demo", "--state-dir", str(tmp_path))

    assert asked["keep"] == tmp_path
    assert asked["console"] is not None


def test_the_demos_own_folder_is_no_notice(capsys: pytest.CaptureFixture[str]) -> None:
    """What is made readable and gone afterwards is not told, what stays is: in a sentence."""
    session.notice("Made readable for all: temp/ebs-demo-x/pg")
    assert capsys.readouterr().err == ""
    session.notice("Made readable for all: temp/ebs-demo-x/pg, state")
    assert capsys.readouterr().err == "note: made readable for all: state\n"
