# SPDX-License-Identifier: GPL-3.0-or-later
"""What deploy/Containerfile says, read, and carried out without a container engine, in a folder.

What it installs of the system is left out: that is its distribution's. All else is done as it is
written there: what is copied, what is run, and in which folder.
"""

import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from dockerfile_parse import DockerfileParser

ROOT: Final = Path(__file__).parents[2]
CONTAINERFILE: Final = ROOT / "deploy/Containerfile"
IGNORE: Final = ROOT / ".containerignore"

SYSTEM: Final = "microdnf "
"""How a step begins that installs of the system."""

PLACES: Final = re.compile(r"(?<![\w.])/(?=(?:opt|src|var/lib)\b)")


class Step(NamedTuple):
    """An instruction and its words, in the stage of that name."""

    stage: str
    instruction: str
    words: str

    @property
    def list(self) -> Any:
        """The words, where they are a list."""
        return json.loads(self.words)


def parsed() -> DockerfileParser:
    """Return the whole as the library reads it; labels and variables are of the last stage."""
    return DockerfileParser(fileobj=io.BytesIO(CONTAINERFILE.read_bytes()))


def steps(stage: str, instruction: str | None = None) -> list[Step]:
    """Return the steps of a stage, or those of one kind."""
    found = (step for step in _steps() if step.stage == stage)
    return [step for step in found if instruction in (None, step.instruction)]


def _steps() -> Iterator[Step]:
    stage = ""
    for each in parsed().structure:
        if each["instruction"] == "FROM":
            stage = each["value"].split()[-1]
        if each["instruction"] != "COMMENT":
            yield Step(stage, each["instruction"], each["value"])


def sent() -> set[str]:
    """Return what .containerignore lets into a build, by its first name."""
    lines = IGNORE.read_text().splitlines()
    return {line[1:] for line in lines if line.startswith("!")}


class Build:
    """Builds below ``root``; ``python`` stands for the one of the image."""

    def __init__(self, root: Path, python: str, *, kerberos: bool) -> None:
        self._root = root
        self._python = python
        self._kerberos = kerberos
        self._folder = root

    def run(self) -> None:
        """Do all that the builder does. Raises CalledProcessError where a step fails."""
        for step in steps("builder"):
            match step.instruction:
                case "WORKDIR":
                    self._folder = Path(self._real(step.words))
                    self._folder.mkdir(parents=True)
                case "COPY":
                    self._copy(*step.words.split())
                case "RUN" if self._is_ours(step.words):
                    command = ["sh", "-euc", self._real(step.words)]
                    subprocess.run(command, cwd=self._folder, check=True)
                case _:
                    pass

    def _is_ours(self, words: str) -> bool:
        kerberos = "requirements-kerberos.lock" in words
        return not words.startswith(SYSTEM) and (self._kerberos or not kerberos)

    def _real(self, words: str) -> str:
        words = re.sub(r"^python3\.12\b", self._python, words)
        return PLACES.sub(lambda _: f"{self._root}/", words)

    def _copy(self, *words: str) -> None:
        *names, to = words
        for name in names:
            assert name in sent(), f"{name} is not sent to the build"
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, self._folder / to, ignore=ignored)
            else:
                shutil.copy(ROOT / name, self._folder / to)
