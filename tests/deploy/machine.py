# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder in place of a machine: what a manifest or a unit starts is started for real, within it.

The process has the variables that it is given and no others; its own are not writable for it.
"""

import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final, Self

import httpx2

from tests.fixtures.ports import free_port

PATIENCE: Final = 90.0
"""Seconds; a process takes two to start, on a machine that does nothing else."""

OURS: Final = re.compile(r"(?<![\w.])/(?:(?:etc|opt|var/lib)/ebs\b|run/credentials/)")
"""The folders of the service, wherever the machine's root is."""


class Machine:
    """``program``: what stands for ``ebs``; ``user``: who runs it, None for us."""

    def __init__(self, root: Path, program: Sequence[str], user: int | None = None) -> None:
        self.root = root
        self._program = program
        self._user = user
        self._ports: dict[int, int] = {}
        self._started: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = []
        self.state = self.folder("/var/lib/ebs")
        if user is not None:
            self.state.chmod(0o777)

    def folder(self, path: str) -> Path:
        """Make a folder of the machine, and return where it really is."""
        made = self.root / path.lstrip("/")
        made.mkdir(parents=True, exist_ok=True)
        return made

    def write(self, path: str, text: str) -> None:
        """Write a file of the machine, its paths and ports as they really are."""
        (self.folder(str(Path(path).parent)) / Path(path).name).write_text(self.real(text))

    def port(self, number: int) -> int:
        """Return the port that a port of the machine really is."""
        return self._ports.setdefault(number, free_port())

    def real(self, text: str) -> str:
        """Return what is said of the machine as it really is."""
        text = OURS.sub(lambda found: f"{self.root}{found[0]}", text)
        return re.sub(r"\b(8080|8091|91\d\d)\b", lambda found: str(self.port(int(found[0]))), text)

    def start(
        self, words: Sequence[str], variables: Mapping[str, str]
    ) -> "subprocess.Popen[bytes]":
        """Start ``ebs`` with these words, in a folder that it cannot write to."""
        log = (self.root / f"{words[0]}-{len(self._started)}.log").open("w+b")
        nowhere = self.folder("/nowhere")
        nowhere.chmod(0o555)
        process = subprocess.Popen(
            [*self._program, *map(self.real, words)],
            env={name: self.real(value) for name, value in variables.items()},
            cwd=nowhere,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=self._user,
            group=None if self._user is None else 0,
            extra_groups=None if self._user is None else [],
        )
        self._started.append((process, log))
        return process

    def run(self, words: Sequence[str], variables: Mapping[str, str]) -> None:
        """Run ``ebs`` with these words to its end. Raises AssertionError where it fails."""
        code = self.start(words, variables).wait(PATIENCE)
        assert code == 0, self.said()
        self._started.pop()[1].close()

    def wait_for(self, port: int, path: str) -> None:
        """Wait until a probe says yes."""
        address = f"http://127.0.0.1:{self.port(port)}{path}"
        deadline = time.monotonic() + PATIENCE
        while not _says_yes(address):
            assert time.monotonic() < deadline, f"{path} never said yes\n{self.said()}"
            assert all(each.poll() is None for each, _ in self._started), self.said()
            time.sleep(0.2)

    def said(self) -> str:
        """Return all that was said."""
        return "".join(Path(log.name).read_text(errors="replace") for _, log in self._started)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process, log in self._started:
            process.kill()
            process.wait()
            log.close()


def _says_yes(address: str) -> bool:
    try:
        return httpx2.get(address, timeout=5).status_code == httpx2.codes.OK
    except httpx2.HTTPError:
        return False
