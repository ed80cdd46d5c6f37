# SPDX-License-Identifier: GPL-3.0-or-later
"""Every format shows any event, steers nobody's terminal, browser or table, and says the same."""

import csv
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from rich.console import Console

import adapters.timeline
from adapters.cli.timeline import FORMATS as OFFERED
from adapters.timeline import Source, rendered
from adapters.timeline.data import COLUMNS
from adapters.timeline.formats import FORMATS
from adapters.timeline.layout import LEFT, RIGHT, WIDTH, laid_out
from adapters.timeline.templates import markdown
from domain.batch.events import BuildFinished
from domain.envelope import Recorded
from domain.service.events import GapFound, NoteAdded, Paused, PlanApproved, PlanHeld, Resumed
from projections.timeline import Mark, Timeline, Wanted
from tests.projections.timeline.given import (
    EXAMPLES,
    LIFE,
    at,
    drawn,
    logs,
    marks,
    recorded,
    tagged,
)

SOURCE = Source("ebs timeline --from 1 --to 9", 12, "ab" * 32)
README = Path(adapters.timeline.__file__).with_name("README.md")
SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<script>alert(1)</script> \x1b[31m]]> | `*[x](http://evil.example) \u202e &amp; {{ 7*7 }}"

each_format = pytest.mark.parametrize("form", FORMATS)


def screen(width: int) -> Console:
    """Return a screen without colours."""
    return Console(width=width, color_system=None)


def shown(form: str, timeline: Timeline) -> str:
    """Return a timeline in a format, with room for everything."""
    return "\n".join(rendered(form, timeline, SOURCE, screen(200)))


def everything() -> Timeline:
    """Return a timeline with every event there is."""
    return drawn(*(recorded(n, event, n % 60) for n, event in enumerate(EXAMPLES, 1)))


def nasty() -> Timeline:
    """Return a timeline of which everything was said by somebody who means harm."""
    return drawn(
        recorded(1, NoteAdded(NASTY), 1, actor="eve"),
        recorded(2, Paused(NASTY), 2),
        recorded(3, BuildFinished(1, "failed", detail=NASTY), 3),
    )


def test_every_format_is_offered() -> None:
    """The command line names what there is, without looking."""
    assert tuple(FORMATS) == OFFERED


# --- whatever happens --------------------------------------------------------------------------


@each_format
def test_every_event_is_shown(form: str) -> None:
    """No event there is fails to be rendered, and none leaves a control character."""
    text = shown(form, everything())

    assert text
    assert all(line.isprintable() for line in text.split("\n"))


@given(log=logs())
def test_any_log_is_shown(log: list[Recorded]) -> None:
    """In whatever order things happened, in every format, also unfolded."""
    for unfold in (False, True):
        timeline = drawn(*log, unfold=unfold)
        for form in FORMATS:
            assert all(line.isprintable() for line in shown(form, timeline).split("\n"))


@each_format
def test_nothing_happened(form: str) -> None:
    """An empty window is shown, too."""
    assert shown(form, drawn())


@each_format
def test_nothing_that_is_said_gets_through(form: str) -> None:
    """No markup, no escape sequence, no turned text; a template is not filled twice."""
    text = shown(form, nasty())

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "<script" not in text or form in ("text", "json", "csv")
    assert "{{ 7" in text


def test_markdown_says_what_was_said() -> None:
    """No link, no table, no HTML, no mention comes of it."""
    text = markdown("a | b <i>c</i> [d](https://e.example) `f` *g* _h_ @ada &lt;")

    assert text == (
        r"a \| b &#60;i&#62;c&#60;/i&#62; \[d\](https:\//e.example)"
        r" \`f\` \*g\* \_h\_ &#64;ada &#38;lt;"
    )


@each_format
def test_what_is_hidden_is_said(form: str) -> None:
    """By how many events, wherever a person or a program reads it."""
    text = shown(form, drawn(*LIFE, wanted=Wanted(topics=frozenset({"tagged"}))))

    if form == "json":
        assert json.loads(text)["counts"] == {"shown": 2, "folded": 0, "hidden": 6}
    elif form != "csv":
        assert "Filters: 6 hidden" in text


@pytest.mark.parametrize("form", ["text", "md", "html"])
def test_by_what_it_can_be_made_again_is_said(form: str) -> None:
    """The command, the position up to which the log was read, and its digest there."""
    text = shown(form, drawn(*LIFE))

    assert SOURCE.command in text
    assert f"position {SOURCE.position}" in text
    assert SOURCE.digest in text


# --- text --------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 120])
def test_text_is_as_wide_as_the_screen(width: int) -> None:
    """Chart and table stand within it; only the command at the end sticks out."""
    lines = list(rendered("text", drawn(*LIFE, *tagged(9, start=9)), SOURCE, screen(width)))
    body = lines[: lines.index(f"made by: {SOURCE.command}")]

    assert max(map(len, body)) <= width


def test_text_tells_apart_by_shapes() -> None:
    """A span with open ends, a gap, a fold, a failure, each by a character of its own."""
    timeline = drawn(
        recorded(1, Resumed(), 30),
        recorded(2, GapFound(at(5), at(45), {"f41": 3}), 50),
        *tagged(9, start=3),
        recorded(20, BuildFinished(99, "failed", detail="no compiler"), 40),
        before=[recorded(0, Paused("x"), -5)],
    )
    text = shown("text", timeline)

    assert re.search(r"pause +◂─+‖─+┤", text)
    assert re.search(r"gaps +░+", text)
    assert "✗ build 99 failed: no compiler" in text
    assert "○ 9 builds tagged into f42 (package-0, package-1, package-2 and 6 more)" in text


def test_text_says_what_led_to_what() -> None:
    """By the number of the mark."""
    timeline = drawn(
        recorded(1, PlanHeld("a", "too much", ()), 1),
        recorded(2, PlanApproved("a"), 2),
        recorded(3, NoteAdded("so"), 3, causation="service@2"),
    )

    assert "note: so ← 1" in shown("text", timeline)


# --- programs ----------------------------------------------------------------------------------


def test_json_has_the_model_and_its_source() -> None:
    """Keys as documented; each event's position is in one mark."""
    document = json.loads(shown("json", drawn(*LIFE)))
    lanes = document["lanes"]
    positions = [
        p for lane in lanes for t in lane["tracks"] for m in t["marks"] for p in m["positions"]
    ]

    assert document.keys() == {"source", "window", "lanes", "counts", "figures"}
    assert document["source"] == {
        "command": SOURCE.command,
        "position": SOURCE.position,
        "digest": SOURCE.digest,
    }
    assert sorted(positions) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert document["window"]["since"] == "2024-08-13T00:00:00Z"


def test_what_programs_may_rely_on_is_documented() -> None:
    """Each key of a mark, and each column of CSV, is in the README of the formats."""
    documented = set(re.findall(r"`(\w+)`", README.read_text()))

    assert set(Mark.__struct_fields__) <= documented
    assert set(COLUMNS) <= documented | {"lane", "track"}


def test_csv_has_a_row_a_mark() -> None:
    """Under a header that does not change."""
    timeline = drawn(*LIFE)
    header, *rows = csv.reader(shown("csv", timeline).splitlines())

    assert tuple(header) == COLUMNS
    assert len(rows) == len(marks(timeline))
    assert sum(int(row[COLUMNS.index("events")]) for row in rows) == len(LIFE)


def test_csv_says_no_formula() -> None:
    """A note is text, and so is a user of Koji, who may be called +1."""
    timeline = drawn(recorded(1, NoteAdded("=1+1"), 1, actor="+1"))
    row = next(csv.DictReader(shown("csv", timeline).splitlines()))

    assert (row["said"], row["actors"]) == ("'=1+1", "'+1")


# --- the picture -------------------------------------------------------------------------------


def test_svg_is_xml_with_title_and_description() -> None:
    """It is named for who does not see it, and each mark says all of itself."""
    root = ElementTree.fromstring(shown("svg", everything()))  # noqa: S314 - our own
    titles = [title.text for title in root.iter(f"{SVG}title")]

    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert set(str(root.get("aria-labelledby")).split()) == {
        each.get("id")
        for each in (root.find(f"{SVG}title"), root.find(f"{SVG}desc"))
        if each is not None
    }
    assert len(titles) == 1 + len(marks(everything()))


def test_svg_is_xml_whatever_is_said() -> None:
    """What is no character of XML is not put into it."""
    root = ElementTree.fromstring(shown("svg", nasty()))  # noqa: S314 - our own

    assert not list(root.iter(f"{SVG}script"))


@given(log=logs())
def test_nothing_stands_over_anything_else(log: list[Recorded]) -> None:
    """Marks and their labels have room of their own, within the picture."""
    layout = laid_out(drawn(*log))
    boxes: dict[float, list[tuple[float, float]]] = {}
    for item in (item for row in layout.rows for item in row.items):
        assert LEFT <= item.x <= item.end <= WIDTH - RIGHT + 0.1
        assert item.left >= LEFT - 1
        boxes.setdefault(item.y, []).append((item.left, item.right))
    for row in map(sorted, boxes.values()):
        assert all(before[1] <= after[0] for before, after in pairwise(row))


def test_links_lead_from_causes() -> None:
    """An arrow begins at what led to it."""
    timeline = drawn(
        recorded(1, Paused("x"), 1), recorded(2, NoteAdded("so"), 3, causation="service@1")
    )
    [link] = laid_out(timeline).links

    assert link.x1 < link.x2


# --- the page ----------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.tags.append((tag, dict(attrs)))

    def count(self, tag: str) -> int:
        """How many there are."""
        return sum(name == tag for name, _ in self.tags)


def test_the_page_needs_nothing_from_outside() -> None:
    """No script, no address to load from, and a policy that forbids both."""
    page = Page(shown("html", everything()))
    loads = [a for _, attrs in page.tags for a in attrs if a in ("src", "srcset", "data", "action")]
    links = [attrs["href"] for tag, attrs in page.tags if "href" in attrs]
    policies = [attrs.get("content") for _, attrs in page.tags if "http-equiv" in attrs]

    assert page.count("script") == page.count("link") == page.count("iframe") == 0
    assert loads == []
    assert all(str(link).startswith("#m") for link in links)
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_the_page_can_be_read_aloud() -> None:
    """It has a language, a heading, captions over its tables and heads over their columns."""
    page = Page(shown("html", everything()))

    assert ("html", {"lang": "en"}) in page.tags
    assert page.count("h1") == page.count("main") == 1
    assert page.count("table") == page.count("caption") == 2
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in page.tags if tag == "th")


def test_the_page_opens_folds_on_demand() -> None:
    """Without a script: the names are there, folded."""
    timeline = drawn(*tagged(150))
    text = shown("html", timeline)

    assert Page(text).count("details") == 1
    assert "<summary>100 of 150</summary>package-0, package-1" in text


def test_markdown_asks_for_what_the_log_cannot_know() -> None:
    """A post-mortem with what is known filled in, and what failed or waited named as its impact."""
    text = shown("md", drawn(*LIFE, recorded(20, BuildFinished(1, "failed"), 40)))
    headings = re.findall(r"^##? (.+)$", text, re.MULTILINE)

    assert headings[1:] == [
        "Summary",
        "Impact",
        "Timeline",
        "Contributing factors",
        "Actions",
        "How this was made",
    ]
    assert "* bash-1-1.fc41 failed" in text
    assert text.count("\n| ") >= len(LIFE)


def test_a_mark_that_is_nobodys_is_by_nobody() -> None:
    """A dash, not an empty cell."""
    assert "| service | ‖ paused: x · goes on | - |" in shown(
        "md", drawn(recorded(1, Paused("x"), 1))
    )
