# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a person named: a path or a ``file:`` URL, read up to a limit."""

import os
from pathlib import Path
from urllib.parse import unquote

from adapters.errors import NotPermitted
from domain.errors import Invalid, NotFound


def local_path(location: str) -> Path:
    """The path that a location means; ``~`` is the user's home.

    Raises Invalid if a ``file:`` URL names another host, or there is no such home.
    """
    if not location.startswith("file:"):
        return _expanded(location)
    path = location.removeprefix("file:").replace("//localhost/", "///", 1)
    if path.startswith("//") and not path.startswith("///"):
        raise Invalid(
            f"{location} is on another host",
            why="a file: URL names a file here",
            do="write three slashes: file:///path",
        )
    return Path(unquote(path))


def is_file(location: str) -> bool:
    """Whether a path is that of a file, also where it can be no path at all."""
    try:
        return Path(location).is_file()
    except OSError:
        return False


def read(path: Path, *, limit: int) -> bytes:
    """The first ``limit`` + 1 bytes, so that whoever asks can see that there are too many.

    Of a pipe, what those write who have it open. Raises NotFound, NotPermitted, or Invalid if it is
    no file.
    """
    try:
        with open(path, "rb", opener=_at_once) as file:
            return file.read(limit + 1)
    except FileNotFoundError:
        raise NotFound(f"there is no file {path}", do="check the path") from None
    except PermissionError:
        raise NotPermitted(
            f"{path} cannot be read",
            why="its mode or owner forbids it",
            do="let the user of this process read it",
        ) from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise Invalid(f"{str(path)!r} cannot be read", why=why or "", do="name a file") from None


def _at_once(path: str, flags: int) -> int:
    """Open a file: also a pipe into which nobody writes, which would be waited for without end."""
    opened = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(opened, True)
    return opened


def _expanded(location: str) -> Path:
    try:
        return Path(location).expanduser()
    except RuntimeError as error:
        raise Invalid(f"{location} means nothing here", why=str(error), do="give a path") from None
