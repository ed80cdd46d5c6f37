# SPDX-License-Identifier: GPL-3.0-or-later
"""demo: the verb hands on what the sandbox found; the incident itself is tested there."""

import os
import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from adapters.cli import demo as verb
from adapters.cli import session
from adapters.sandbox import demo
from adapters.sandbox.result import DemoResult
from tests.adapters.cli.conftest import Ebs
from tests.adapters.sandbox.test_demo import told
from tests.sim import sample

PRINTED: Final = re.compile(r"http://127\.0\.0\.1:\d+/welcome\?key=[\w-]+")
TIMELINE: Final = re.compile(r"http://127\.0\.0\.1:\d+/timeline\?\S+")

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


def test_it_is_served_until_somebody_stops_it(typed: Ebs, monkeypatch: pytest.MonkeyPatch) -> None:
    """It prints where; everybody reads, who opens the link acts, and Ctrl-C ends it with code 0."""
    told(monkeypatch, sample.story())
    said: list[str] = []
    found: list[object] = []

    def act(link: str) -> None:
        try:
            with httpx2.Client(base_url=link.partition("/welcome")[0], timeout=30) as asked:
                found.append(asked.get("/").status_code)
                asked.get(link)
                same = {"Sec-Fetch-Site": "same-origin"}
                found.append(asked.post("/control/pause", headers=same).text)
                found.append("Paused" in asked.get("/").text)
                [timeline] = filter(None, map(TIMELINE.search, said))
                found.append(asked.get(timeline[0]).status_code)
        finally:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(verb, "talk", _listening(said, act))
    ran = typed("demo", "--serve")

    assert (ran.code, found) == (0, [200, "paused\n", True, 200])
    assert "Ctrl-C ends it" in said[-1]


def _listening(said: list[str], act: Callable[[str], None]) -> Callable[[str], None]:
    """Return what hears what is printed, and acts by the link in it."""

    def hear(text: str) -> None:
        said.append(text)
        if link := PRINTED.search(text):
            threading.Thread(target=act, args=(link[0],)).start()

    return hear
