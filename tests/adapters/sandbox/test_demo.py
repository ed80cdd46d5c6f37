# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo, whole: the real names, a database, the guard, the approval."""

from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from msgspec.structs import replace
from rich.console import Console

from adapters.sandbox import demo, incident
from adapters.sandbox.demo import DemoResult
from adapters.sandbox.scenario import Scenario
from domain.errors import Refused
from tests.sim import sample


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Scenario:
    """The demo plays a sample."""
    scenario = sample.scenario()
    monkeypatch.setattr(incident, "incident", lambda *_: scenario)
    return scenario


def test_replays_the_incident_without_a_needless_build() -> None:
    """On every package of Fedora: what is due is queued, nothing else, and the figures say so."""
    result = demo.run(console=None)

    assert (result.queued, result.needless, result.missed) == (300, 0, 0)
    assert result.packages == 24_376
    assert result.retagged > result.packages
    assert result.without_the_log > 1_800
    assert result.ok


def test_tells_what_happens(small: Scenario) -> None:
    """On a console it names the dates, the commands, the stories of two packages, and the end."""
    screen = StringIO()
    demo.run(console=Console(file=screen, width=120))

    for text in (
        "08-13 11:54:47",
        "08-13 11:55:47",
        "08-14 02:36:00",
        "eln142",
        f"ebs why {small.retagged_due}",
        f"ebs why {small.retagged_done}",
        "Not one needless build.",
    ):
        assert text in screen.getvalue()


def test_is_silent_without_a_console(small: Scenario, capfd: pytest.CaptureFixture[str]) -> None:
    """Without a console nothing is printed, so that its figures can be JSON."""
    demo.run(console=None)

    assert capfd.readouterr().out == ""


def test_reads_no_configuration_of_the_machine(
    small: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database of production named in the environment is never touched."""
    monkeypatch.setenv("EBS_DATABASE_URL", "postgresql://nobody@nowhere.invalid/production")
    monkeypatch.setenv("EBS_GUARD__MAX_BUILDS", "0")

    assert demo.run(console=None).ok


def test_keeps_its_log_once(small: Scenario) -> None:
    """Its log stays in the folder named, and a log that lies there is not added to."""
    # Not in tmp_path: another run of pytest closes that to the server's user.
    with TemporaryDirectory(prefix="ebs-") as folder:
        demo.run(console=None, keep=Path(folder))

        with pytest.raises(Refused, match="holds a log already"):
            demo.run(console=None, keep=Path(folder))


@pytest.mark.parametrize(("needless", "missed"), [(1, 0), (0, 1)])
def test_is_not_ok_if_one_is_wrong(needless: int, missed: int) -> None:
    """A single needless build, or a single one missed, is a failure."""
    good = DemoResult(
        packages=9,
        retagged=9,
        queued=1,
        needless=0,
        missed=0,
        without_the_log=9,
        seconds=1.0,
    )

    assert good.ok
    assert not replace(good, needless=needless, missed=missed).ok


def test_counts_from_the_scenario(small: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is queued against the scenario's answer is needless, what is not is missed."""
    _, *others = sorted(small.due)
    wrong = replace(small, due=frozenset([*others, ("bash", 1)]))
    monkeypatch.setattr(incident, "incident", lambda *_: wrong)
    result = demo.run(console=None)

    assert (result.needless, result.missed) == (1, 1)
