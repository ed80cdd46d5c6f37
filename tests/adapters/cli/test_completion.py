# SPDX-License-Identifier: GPL-3.0-or-later
"""Completion in bash: what a real bash is offered, by the script that ebs prints."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.cli.conftest import Ebs

Complete = Callable[..., list[str]]

TYPED = """\
eval "$(_EBS_COMPLETE=bash_source ebs)"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_ebs_completion ebs
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def complete(tmp_path: Path) -> Complete:
    """What bash offers for the last of some words; nothing may be said beside it."""
    bash = shutil.which("bash")
    assert bash is not None
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/ebs"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m adapters.cli.main "$@"\n')
    program.chmod(0o755)

    def offered(*words: str) -> list[str]:
        environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
        command = [bash, "--norc", "-c", TYPED, "bash", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return done.stdout.split()

    return offered


def test_verbs_and_options(complete: Complete, nothing_configured: None) -> None:
    """A verb, the verb of a verb and an option are completed."""
    assert complete("ebs", "catch") == ["catch-up"]
    assert complete("ebs", "config", "ad") == ["adopt"]
    assert complete("ebs", "work", "--sha") == ["--shadow"]


@pytest.mark.parametrize("words", [("why",), ("history",), ("rebuild", "zlib"), ("board",)])
def test_names_of_packages(complete: Complete, ready: Ebs, words: tuple[str, ...]) -> None:
    """Where a package is to be named, those on record are offered."""
    assert complete("ebs", *words, "x") == ["xterm"]
    assert complete("ebs", *words, "nosuch") == []


def test_an_option_before_the_verb_counts(
    complete: Complete, ready: Ebs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database that is named on the line is the one that is asked."""
    url = shlex.quote(os.environ["EBS_DATABASE_URL"])
    monkeypatch.delenv("EBS_DATABASE_URL")
    assert complete("ebs", "why", "x") == []
    assert complete("ebs", "--database-url", url, "why", "x") == ["xterm"]


def test_nothing_is_made_or_said(
    complete: Complete, nothing_configured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no log, or none that answers, nothing is offered, started or told."""
    assert complete("ebs", "why", "x") == []
    assert not Path(os.environ["EBS_STATE_DIR"]).exists()
    monkeypatch.setenv("EBS_DATABASE_URL", "postgresql://127.0.0.1:1/none")
    assert complete("ebs", "why", "x") == []
    monkeypatch.setenv("EBS_TIMERS__LULL", "nonsense")
    assert complete("ebs", "why", "x") == []
