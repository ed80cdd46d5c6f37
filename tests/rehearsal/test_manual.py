# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's manual can be played: `make rehearsal` does, here is looked whether it could."""

import subprocess
from pathlib import Path

import pytest

from tests.rehearsal import story
from tests.rehearsal.manual import ROOT, Terminal, blocks, words

COMMANDS = sorted({command for commands in blocks().values() for command in commands})


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_one_of_bash(command: str) -> None:
    """What the manual shows is a whole command, on one line."""
    done = subprocess.run(
        ["bash", "-n", "-c", command], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_the_site_has_a_word_for_whatever_the_commands_name(tmp_path: Path) -> None:
    """A site that lacks one of the manual's words is refused."""
    site = dict.fromkeys(words(blocks()), "here")
    Terminal(tmp_path, site)
    del site["OWNER_URL"]

    with pytest.raises(ValueError, match="OWNER_URL"):
        Terminal(tmp_path, site)


def test_a_block_without_a_name_is_refused(tmp_path: Path) -> None:
    """Each block has a name of its own, by which it is played."""
    page = tmp_path / "page.md"
    for text in ("```console\n$ a\n```\n", "```console a\n$ a\n```\n```console a\n$ b\n```\n"):
        page.write_text(text)
        with pytest.raises(ValueError, match=r"page\.md: a block needs a name"):
            blocks(page)


def test_what_is_exported_stays_and_a_failure_is_told(tmp_path: Path) -> None:
    """Commands are typed as in one terminal; one that fails ends it, with what it said."""
    page = tmp_path / "page.md"
    page.write_text(
        "```console site\n$ export A=1\n```\n```console go\n$ export B=$A\n$ echo $B\n```\n"
    )
    terminal = Terminal(tmp_path, {"A": "2"}, page)

    assert terminal.play("go") == "2\n"
    with pytest.raises(AssertionError, match="ls nosuch: 2\nls: "):
        terminal.type("ls nosuch")


@pytest.mark.parametrize("command", blocks()["services"])
def test_the_units_start_the_same(command: str) -> None:
    """What the manual types by hand is what systemd starts, which adds metrics."""
    unit = (ROOT / f"deploy/systemd/ebs-{command.split()[1]}.service").read_text()

    assert f"ExecStart=/opt/ebs/bin/{command} --metrics-port " in unit


def test_the_rehearsal_plays_all_of_the_manual() -> None:
    """Each block is played, or it is said why it cannot be."""
    told = Path(story.__file__).read_text()
    played = {name for name in blocks() if f'"{name}"' in told} | {"site", "services"}

    assert played | story.ELSEWHERE.keys() == blocks().keys()
