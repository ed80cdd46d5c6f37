# SPDX-License-Identifier: GPL-3.0-or-later
"""The runbook of the branching is true: its commands are typed, and print what it shows."""

import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.adapters.cli.conftest import PACKAGES, Ebs, World

PAGE = Path(__file__).parents[3] / "deploy/docs/branching.md"
PLAN = "0123456789ab"
"""The name that a plan has on the page."""

STEP = re.compile(r"^```console\n(.*?)^```$|^<!-- ([a-z -]+) -->$", re.MULTILINE | re.DOTALL)


class Command(NamedTuple):
    """What is typed, and what is to be seen of what it prints."""

    typed: str
    shown: list[str]


def steps() -> Iterator[Command | str]:
    """Yield the commands of the page, and between them what happens in Koji."""
    for console, happens in STEP.findall(PAGE.read_text()):
        if happens:
            yield happens
        for block in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
            typed, *shown = block.splitlines()
            yield Command(re.split(r"\s+# ", typed)[0], shown)


@pytest.fixture
def happens(ready: Ebs, world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What happens in Koji, by its name on the page, and is heard of; f41 was handled before."""
    world.policy.rename(world.folder / "elnbuildsync_dynamic.yaml")
    monkeypatch.setenv("EBS_POLICY", "elnbuildsync_dynamic.yaml")
    assert ready("work", "--once").code == 0

    def retag() -> list[str]:
        return [
            world.message(name, number, "f42", version="1")
            for number, name in enumerate(PACKAGES, start=1)
        ]

    def new() -> list[str]:
        monkeypatch.setenv("EBS_GUARD__MAX_BUILDS_AFTER_CHANGE", "0")
        return [world.message("zlib", 12, "f42")]

    told = {"the mass re-tag": retag, "new builds": new}

    def happen(name: str) -> None:
        assert ready("ingest", world.file("messages.jsonl", *told.pop(name)())).code == 0

    return happen


def test_the_page(ready: Ebs, happens: Callable[[str], None]) -> None:
    """Each command ends well, and each line that the page shows is printed, in that order."""
    plan = PLAN
    for step in steps():
        if isinstance(step, str):
            happens(step)
            plan = ready("plan", "--json").json["plan"]
            continue
        printed = typed(ready, step.typed.replace(PLAN, plan))
        lines = iter([squeezed(line) for line in printed.splitlines()])
        wanted = [squeezed(line.replace(PLAN, plan)) for line in step.shown]
        missing = [line for line in wanted if not any(line in each for each in lines)]
        assert missing == [], f"{step.typed} prints\n{printed}"


def typed(ebs: Ebs, command: str) -> str:
    """Type a command, and return what it prints; doctor may find something."""
    program, *arguments = shlex.split(command)
    if program != "ebs":
        return subprocess.run(
            [program, *arguments], capture_output=True, text=True, check=True
        ).stdout
    ran = ebs(*arguments)
    assert ran.code == 0 or (command == "ebs doctor" and ran.code == 8), ran.err
    return ran.out


def squeezed(line: str) -> str:
    """Return a line with one blank in place of many: columns are as wide as what is in them."""
    return " ".join(line.split())


def test_nothing_is_queued_by_the_branching(ready: Ebs, happens: Callable[[str], None]) -> None:
    """Whatever comes first, the trigger or the re-tag: only what is new in f42 is queued."""
    before = ready("queue", "--json").json
    happens("the mass re-tag")
    assert ready("work", "--once").code == 0
    policy = Path("elnbuildsync_dynamic.yaml")
    policy.write_text(policy.read_text().replace("f41", "f42"))
    assert ready("work", "--once").code == 0

    assert ready("queue", "--json").json == before
    happens("new builds")
    held = json.loads(ready("plan", "--json").out)
    assert [v["nvr"] for v in held["verdicts"] if v["verdict"] == "queued"] == ["zlib-2-1.fc41"]
