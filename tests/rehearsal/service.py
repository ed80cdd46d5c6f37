# SPDX-License-Identifier: GPL-3.0-or-later
"""The three processes of a service, each started by its command of the manual."""

import signal
import subprocess
from pathlib import Path
from typing import Final

from tests.fixtures.workers import said
from tests.rehearsal.manual import Terminal

SERVICES: Final = "services"
"""The block of the manual that starts them by hand."""

PATIENCE: Final = 30.0
"""Seconds in which one that is told to end has ended."""


class Service:
    """What runs of it, by name: ``consume``, ``work``, ``serve``; each may be there once more."""

    def __init__(self, terminal: Terminal, folder: Path) -> None:
        self._terminal = terminal
        self._folder = folder
        self._commands = {line.split()[1]: line for line in terminal.commands[SERVICES]}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        terminal.played.add(SERVICES)

    def start(self, *names: str) -> None:
        """Start processes by their command; ``work:2`` is another one of ``work``."""
        for name in names or tuple(self._commands):
            command = self._commands[name.partition(":")[0]]
            self._running[name] = self._terminal.start(command, self._log(name))

    def end(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        """End one by a signal; asked to, it ends with 0."""
        process = self._running.pop(name)
        process.send_signal(number)
        code = process.wait(PATIENCE)
        wanted = 0 if number is signal.SIGTERM else -number
        assert code == wanted, f"{name} ended with {code}\n{self._tail(name)}"

    def restart(self, name: str, number: signal.Signals) -> None:
        """End one by a signal, and start it again."""
        self.end(name, number)
        self.start(name)

    def end_all(self) -> None:
        """End each that runs, as it should."""
        for name in tuple(self._running):
            self.end(name)

    def kill_all(self) -> None:
        """Leave nothing behind, whatever happened."""
        for process in self._running.values():
            process.kill()
            process.wait()
        self._running.clear()

    def last_words(self) -> str:
        """Return the last that each said, for who looks for what went wrong."""
        return "\n".join(f"--- {name}\n{self._tail(name)}" for name in self._running)

    def said(self, name: str, event: str) -> float | None:
        """Return when a process logged an event, in seconds of the machine's clock."""
        return said(self._log(name), event)

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def _tail(self, name: str) -> str:
        return self._log(name).read_text(errors="replace")[-3_000:]
