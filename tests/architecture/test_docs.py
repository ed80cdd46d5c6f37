# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents name only what exists."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from adapters.cli.main import VERBS, cli
from adapters.cli.options import Listing

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "deploy/docs"
PAGES = sorted(str(page.relative_to(ROOT)) for page in DOCS.rglob("*.md"))
PARTS = sorted(str(page.relative_to(ROOT)) for page in (ROOT / "adapters").glob("*/README.md"))
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", *PARTS, *PAGES)
FOLDERS = ("adapters", "deploy", "domain", "projections", "tests")
SPANS = re.compile(r"`([^`\n]+)`|^\$ (.+)$", re.MULTILINE)


def spans(document: str) -> Iterator[str]:
    """Yield what a document shows as code or as a command, without the remark behind it."""
    for span in SPANS.finditer((ROOT / document).read_text()):
        yield re.split(r"\s+# ", span[1] or span[2])[0].strip()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_paths_exist(document: str) -> None:
    """A file or folder that a document names is there."""
    named = (re.fullmatch(r"[\w./-]+", span) for span in spans(document))
    paths = [match[0] for match in named if match and match[0].split("/")[0] in FOLDERS]

    assert [
        path
        for path in paths
        if "NNNN" not in path and "NAME" not in path and not (ROOT / path).exists()
    ] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    """A link within the project leads to a file."""
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / document).read_text())
    folder = (ROOT / document).parent

    assert [link for link in links if "://" not in link and not (folder / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_make_targets_exist(document: str) -> None:
    """A target that a document names can be made."""
    makefile = (ROOT / "Makefile").read_text()
    targets = [span.split()[1] for span in spans(document) if span.startswith("make ")]

    assert [t for t in targets if not re.search(rf"^{t}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_verbs_and_options_exist(document: str) -> None:
    """A command that a document shows has a verb and options that exist."""
    for span in spans(document):
        program, *words = span.split()
        if program == "ebs" and words and words[0] in VERBS:
            offered = {option for parameter in parameters(words) for option in parameter.opts}
            assert {word for word in words if word.startswith("--")} <= offered | {"--help"}, span
        elif program == "ebs" and words:
            assert words[0] in ("--help", "--version", "VERB"), span


def parameters(words: list[str]) -> Iterator[click.Parameter]:
    """Yield the parameters of the verb, and of its own verb where it has any."""
    command: click.Command | None = cli
    for word in words:
        if not isinstance(command, click.Group):
            break
        named = command.get_command(click.Context(command), word)
        if named is None and isinstance(command, Listing):
            named = command.commands["list"]
        command = named
        assert command is not None, word
        yield from command.params


def test_every_page_is_in_the_index() -> None:
    """The index names each page, that of the decisions each decision."""
    for folder in (DOCS, DOCS / "adr"):
        listed = set(re.findall(r"\]\(([\w./-]+)\)", (folder / "README.md").read_text()))
        assert {page.name for page in folder.glob("*.md")} - {"README.md"} <= listed


@pytest.mark.parametrize("record", sorted((DOCS / "adr").glob("0*.md")), ids=lambda r: r.stem)
def test_a_decision_says_what_it_rests_on(record: Path) -> None:
    """Context, decision, consequences, evidence: in this order, and nothing else."""
    headings = re.findall(r"^#+ (.*)", record.read_text(), re.MULTILINE)

    assert headings[0].startswith(f"{int(record.stem[:4])}. ")
    assert headings[1:] == ["Context", "Decision", "Consequences", "Evidence"]
