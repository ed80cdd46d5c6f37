# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs: one pipe for all, with what is bound to the context and without secrets."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from adapters import logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Logs go where they went before the test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize("name", ["ours", "a library's"])
def test_every_line_bears_what_is_bound(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Correlation, package, batch and message are in each line, of structlog and of logging."""
    logs.set_up("info", "json")
    bound = {"correlation": "c1", "package": "bash", "batch": 7, "message": "m1"}
    with structlog.contextvars.bound_contextvars(**bound):
        if name == "ours":
            structlog.get_logger("adapters.x").info("done", count=3)
        else:
            logging.getLogger("adapters.x").info("done %d", 3)
    line = json.loads(capsys.readouterr().err)

    assert line.items() >= {**bound, "level": "info", "logger": "adapters.x"}.items()
    assert line["event"].startswith("done")
    assert line["timestamp"].endswith("Z")


def test_nothing_is_written_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    """Stdout is for data."""
    logs.set_up("debug", "console")
    structlog.get_logger().warning("hello", where="here")
    said = capsys.readouterr()

    assert said.out == ""
    assert "hello" in said.err
    assert "\x1b" not in said.err


def test_the_level_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """What is below the level is not written."""
    logs.set_up("warning", "json")
    structlog.get_logger().info("quiet")
    logging.getLogger("x").info("quiet")

    assert capsys.readouterr().err == ""


def test_secrets_are_never_logged(capsys: pytest.CaptureFixture[str]) -> None:
    """A password in an address or a connection string is masked, in tracebacks too."""
    logs.set_up("info", "json")
    try:
        raise ValueError("postgresql://me:s3cret@db/ebs")
    except ValueError:
        structlog.get_logger().exception(
            "host=db password=s3cret user=me", url="amqps://u:s3cret@h"
        )
    said = capsys.readouterr().err

    assert "s3cret" not in said
    assert "postgresql://me:***@db/ebs" in said
    assert "password=***" in said


def test_an_exception_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    """A traceback does not break the line."""
    logs.set_up("info", "json")
    try:
        raise ValueError("x")
    except ValueError:
        logging.getLogger("x").exception("failed")

    assert "Traceback" in json.loads(capsys.readouterr().err)["exception"]


def test_setting_up_again_writes_no_line_twice(capsys: pytest.CaptureFixture[str]) -> None:
    """The last set-up counts alone."""
    logs.set_up("info", "json")
    logs.set_up("info", "json")
    structlog.get_logger().info("once")

    assert capsys.readouterr().err.count("once") == 1


@pytest.mark.parametrize("style", ["auto", "console"])
def test_what_is_made_on_the_machine_is_told_to_the_person(
    style: logs.Style, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is no line of the log, but for those who asked for JSON; all else stays in the log."""
    told: list[str] = []
    logs.set_up("warning", style, told.append)
    log = logging.getLogger(logs.SERVER)
    log.warning("Made readable for all: %s", "a folder")
    assert capsys.readouterr().err == ""
    log.warning("Something else")

    assert told == ["Made readable for all: a folder"]
    assert "Something else" in capsys.readouterr().err
    logs.set_up("warning", "json", told.append)
    log.warning("Made readable for all: %s", "a folder")
    assert json.loads(capsys.readouterr().err)["event"].endswith("a folder")
