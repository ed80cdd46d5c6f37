# SPDX-License-Identifier: GPL-3.0-or-later
"""Working ahead: the next piece is prepared while the database, on its own core, takes this one."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def one_ahead(make: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
    """Yield what is made of each item, in order, the next being made in a thread meanwhile.

    The items are drawn by the caller's own thread, which a signal can end while it waits for input.
    """
    with ThreadPoolExecutor(max_workers=1) as worker:
        making: Future[B] | None = None
        for item in items:
            following = worker.submit(make, item)
            if making is not None:
                yield making.result()
            making = following
        if making is not None:
            yield making.result()
