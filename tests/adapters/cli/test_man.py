# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual pages: one for each verb, as man takes it."""

import os
import subprocess
from pathlib import Path

import pytest

from adapters.cli.main import VERBS
from adapters.cli.man import Roff, pages, write
from tests.adapters.cli.conftest import Ebs
from tests.fixtures.needed import needed

PAGES = dict(pages())


def shown(page: Path) -> str:
    """Return a page as man shows it, with whatever it warns of."""
    man = needed("man-lint", "man")
    wide = {**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8"}
    command = [man, "--warnings=all", "--local-file", str(page)]
    done = subprocess.run(command, env=wide, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def test_each_verb_has_a_page() -> None:
    """Each verb has one, and each verb of a verb; nothing else has."""
    assert {f"ebs-{verb}.1" for verb in VERBS} < PAGES.keys()
    assert {"ebs.1", "ebs-config-check.1", "ebs-batch-abandon.1"} < PAGES.keys()
    assert all(name == "ebs.1" or name.split("-")[0] == "ebs" for name in PAGES)


def test_a_page_says_what_help_says(typed: Ebs, tmp_path: Path) -> None:
    """Whatever --help says is on the page: what it does, options, examples, exit codes."""
    write(tmp_path)
    for page, words in {"ebs.1": [], "ebs-why.1": ["why"], "ebs-migrate.1": ["migrate"]}.items():
        told = " ".join(shown(tmp_path / page).split())
        said = typed(*words, "--help").out.removeprefix("Usage: ")
        missing = [word for word in said.split() if word.rstrip(":").lower() not in told.lower()]
        assert missing == [], page


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_is_well_formed(name: str, tmp_path: Path) -> None:
    """mandoc, which is strict, has nothing to say of it, but that it bears no date."""
    (tmp_path / name).write_text(PAGES[name])
    command = [needed("man-lint", "mandoc"), "-T", "lint", "-W", "warning", str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert [line for line in done.stdout.splitlines() if "missing date" not in line] == []


def test_nothing_in_a_text_is_a_macro(tmp_path: Path) -> None:
    """What begins with a dot, an apostrophe or a backslash is shown as it is."""
    text = ".so /etc/passwd\n\n'br \\n(.l --x"
    roff = Roff()
    roff.write('.TH X 1 "" "" ""\n')
    roff.write_heading("It's -- .so")
    roff.write_text(text)
    roff.write_dl([(".a", "\\fBb\\fR")])
    (tmp_path / "x.1").write_text(roff.getvalue())
    told = [line.strip() for line in shown(tmp_path / "x.1").splitlines() if line.strip()]

    assert told[1:5] == [
        "IT'S -- .SO",
        ".so /etc/passwd",
        "'br \\n(.l --x",
        ".a     \\fBb\\fR",
    ]
