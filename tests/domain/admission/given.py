# SPDX-License-Identifier: GPL-3.0-or-later
"""Lives of a build that several rows of the table are about."""

from tests.domain.given import Fact, Given, built, ended, given, rules, tagged

F42 = rules("f42")
UNTARGETED = rules(listed=[], exclude=["bash"])
EXCLUDED = rules(exclude=["bash"])


def built_in_f41(*more: Fact) -> Given:
    """Build 1 was tagged into f41, queued and built."""
    return given(tagged(1, at=10)).decided().and_then(built(1), *more)


def failed_in_f41(*more: Fact) -> Given:
    """Build 1 was tagged into f41 and queued, and failed."""
    return given(tagged(1, at=10)).decided().and_then(ended(1, at=100), *more)
