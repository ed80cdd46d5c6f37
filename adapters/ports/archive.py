# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives of the bus as the use cases see them."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias


class Part(NamedTuple):
    """A piece of an archive: where in it, and the message; or why there is none."""

    where: str
    raw: bytes
    fault: str = ""


Archive: TypeAlias = Callable[[Iterable[bytes]], Iterator[Part]]
"""Returns the messages in the lines of a file; a line may come in pieces."""
