# SPDX-License-Identifier: GPL-3.0-or-later
"""Lives of a package: facts of every kind in any order, and passes of the gate in between."""

from collections.abc import Sequence
from itertools import product
from typing import Final

from hypothesis import strategies as st

from domain.admission.rules import Rules
from tests.domain.given import (
    DAY,
    Fact,
    Given,
    built,
    cleared,
    commit,
    ended,
    given,
    in_destination,
    rebuild,
    requested,
    rules,
    tagged,
    untagged,
)

CONFIGURED: Final = [
    rules(trigger, listed=listed, exclude=exclude, failure_expiry=expiry, now=now)
    for trigger, listed, exclude, expiry, now in product(
        ["f41", "f42"], [["bash"], []], [[], ["^bash$"]], [0, 500], [DAY, 700]
    )
]
"""What was ever in force, of which every verdict names its own by the revisions."""

BUILDS: Final = st.integers(min_value=1, max_value=3)
TIMES: Final = st.integers(min_value=1, max_value=300)

FACTS: Final = st.one_of(
    st.builds(tagged, BUILDS, TIMES, st.sampled_from(["f41", "f42"])),
    st.builds(untagged, BUILDS, TIMES, st.sampled_from(["f41", "f42"])),
    st.builds(built, BUILDS),
    st.builds(ended, BUILDS, st.sampled_from(["failed", "cancelled", "rejected"]), at=TIMES),
    st.builds(in_destination, BUILDS.map(commit), TIMES),
    st.builds(requested, BUILDS, force=st.booleans()),
    st.builds(rebuild, st.integers(min_value=1, max_value=2), TIMES),
    st.builds(cleared, st.none() | BUILDS.map(commit)),
)

History = Sequence[tuple[Fact, Rules | None]]
"""Facts, each with the rules of a pass of the gate that came after it, if one did."""

HISTORIES: Final[st.SearchStrategy[History]] = st.lists(
    st.tuples(FACTS, st.none() | st.sampled_from(CONFIGURED)), max_size=12
)
"""Any of these."""


def lived(history: History) -> Given:
    """Return the log of a history."""
    log = given()
    for fact, in_force in history:
        log = log.and_then(fact)
        if in_force is not None:
            log = log.decided(in_force)
    return log
