# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables for people: they fit the terminal where words allow it, and obey NO_COLOR."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from adapters.tables import console, csv_cell, drawn, moment, number, one_line, prose

AT = datetime(2024, 8, 13, 11, 54, 47, tzinfo=UTC)
LATER = datetime(2024, 8, 13, 15, 0, tzinfo=UTC)


def lines(width: int, *rows: tuple[object, ...]) -> list[str]:
    """A table as it is drawn on so many columns."""
    screen = Console(file=StringIO(), width=width)
    return list(drawn(screen, (number("NO"), moment("AT"), prose("WHY")), rows))


def test_what_fits_is_a_line_each() -> None:
    """Where there is room each time has its date, without seconds."""
    assert lines(60, (1, AT, "one two"), (20, LATER, "three")) == [
        "NO                AT  WHY",
        " 1  2024-08-13 11:54  one two",
        "20  2024-08-13 15:00  three",
    ]


def test_what_does_not_fit_is_folded_between_words() -> None:
    """Prose takes several lines, and a date is not said twice below each other."""
    shown = lines(36, (1, AT, "one two three four"), (2, LATER, "five"))

    assert max(map(len, shown)) <= 36
    assert [line.split() for line in shown[1:]] == [
        ["1", "2024-08-13", "11:54", "one", "two", "three"],
        ["four"],
        ["2", "15:00", "five"],
    ]


def test_a_long_word_is_broken_only_for_want_of_room() -> None:
    """A name that fits stands whole, one that is wider than the terminal allows is broken."""
    name = "a-name-of-exactly-thirty-chars"

    assert any(name in line for line in lines(60, (1, AT, f"one {name}")))
    assert not any(name in line for line in lines(30, (1, AT, f"one {name}")))


def test_one_line_is_cut() -> None:
    """A column of one line ends in an ellipsis where it does not fit."""
    screen = Console(file=StringIO(), width=40)
    [_, line] = drawn(screen, ("NAME", one_line("DATA")), [("bash", "x " * 40)])

    assert len(line) <= 40
    assert line.endswith("…")


def test_no_rows_are_no_table() -> None:
    """Without a row there is no heading either."""
    assert lines(80) == []


class Terminal(StringIO):
    """A file that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


@pytest.mark.parametrize(("value", "styled"), [(None, True), ("", True), ("1", False)])
def test_no_color_means_no_escape_at_all(
    monkeypatch: pytest.MonkeyPatch, value: str | None, styled: bool
) -> None:
    """With NO_COLOR set not even a heading is bold; set to nothing it says nothing."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    if value is None:
        monkeypatch.delenv("NO_COLOR", raising=False)
    else:
        monkeypatch.setenv("NO_COLOR", value)
    shown = "".join(drawn(console(Terminal()), ("NAME",), [("bash",)]))

    assert ("\x1b" in shown) is styled


@pytest.mark.parametrize("text", ["=1+1", "+1", "-rf", "@SUM(A1)"])
def test_csv_holds_no_formula(text: str) -> None:
    """What people and users of Koji write is text to a spreadsheet, and a number is a number."""
    assert csv_cell(text) == csv_cell((text,)) == f"'{text}"
    assert (csv_cell(-1), csv_cell("1=1"), csv_cell(None)) == ("-1", "1=1", "")
