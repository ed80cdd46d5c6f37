# SPDX-License-Identifier: GPL-3.0-or-later
"""Histories of Rawhide in the sandbox's hub: what packagers and releng do, and what we do meanwhile.

Builds go into f41 and into f42, are untagged and tagged again; all of f41 is copied into f42, in
order or with old builds last, perhaps in a transaction that is committed much later; the trigger
moves to f42 at some point, and somewhere we are paused.
"""

from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

NAMES: Final = ("bash", "zsh")
TAGS: Final = ("f41", "f42")


@dataclass(frozen=True)
class Deed:
    """Something done in Koji to the n-th build of a package, after some seconds.

    ``held``: in a transaction that takes its events now and is committed later.
    """

    what: str
    name: str
    build: int
    tag: str
    seconds: float
    held: bool = False


@dataclass(frozen=True)
class Commit:
    """The oldest transaction that is held is committed."""


@dataclass(frozen=True)
class Hear:
    """What the bus has delivered until now arrives."""


@dataclass(frozen=True)
class Pass:
    """The worker makes a pass, after some seconds."""

    seconds: float


@dataclass(frozen=True)
class Move:
    """The trigger moves to f42."""


@dataclass(frozen=True)
class Pause:
    """An operator pauses, or resumes."""

    on: bool


Step = Deed | Commit | Hear | Pass | Move | Pause


@dataclass(frozen=True)
class History:
    """What happened before the baseline, and after it."""

    before: tuple[Deed, ...]
    after: tuple[Step, ...]


_ONE = ("build", "build", "same commit", "tag", "untag", "bounce", "lenient untag", "rebuilt")
_ALL = ("copy all", "copy all, old last")

_seconds = st.sampled_from([1, 0, 0.4, 7, 400])


def _deeds(held: st.SearchStrategy[bool]) -> st.SearchStrategy[Deed]:
    return st.builds(
        Deed,
        st.sampled_from([*_ONE, *_ALL]),
        st.sampled_from(NAMES),
        st.integers(0, 3),
        st.sampled_from(TAGS),
        _seconds,
        held,
    )


_ours: st.SearchStrategy[Step] = st.one_of(
    st.builds(Pass, st.sampled_from([360, 20, 4000])), st.just(Hear()), st.just(Commit())
)
_steps: st.SearchStrategy[Step] = st.one_of(
    _deeds(st.sampled_from([False, False, True])), _ours, st.builds(Pause, st.booleans())
)


@st.composite
def _histories(draw: st.DrawFn) -> History:
    before = draw(st.lists(_deeds(st.just(False)), max_size=4))
    after = draw(st.lists(_steps, min_size=3, max_size=16))
    moved = draw(st.integers(-1, len(after)))
    if moved >= 0:
        after.insert(moved, Move())
    return History(tuple(before), tuple(after))


histories = _histories()
