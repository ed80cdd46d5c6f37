# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever runs the service, and types what the manual says."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import adapters
from tests.fixtures.private import PLACE, Private, commands

MANUAL: Final = "deploy/docs/backup.md"
WHEN: Final = "2024-08-14T12:00:00Z"
NEXT: Final = "1001"
ANCHOR: Final = "127803:621fa417cf8884d698fa06b3e376df5bd496b5ea5e647aebad595d45475fb398"
"""What the manual says in place of what is known only then."""


class Ended(AssertionError):
    """A command did not end in 0."""


class Operator:
    """Works on a machine; ``said`` is what stands for the words of the manual, ``more`` variables
    of ``ebs``.
    """

    def __init__(self, machine: Private, folder: Path, **more: str) -> None:
        self.machine = machine
        self.said = {PLACE: str(machine.folder)}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("EBS_")}
        self.environment = {
            **clean,
            "PYTHONPATH": str(Path(adapters.__file__).parents[1]),
            "EBS_DATABASE_URL": machine.conninfo,
            "EBS_STATE_DIR": str(folder),
            **more,
        }

    def does(self, section: str, manual: str = MANUAL) -> Iterator[tuple[str, str]]:
        """Carry a section out; yields each command with what it printed."""
        for command in commands(manual, section, self.said):
            yield command, self.types(command)

    def types(self, command: str) -> str:
        """Type a command, but one whose program cannot run here.

        Raises Ended, with what it said, where it fails.
        """
        if not command.startswith("ebs "):
            runs = self.machine.runs(command.split(maxsplit=1)[0])
            return self.machine.run(command) if runs else ""
        words = f"{sys.executable} -m adapters.cli.main {command.removeprefix('ebs ')}"
        ran = subprocess.run(
            ["bash", "-c", words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise Ended(f"{command} ended in {ran.returncode}: {ran.stdout}{ran.stderr}")
        return ran.stdout


def koji(url: str, folder: Path) -> dict[str, str]:
    """Return the variables that point ``ebs`` at a simulated hub."""
    password = folder / "password"
    password.touch(mode=0o600)
    password.write_text("ebs\n")
    return {
        "EBS_KOJI__URL": url,
        "EBS_KOJI__USER": "ebs",
        "EBS_KOJI__PASSWORD_FILE": str(password),
    }
