# SPDX-License-Identifier: GPL-3.0-or-later
"""Migrations as files, and which of them are to be run when.

A release goes out in two phases, so that the old program works on while the new one comes up:
*pre* only adds (tables, columns, indexes, rights), and both programs can live with it; *post* takes
away what only the old one needed, once none of it is left. A file bears its phase in its name,
``0010_phases.pre.sql``; those from before there were phases only added.
"""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import takewhile
from typing import Final, Literal, get_args

from msgspec import Struct

from domain.errors import Refused

Phase = Literal["pre", "post"]
PHASES: Final[tuple[Phase, ...]] = get_args(Phase)

_ONLINE: Final = b" concurrently "


class Migration(Struct, frozen=True):
    """A step of the schema; ``digest`` is SHA-256 of its text, in hex."""

    version: int
    name: str
    digest: str
    text: bytes
    phase: Phase = "pre"

    @property
    def online(self) -> bool:
        """Whether it works beside those who write, for which it may be in no transaction."""
        return _ONLINE in self.text

    @property
    def statements(self) -> list[bytes]:
        """What it does; step by step where it is online."""
        if not self.online:
            return [self.text]
        return [step for part in self.text.split(b";\n") if (step := part.strip())]


class Applied(Struct, frozen=True):
    """A migration as it is on record in a database."""

    version: int
    name: str
    digest: str
    phase: Phase


@cache
def migrations() -> tuple[Migration, ...]:
    """The migrations of this release, in their order."""
    folder = files("adapters.store").joinpath("migrations")
    found = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return tuple(_migration(name, folder.joinpath(name).read_bytes()) for name in found)


def level() -> int:
    """The number of this release's last migration: how much of the schema's history it knows."""
    return migrations()[-1].version


def _migration(file: str, text: bytes) -> Migration:
    name, *marks = file.removesuffix(".sql").split(".")
    phase: Phase = "post" if marks == ["post"] else "pre"
    return Migration(int(name.partition("_")[0]), name, sha256(text).hexdigest(), text, phase)


def missing(applied: Sequence[Applied]) -> Sequence[Migration]:
    """Return what this release has and the database has not.

    Raises Refused where what was applied is not what we have, or takes away what we need.
    """
    ours = migrations()
    for one, migration in zip(applied, ours, strict=False):
        if (one.version, one.digest) != (migration.version, migration.digest):
            raise Refused(
                "The database was migrated by other files than this release's",
                why=f"{one.name} was applied with digest {one.digest[:12]}, here {migration.name}"
                f" has {migration.digest[:12]}",
                do="Run the release that migrated it; a migration that was applied never changes",
            )
    for later in applied[len(ours) :]:
        if later.phase == "post":
            raise Refused(
                "The database's schema is newer than this release",
                why=f"{later.name} took away what this one needs, which ends at {ours[-1].name}",
                do="Run the release that migrated it, or a newer one",
            )
    return ours[len(applied) :]


def needed(applied: Sequence[Applied]) -> Sequence[Migration]:
    """Return what is missing before this release can run. Raises Refused as missing does."""
    return [migration for migration in missing(applied) if migration.phase == "pre"]


def due(applied: Sequence[Applied], phase: Phase | None) -> Sequence[Migration]:
    """Return what is to be applied now, in a phase or (None) with nobody there.

    Raises Refused as missing does, and where the phases of two releases would be mixed.
    """
    todo = missing(applied)
    if phase is None or not todo:
        return todo
    if phase == "pre" and not applied:  # nobody can be there
        return todo[: 1 + max(n for n, each in enumerate(todo) if each.phase == "pre")]
    now = [*takewhile(lambda migration: migration.phase == phase, todo)]
    rest = todo[len(now) :]
    if phase == "post" and not now:
        raise Refused(
            "What comes before the new release is to be done first",
            why=f"{rest[0].name} is missing",
            do="Run `ebs migrate --pre`, replace the programs, then run this again",
        )
    if phase == "pre" and any(migration.phase == "pre" for migration in rest):
        raise Refused(
            "Another release's last step comes first",
            why=f"{rest[0].name} takes away what the programs of before it need",
            do="Upgrade to that release, and run its `ebs migrate --post`; or stop every program"
            " and run `ebs migrate`",
        )
    return now
