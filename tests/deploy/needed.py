# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that a test of deploy/ needs and a new machine may not have."""

import os
import shutil
from typing import Final, NoReturn

import pytest

DEMANDED: Final = "EBS_TEST_PACKAGING"
"""The variable by which everything is to be there."""


def needed(*programs: str) -> str:
    """Return the first that is there; without one the test is skipped, or fails on demand."""
    found = (shutil.which(program) for program in programs)
    return next(filter(None, found), None) or lack(f"there is no {' and no '.join(programs)}")


def lack(what: str) -> NoReturn:
    """Skip the test for the lack of something, or fail where everything is to be there."""
    if os.environ.get(DEMANDED):
        pytest.fail(what)
    pytest.skip(what)
