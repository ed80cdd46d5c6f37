# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's manual as a machine reads it: blocks of commands, each with a name."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
MANUAL: Final = ROOT / "deploy/docs/operating.md"

SITE: Final = "site"
"""The block that says what a site is called: here its words get other values."""

_BLOCK: Final = re.compile(r"^```console(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_WORD: Final = re.compile(r"\b([A-Z_]+)=")


def blocks(page: Path = MANUAL) -> dict[str, list[str]]:
    """Return the commands of a page by the name of their block; what they print is left out.

    Raises ValueError where a block has no name, or that of another.
    """
    found: dict[str, list[str]] = {}
    for name, console in _BLOCK.findall(page.read_text()):
        if not name or name in found:
            raise ValueError(f"{page.name}: a block needs a name of its own, not {name!r}")
        found[name] = [line[2:] for line in console.splitlines() if line.startswith("$ ")]
    return found


def words(commands: Mapping[str, list[str]]) -> set[str]:
    """Return the words by which a manual names a site."""
    return set(_WORD.findall("\n".join(commands[SITE])))


class Terminal:
    """Where the manual's blocks are typed, one after another; what is exported stays.

    ``played`` are the names of the blocks that were. Nothing of the machine's own configuration
    has a say.
    """

    def __init__(self, folder: Path, site: Mapping[str, str], page: Path = MANUAL) -> None:
        self.commands = blocks(page)
        self.played = {SITE}
        self.words = site
        self._folder = folder
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("EBS_", "PG", "FEDORA_"))}
        self._environment = {**kept, **site}
        if missing := words(self.commands) - site.keys():
            raise ValueError(f"what the site is called: {sorted(missing)} have no value here")

    def play(self, name: str, *, also: tuple[int, ...] = ()) -> str:
        """Type a block, and return what it printed; ``also``: exit codes that do as well.

        Raises AssertionError with what was said where a command fails.
        """
        self.played.add(name)
        return "".join(self.type(command, also=also) for command in self.commands[name])

    def type(self, command: str, *, also: tuple[int, ...] = ()) -> str:
        """Type one command."""
        kept = self._folder / "environment"
        script = f"{command}\ncode=$?; env -0 > '{kept}'; exit $code"
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", script],
            cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode in (0, *also), f"{command}: {done.returncode}\n{done.stderr}"
        pairs = (pair.partition("=") for pair in kept.read_text().split("\0") if pair)
        self._environment = {name: value for name, _, value in pairs}
        return done.stdout

    def start(self, command: str, log: Path) -> "subprocess.Popen[bytes]":
        """Start a command that goes on, in the environment that was made so far."""
        with log.open("ab") as file:
            return subprocess.Popen(
                ["bash", "-c", f"exec {command}"],
                cwd=ROOT, env=self._environment, stdout=file, stderr=file,
            )  # fmt: skip
