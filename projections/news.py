# SPDX-License-Identifier: GPL-3.0-or-later
"""News of the log, by what it is about: each projection is the fold of some streams."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from domain.batch import number_of
from domain.envelope import Recorded
from domain.package import name_of

PART: Final = 5_000
"""Events that are divided at a time where there may be many; it bounds memory."""


class News(NamedTuple):
    """Events by the name of the package, or the number of the batch, that they are of.

    Each list is in the order of the log. What is of neither is the service's.
    """

    packages: Mapping[str, Sequence[Recorded]]
    batches: Mapping[int, Sequence[Recorded]]
    service: Sequence[Recorded]


def divide(log: Iterable[Recorded]) -> News:
    """Divide events of the log by what they are of."""
    packages: dict[str, list[Recorded]] = defaultdict(list)
    batches: dict[int, list[Recorded]] = defaultdict(list)
    service: list[Recorded] = []
    for recorded in log:
        stream = recorded.envelope.originator_id
        if (name := name_of(stream)) is not None:
            packages[name].append(recorded)
        elif (number := number_of(stream)) is not None:
            batches[number].append(recorded)
        else:
            service.append(recorded)
    return News(packages, batches, service)


def parts(log: Iterable[Recorded], size: int = PART) -> Iterator[list[Recorded]]:
    """Yield the log in lists of up to ``size`` events."""
    events = iter(log)
    while part := list(islice(events, size)):
        yield part
