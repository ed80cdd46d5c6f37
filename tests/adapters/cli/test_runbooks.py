# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the runbooks and of the incident guide, run as they stand there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.adapters.cli.conftest import Ebs, World

DOCS: Final = Path(__file__).parents[3] / "deploy/docs"
COMMAND: Final = re.compile(r"^\$ ebs (.+)$", re.MULTILINE)
LASTING: Final = ("serve", "consume", "work", "events --follow")
"""What goes on until it is stopped: others start it."""

ENDS: Final = {
    "catch-up": 4,  # there is no hub
    "why kernel --at": 3,  # nothing was known then
    "approve": 3,  # nothing is held
    "batch 12": 3,
    "events --batch 12": 3,
    "batch abandon 12": 4,
    "doctor": 8,  # no worker is at work
    "verify --expect": 1,  # of another log
}
"""How a command ends here; the longest beginning counts, else it is 0."""


def commands(page: str) -> Iterator[str]:
    """Yield the commands of a page, without remarks, and without where their output goes."""
    for found in COMMAND.findall((DOCS / page).read_text()):
        command = re.split(r"\s+# |\s+> ", found)[0].strip()
        if not command.startswith(LASTING):
            yield command


@pytest.mark.parametrize("page", ["runbooks.md", "incident.md"])
def test_the_commands_do_what_they_are_there_for(ready: Ebs, world: World, page: str) -> None:
    """Each is understood, and ends as it should where nothing of all that has happened."""
    (world.folder / "elnbuildsync_dynamic.yaml").write_text(world.policy.read_text())
    for command in commands(page):
        ran = ready(*shlex.split(command.replace("kernel", "bash")))
        wanted = max((b for b in ENDS if command.startswith(b)), key=len, default="")
        assert ran.code == ENDS.get(wanted, 0), f"{command}\n{ran.out}{ran.err}"
        assert "Traceback" not in ran.err
