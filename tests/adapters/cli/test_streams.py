# SPDX-License-Identifier: GPL-3.0-or-later
"""Streams that a process was not given, and one that takes nothing more."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.cli.output import at_terminal
from tests.adapters.cli.conftest import Ran

Shell = Callable[..., Ran]


@pytest.fixture
def shell(nothing_configured: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Run a verb with streams as a shell redirects them, which hold back what they are given."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)

    def run(*arguments: str, redirected: str) -> Ran:
        line = f'exec "$0" -m adapters.cli.main "$@" {redirected}'
        command = ["sh", "-c", line, sys.executable, *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    return run


@pytest.mark.parametrize("arguments", [("--help",), ("config", "reference")], ids=" ".join)
def test_a_closed_output_is_as_one_that_goes_nowhere(
    shell: Shell, arguments: tuple[str, ...]
) -> None:
    """Whoever closes the output does not want it: the verb does what it does, and ends with 0."""
    assert shell(*arguments, redirected=">&-") == Ran(0, "", "")


@pytest.mark.parametrize("redirected", ["2>&-", "<&- 2>&-", "2>/dev/full"])
def test_an_error_that_nobody_can_be_told_has_its_exit_code(shell: Shell, redirected: str) -> None:
    """A script reads the exit code, though nobody reads what went wrong."""
    assert shell("verify", "nosuch.zip", redirected=redirected) == Ran(3, "", "")


def test_nothing_else_is_written_where_a_stream_is_closed(shell: Shell, tmp_path: Path) -> None:
    """The next file opened has the number of a closed stream, and what is said would be in it."""
    (tmp_path / "log.zip").write_bytes(b"not a log")
    ran = shell("verify", "log.zip", redirected="<&- >&- 2>&-")

    assert ran.code == 1
    assert (tmp_path / "log.zip").read_bytes() == b"not a log"


def test_without_an_input_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that was given no input has nobody who could answer."""
    monkeypatch.setattr(sys, "stdin", None)

    assert not at_terminal()


@pytest.mark.parametrize("arguments", [("--version",), ("config", "reference")], ids=" ".join)
def test_an_output_without_room_says_so(shell: Shell, arguments: tuple[str, ...]) -> None:
    """A full disk is told as what it is, once, whether little or much was to be written."""
    ran = shell(*arguments, redirected=">/dev/full")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "error: the output cannot be written\n"
        "why: No space left on device\n"
        "do: make room where it goes, or send it elsewhere; what was recorded stays\n"
    )
