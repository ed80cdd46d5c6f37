# SPDX-License-Identifier: GPL-3.0-or-later
"""What deploy/systemd says, read as systemd does: a unit and what all units have in common."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[2] / "deploy/systemd"
COMMON: Final = FOLDER / "ebs-.service.d/common.conf"
SERVICES: Final = ("consume", "work", "serve")


class Unit:
    """A service by its name, without what it begins and ends with."""

    def __init__(self, name: str) -> None:
        self.name = f"ebs-{name}.service"
        self._lines = [*_lines(COMMON), *_lines(FOLDER / self.name)]

    def values(self, key: str) -> list[str]:
        """Return all that is said for a key, the common first."""
        return [value for found, value in self._lines if found == key]

    @property
    def words(self) -> list[str]:
        """What follows ``ebs`` on its command line."""
        [command] = self.values("ExecStart")
        return self._meant(command.removeprefix("/opt/ebs/bin/ebs ")).split()

    @property
    def afterwards(self) -> list[str]:
        """What is done once it has ended, however it did."""
        return [self._meant(command) for command in self.values("ExecStopPost")]

    @property
    def credentials(self) -> dict[str, str]:
        """The secrets that it gets, and where each comes from."""
        return dict(value.split(":", 1) for value in self.values("LoadCredential"))

    @property
    def folder(self) -> str:
        """Where it finds them."""
        return f"/run/credentials/{self.name}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that it is given, its folders as they are on a machine."""
        told = dict(value.split("=", 1) for value in self.values("Environment"))
        return {name: self._meant(value) for name, value in told.items()}

    def _meant(self, text: str) -> str:
        """Return what is said with the folders in place of what stands for them."""
        meant = {"%d": self.folder, "%S": "/var/lib"}
        return re.sub("%.", lambda found: meant[found[0]], text)


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    for line in file.read_text().splitlines():
        if found := re.fullmatch(r"(\w+)=(.*)", line):
            yield found[1], found[2]


UNITS: Final = [Unit(name) for name in (*SERVICES, "migrate", "verify")]
