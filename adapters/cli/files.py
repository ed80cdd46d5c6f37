# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a verb writes: whole or not at all, and in place of another only when told to."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from adapters.errors import NotPermitted
from adapters.words import plain
from domain.errors import EbsError, NotFound, Refused


@contextmanager
def new_file(name: str, *, force: bool) -> Iterator[IO[bytes]]:
    """Write a file under another name beside it, which becomes ``name`` once it is whole.

    A link is followed. Raises Refused where there is a file already, unless told to ``force``, or
    what is no file (a folder, a device); else as ``writing``.
    """
    path = Path(os.path.realpath(name))
    with writing(name):
        _refuse_existing(path, force=force)
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                os.fchmod(file.fileno(), 0o666 & ~_umask())
                _refuse_existing(path, force=force)
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink()
                raise


@contextmanager
def writing(name: str) -> Iterator[None]:
    """Write ``name`` inside. Raises NotFound, NotPermitted or EbsError where that is impossible."""
    try:
        yield
    except OSError as error:
        raise _unwritable(name, error) from error


def _refuse_existing(path: Path, *, force: bool) -> None:
    if not path.exists():
        return
    if not path.is_file():
        raise Refused(f"{plain(path)} is no file", do="name a file")
    if not force:
        raise Refused(
            f"{plain(path)} is there already",
            why="what was exported once is evidence",
            do="name another file, or give --force",
        )


def _umask() -> int:
    """The system tells it only while setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _unwritable(name: str, error: OSError) -> EbsError:
    what, why = f"{plain(name)} cannot be written", error.strerror or str(error)
    if isinstance(error, FileNotFoundError):
        return NotFound(what, why=why, do="make the folder first")
    if isinstance(error, PermissionError):
        return NotPermitted(what, why=why)
    return EbsError(what, why=why, do="name one in a folder with room for it")
