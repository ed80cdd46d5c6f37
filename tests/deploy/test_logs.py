# SPDX-License-Identifier: GPL-3.0-or-later
"""What is documented of the log lines is what the source logs, and every line is sound."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from psycopg.conninfo import make_conninfo

from adapters.store.embedded import Database
from tests.deploy.scraping import running

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "deploy/docs/logs.md"
LEVELS: Final = ("debug", "info", "warning", "error", "critical")
LOGGERS: Final = ("_log", "log")
ROW: Final = re.compile(r"^\| `(?P<event>[^`]+)` \| (?P<levels>[a-z, ]+) \| (?P<keys>[^|]*)\|")
HIDDEN: Final = {"exc_info"}
"""Shows as another key that every line may have."""


class Line(NamedTuple):
    """What is logged somewhere; ``more``: with keys besides, as the moment has it."""

    event: str
    levels: frozenset[str]
    keys: frozenset[str]
    more: bool


def logged(tree: ast.AST) -> Iterator[Line]:
    """Yield what a module logs."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Attribute(ast.Name(name), level), args, keywords) if (
                name in LOGGERS and level in (*LEVELS, "log", "exception")
            ):
                levels = LEVELS if level == "log" else [level.replace("exception", "error")]
                event = args[level == "log"]
                assert isinstance(event, ast.Constant), f"line {node.lineno}: name the event"
                keys = frozenset(k.arg for k in keywords if k.arg) - HIDDEN
                more = any(k.arg is None for k in keywords)
                yield Line(str(event.value), frozenset(levels), keys, more)


@cache
def in_source() -> list[Line]:
    """Everything that is logged anywhere."""
    modules = (path for top in ("adapters", "projections", "domain") for path in walk(top))
    return [line for path in modules for line in logged(ast.parse(path.read_text()))]


def walk(top: str) -> list[Path]:
    """The modules below a folder."""
    return sorted((ROOT / top).rglob("*.py"))


def documented() -> dict[str, tuple[set[str], set[str]]]:
    """Levels and keys of each event, as the page has them."""
    events = PAGE.read_text().partition("\n## Events\n")[2].partition("\n## ")[0]
    rows = [ROW.match(line) for line in events.splitlines() if line.startswith("| `")]
    assert all(rows), "a row is not of the form of the others"
    return {
        row["event"]: (set(row["levels"].split(", ")), set(re.findall(r"`(\w+)`", row["keys"])))
        for row in rows
        if row
    }


def test_every_event_is_documented_and_logged() -> None:
    """No event is missing on the page, and none is there that nobody logs."""
    assert {line.event for line in in_source()} == set(documented())


def test_levels_and_keys_are_as_documented() -> None:
    """An event has the keys that are promised, and no others, at the levels named."""
    for event, (levels, keys) in documented().items():
        found = [line for line in in_source() if line.event == event]
        known = frozenset[str]().union(*(line.keys for line in found))
        assert known <= keys if any(line.more for line in found) else known == keys, event
        for line in found:
            assert levels <= line.levels if len(line.levels) > 1 else line.levels <= levels, line


@pytest.mark.parametrize(
    ("source", "event", "keys"),
    [
        ("_log.info('a', b=1)", "a", {"b"}),
        ("_log.log(level, 'a', b=1, **c)", "a", {"b"}),
        ("def f():\n log.exception('a', exc_info=True)", "a", set()),
    ],
)
def test_what_is_logged_is_noticed(source: str, event: str, keys: set[str]) -> None:
    """However it is written."""
    [found] = logged(ast.parse(source))
    assert found.event == event
    assert set(found.keys) == keys


def test_every_line_is_json_without_secrets(database: Database, tmp_path: Path) -> None:
    """Of a worker that makes a pass and is stopped, at the level that tells everything."""
    url = make_conninfo(database.conninfo, password="s3cret")  # noqa: S106 - it is to be seen
    command = ("work", "--database-url", url, "--log-format", "json", "--debug")
    with running(*command, env={"EBS_STATE_DIR": str(tmp_path)}) as worker:
        assert worker.stderr is not None
        said = []
        for line in worker.stderr:
            said.append(line)
            if '"pass"' in line:
                worker.terminate()
    lines = [json.loads(line) for line in said]

    assert "s3cret" not in "".join(said)
    assert {"leading", "pass", "stopped"} <= {line["event"] for line in lines}
    assert all({"timestamp", "level", "logger", "event"} <= line.keys() for line in lines)
    assert all(line["correlation"] for line in lines if line["event"] == "pass")
