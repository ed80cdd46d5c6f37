# SPDX-License-Identifier: GPL-3.0-or-later
"""Histories of Rawhide in the sandbox's hub: what is done in Koji, and what we do meanwhile.

Builds go into f41 and f42, are untagged and tagged again; all of f41 is copied into f42, in order
or with old builds last, perhaps in a transaction that is committed much later, or f42 is deleted
and cloned from f41; ELN gets builds that a person made. The trigger moves to f42 at some point, and
somewhere we are paused.
"""

from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

NAMES: Final = ("bash", "zsh")
TAGS: Final = ("f41", "f42")


@dataclass(frozen=True)
class Deed:
    """Something done in Koji after some seconds, to the n-th build of a package.

    ``held``: in a transaction that takes its events now and is committed later.
    """

    what: str
    tag: str = "f41"
    build: int = 0
    name: str = "bash"
    seconds: float = 1
    held: bool = False


@dataclass(frozen=True)
class Commit:
    """The oldest transaction that is held is committed; its messages may be dated ``anew``."""

    anew: bool = True


@dataclass(frozen=True)
class Hear:
    """What the bus has delivered until now arrives."""


@dataclass(frozen=True)
class Pass:
    """The worker makes a pass, after some seconds; the hub answers so many requests in it."""

    seconds: float = 360
    answers: int | None = None


@dataclass(frozen=True)
class Move:
    """The trigger moves to f42."""


@dataclass(frozen=True)
class Pause:
    """An operator pauses, or resumes."""

    on: bool


@dataclass(frozen=True)
class Restart:
    """The service is killed between two passes, and started again."""


Step = Deed | Commit | Hear | Pass | Move | Pause | Restart


@dataclass(frozen=True)
class History:
    """What happened before the baseline, and after it; ``lost``: no message tells of the former."""

    before: tuple[Deed, ...]
    after: tuple[Step, ...]
    lost: bool = False


WHATS: Final = (
    "build",
    "build",
    "same commit",
    "tag",
    "tag",
    "untag",
    "bounce",
    "untag what is not tagged",
    "rebuilt",
    "copy all",
    "copy all, old last",
    "clone, old last",
)


def _deeds(held: st.SearchStrategy[bool]) -> st.SearchStrategy[Deed]:
    return st.builds(
        Deed,
        what=st.sampled_from(WHATS),
        tag=st.sampled_from(TAGS),
        build=st.integers(0, 3),
        name=st.sampled_from(["bash", *NAMES]),
        seconds=st.sampled_from([1, 0, 0.4, 7, 400, 4000]),
        held=held,
    )


_steps: st.SearchStrategy[Step] = st.one_of(
    _deeds(st.just(False)),
    _deeds(st.booleans()),
    st.builds(
        Pass, st.sampled_from([360, 20, 4000]), st.sampled_from([None, None, 0, 1, 4, 9, 15, 25])
    ),
    st.just(Hear()),
    st.builds(Commit, st.booleans()),
    st.builds(Pause, st.booleans()) | st.just(Restart()),
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a history."""
    before = draw(st.lists(_deeds(st.just(False)), max_size=4))
    after = draw(st.lists(_steps, min_size=3, max_size=16))
    moved = draw(st.none() | st.integers(0, len(after)))
    if moved is not None:
        after.insert(moved, Move())
    return History(tuple(before), tuple(after), draw(st.booleans()))
