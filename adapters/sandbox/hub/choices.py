# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scenario chooses of a task: how it ends, how long it takes, what its source makes."""

import re
from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple

from msgspec import Struct

from adapters.sandbox.hub.world import World

SOURCE: Final = re.compile(
    r"git\+https://[^/]+/(?:.+/)?(?P<name>[^/#]+?)(?:\.git)?#(?P<commit>[0-9a-f]{3,40})$"
)


class Ending(Enum):
    """How a build ends. Without an SRPM there is no build row and no message."""

    COMPLETE = "complete"
    NO_SRPM = "no-srpm"
    FAILED = "failed"
    NOT_TAGGED = "not-tagged"
    NEVER = "never"


class Pace(Struct, frozen=True):
    """How many seconds each part takes: until a builder takes it up, and so on.

    ``repo`` is what kojira needs for a repository, once it took that up.
    """

    pickup: float = 1.0
    srpm: float = 10.0
    arch: float = 60.0
    tag: float = 1.0
    repo: float = 30.0


class Outcome(Struct, frozen=True):
    ending: Ending = Ending.COMPLETE
    pace: Pace = Pace()


class Made(NamedTuple):
    """What a source makes under a dist: name, version, release."""

    name: str
    version: str
    release: str


Recipe = Callable[[World, str, str], Made]


def recipe(world: World, source: str, dist: str) -> Made:
    """Make of a source what it made upstream, with another dist; unknown, a release of its own."""
    if source in world.made_of:
        build = world.builds[world.made_of[source]]
        return Made(build.name, build.version, build.release.rpartition(".")[0] + dist)
    found = SOURCE.match(source)
    assert found is not None  # noqa: S101 - looked at before
    return Made(found["name"], "1.0", f"{int(found['commit'][:7], 16)}{dist}")
