# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that holds the embedded database of the folder named, until its input ends."""

import sys
from pathlib import Path

from adapters.store.embedded import open_database

database = open_database(Path(sys.argv[1]))
print("open", flush=True)  # noqa: T201 - tells the test
sys.stdin.read()
