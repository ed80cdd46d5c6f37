# SPDX-License-Identifier: GPL-3.0-or-later
"""The log as Parquet, a folder a month: for questions larger than a database should be asked.

DuckDB writes it, which reads JSON and writes Parquet by itself and is what the examples in
``deploy/docs`` ask with; PyArrow is twice its size and would need each type told once more.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.store.archive.write import line
from adapters.store.statements import statement
from adapters.store.verify import Row
from domain.errors import Refused

if TYPE_CHECKING:
    import duckdb

PARTS: Final = 100
"""Parts of the log that are written together: some hundred thousand rows, in a file a month."""


def write(folder: Path, parts: Iterable[list[Row]]) -> int:
    """Write ``folder/month=2024-08/…``, whole or not at all, and return how many events that is.

    Raises Refused where there is something already, or DuckDB is not installed; OSError where it
    cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is there already", do="name a folder that is not, or is empty")
    with _duckdb() as database, _made_whole(folder) as (new, scratch):
        return sum(_written(database, new, scratch, some) for some in _grouped(parts))


def _grouped(parts: Iterable[list[Row]]) -> Iterator[list[list[Row]]]:
    rest = iter(parts)
    return iter(lambda: list(islice(rest, PARTS)), [])


def _written(
    database: "duckdb.DuckDBPyConnection", new: Path, scratch: Path, parts: list[list[Row]]
) -> int:
    lines = scratch / "events.jsonl"
    with lines.open("wb") as file:
        for rows in parts:
            file.write(b"".join(map(line, rows)))
    if lines.stat().st_size:
        database.execute("set variable lines = ?", [str(lines)])
        database.execute("set variable folder = ?", [str(new)])
        database.execute(statement("parquet").decode())
    return sum(map(len, parts))


@contextmanager
def _duckdb() -> Iterator["duckdb.DuckDBPyConnection"]:
    try:
        import duckdb  # noqa: PLC0415 - an extra, and heavy
    except ImportError:
        raise Refused(
            "Parquet cannot be written here",
            why="DuckDB is not installed",
            do="install it with: pip install 'elnsync[parquet]'; 'ebs export FILE' needs nothing",
        ) from None
    # What it needs is built in; nothing is to be fetched.
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as database:
        database.execute("set timezone = 'UTC'")
        try:
            yield database
        except duckdb.IOException as error:  # a full disk, above all
            raise OSError(str(error)) from error


@contextmanager
def _made_whole(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Yield a folder that takes the place of ``folder`` at the end, and one for what passes."""
    made = Path(tempfile.mkdtemp(dir=folder.absolute().parent, prefix=f".{folder.name}."))
    try:
        new, scratch = made / "new", made / "scratch"
        new.mkdir()
        scratch.mkdir()
        yield new, scratch
        new.rename(folder)
    finally:
        shutil.rmtree(made)
