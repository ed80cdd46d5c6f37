# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo, whole: a hub over HTTP, a database, the guard, the approval, the builds."""

from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from msgspec.structs import replace
from rich.console import Console

from adapters.app import open_app
from adapters.config.static import load
from adapters.sandbox import demo, incident, vendored
from adapters.sandbox.incident import Story
from adapters.sandbox.result import DemoResult
from adapters.sandbox.scenario import Key
from domain.errors import Refused
from tests.sim import sample

GOLDEN = Path(__file__).parent / "golden" / "why.txt"

OTHERS = 50
"""One of so many packages that are no targets is enough to stand for them."""


def told(monkeypatch: pytest.MonkeyPatch, story: Story) -> Story:
    """Let the demo play this story."""
    monkeypatch.setattr(incident, "Story", lambda *_: story)
    return story


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Story:
    """The demo plays a sample."""
    return told(monkeypatch, sample.story())


def test_replays_the_incident_without_a_needless_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """On every target of ELN: what is due is queued and built, nothing else, and it is told so."""
    listed, others = set(vendored.eln()), vendored.fedora()[::OTHERS]
    packages = sorted({*others, *(p for p in vendored.fedora() if p.name in listed)})
    told(monkeypatch, Story(packages, listed))
    screen = StringIO()
    result = demo.run(console=Console(file=screen, width=120))

    assert (result.queued, result.built, result.needless, result.missed) == (300, 300, 0, 0)
    assert (result.published, result.updates) == (300, 1)
    assert result.retagged > result.packages == len(packages)
    assert result.without_the_log > 1_800
    assert result.ok
    assert "The guard holds it" in screen.getvalue()
    assert "300 promoted" in screen.getvalue()


def test_koji_builds_what_is_due_and_nothing_twice(small: Story) -> None:
    """By the hub's own tasks: the sources of all that was due, each once."""
    result = demo.run(console=None)
    tasks = [task for task in small.world.tasks.values() if task.method == "build"]
    due = [small.world.builds[build_id] for _, build_id in small.due | small.due_before]

    assert sorted(task.request[0] for task in tasks) == sorted(str(b.source) for b in due)
    assert result.published == result.built == result.queued == len(small.due)


def test_tells_what_happens(small: Story) -> None:
    """On a console it names the dates, the commands, the stories of two packages, and the end."""
    screen = StringIO()
    demo.run(console=Console(file=screen, width=120))

    for text in (
        "08-13 11:54:47",
        "08-13 11:55:47",
        "08-14 02:36:00",
        "eln142",
        "ebs baseline",
        f"ebs why {small.retagged_due}",
        f"ebs why {small.retagged_done}",
        "was rebuilt on 2024-08-14",
        "rebuilt: ",
        "Not one needless build.",
    ):
        assert text in screen.getvalue()


def test_is_silent_without_a_console(small: Story, capfd: pytest.CaptureFixture[str]) -> None:
    """Without a console nothing is printed, so that its figures can be JSON."""
    demo.run(console=None)

    assert capfd.readouterr().out == ""


def test_reads_no_configuration_of_the_machine(
    small: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database or a hub of production named in the environment is never touched."""
    monkeypatch.setenv("EBS_DATABASE_URL", "postgresql://nobody@nowhere.invalid/production")
    monkeypatch.setenv("EBS_KOJI__URL", "https://nowhere.invalid/kojihub")
    monkeypatch.setenv("EBS_GUARD__MAX_BUILDS", "0")

    assert demo.run(console=None).ok


def answers(folder: Path) -> list[str]:
    """Return what is said of every package of the sample, and of what it was before."""
    with open_app(load(state_dir=folder)) as app:
        with app.journal.look() as view:
            known = view.everything()
        return [
            sentence
            for name, package in known.items()
            for build in (None, *(str(build_id) for build_id in package.builds))
            for sentence in app.inquiries.why(name, build).answer
        ]


def test_keeps_its_log_once_and_answers_from_it(small: Story) -> None:
    """Its log stays in the folder named, and a log that lies there is not added to.

    Every build of the incident has its sentence; golden/why.txt holds them.
    """
    # Not in tmp_path: another run of pytest closes that to the server's user.
    with TemporaryDirectory(prefix="ebs-") as folder:
        demo.run(console=None, keep=Path(folder))

        assert answers(Path(folder)) == GOLDEN.read_text().splitlines()
        with pytest.raises(Refused, match="holds a log already"):
            demo.run(console=None, keep=Path(folder))


@pytest.mark.parametrize(
    "wrong", [{"needless": 1}, {"missed": 1}, {"built": 0}, {"published": 0}], ids=str
)
def test_is_not_ok_if_one_is_wrong(wrong: dict[str, int]) -> None:
    """A single needless build, one missed, not built, or not published, is a failure."""
    good = DemoResult(
        packages=9,
        retagged=9,
        queued=1,
        built=1,
        needless=0,
        missed=0,
        without_the_log=9,
        seconds=1.0,
        published=1,
        updates=1,
    )

    assert good.ok
    assert not replace(good, **wrong).ok


class Wrong(Story):
    """Says that another build is due than one of those that are."""

    @property
    def due(self) -> frozenset[Key]:
        """The builds to queue after the pause, but for one."""
        _, *others = sorted(super().due)
        return frozenset([*others, ("bash", 1)])


def test_counts_from_the_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is queued against the scenario's answer is needless, what is not is missed."""
    told(monkeypatch, Wrong(sample.packages(), sample.names(), sample.PARTS))
    result = demo.run(console=None)

    assert (result.needless, result.missed) == (1, 1)
