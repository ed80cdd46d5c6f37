# SPDX-License-Identifier: GPL-3.0-or-later
"""How long nobody leads after the leader was killed."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from adapters.store.embedded import open_database
from tests.bench.bounds import Bound
from tests.fixtures.workers import Worker, takeover

TIMES = 5


def bounds(folder: Path) -> Iterator[Bound]:
    """Yield the longest of some takeovers: a spare is killed as soon as it leads, and so on."""
    with closing(open_database(folder / "state")) as database:
        environment = os.environ | {"EBS_DATABASE_URL": database.conninfo}
        leader = Worker(folder / "0", environment)
        taken = []
        for number in range(1, TIMES + 1):
            leader.wait_for("leading")
            spare = Worker(folder / str(number), environment)
            taken.append(takeover(leader, spare))
            leader = spare
        leader.close()
    print(f"      the leader killed {TIMES} times: {', '.join(f'{each:.2f} s' for each in taken)}")
    yield Bound("the spare leads after", max(taken), 5, at_least=False, unit=" s")
