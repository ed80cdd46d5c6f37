# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment that `make install` leaves."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest

MISSING_KERBEROS = re.compile(r"requests-gssapi \S+ requires gssapi, which is not installed\.")
COMPLETE = "No broken requirements found."


def test_nothing_is_missing_but_kerberos() -> None:
    """`pip check` has at most one complaint: gssapi, which is installed by KERBEROS=1 alone."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "check"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    complaints = found.stdout.splitlines()

    assert len(complaints) == 1, found.stdout + found.stderr
    assert complaints == [COMPLETE] or MISSING_KERBEROS.fullmatch(complaints[0])


@pytest.mark.parametrize("name", ["domain", "adapters", "projections"])
def test_the_names_are_ours_alone(name: str) -> None:
    """No other installed distribution brings one of our plain top-level names."""
    assert set(packages_distributions().get(name, [])) <= {"elnsync"}
