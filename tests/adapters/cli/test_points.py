# SPDX-License-Identifier: GPL-3.0-or-later
"""Points in time as they are typed: three forms, and an error that says which."""

from datetime import UTC, datetime, timedelta, timezone

import click
import pytest

from adapters.cli.points import PointInTime, from_point, spanned, to_point
from adapters.store.log import EventLog
from projections.points import Point


def read(text: str) -> Point:
    """What a text stands for."""
    return PointInTime().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2024-08-20T12:00Z", datetime(2024, 8, 20, 12, tzinfo=UTC)),
        ("2024-08-20T12:00:30.5+02:00", datetime(2024, 8, 20, 10, 0, 30, 500_000, UTC)),
        ("2024-08-20 12:00-05:30", datetime(2024, 8, 20, 17, 30, tzinfo=UTC)),
        ("20240820T120000Z", datetime(2024, 8, 20, 12, tzinfo=UTC)),
    ],
)
def test_a_time_bears_its_offset(text: str, at: datetime) -> None:
    """ISO 8601, in UTC from then on."""
    assert read(text) == at


@pytest.mark.parametrize(("text", "position"), [("0", 0), ("1200", 1200), ("20240820", 20240820)])
def test_digits_are_a_position(text: str, position: int) -> None:
    """Whatever else they could be taken for."""
    assert read(text) == position


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("-90s", timedelta(seconds=90)),
        ("-90m", timedelta(minutes=90)),
        ("-6h", timedelta(hours=6)),
        ("-3d", timedelta(days=3)),
    ],
)
def test_so_long_ago(text: str, ago: timedelta) -> None:
    """Seconds, minutes, hours or days before now."""
    found = read(text)
    assert isinstance(found, datetime)
    assert abs(datetime.now(UTC) - ago - found) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("text", "offer"),
    [
        ("2024-08-20T12:00", "2024-08-20T12:00Z"),
        ("2024-08-20 12:00:00", "2024-08-20 12:00:00Z"),
        ("2024-08-20", "2024-08-20T00:00Z"),
    ],
)
def test_a_time_without_an_offset_is_refused_with_the_one_to_add(
    text: str, offer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both that of UTC and that of the machine, which can be typed as they are offered."""
    with pytest.raises(click.BadParameter) as refused:
        read(text)
    local = datetime.fromisoformat(text).astimezone()

    assert f"{offer} in UTC" in refused.value.message
    assert isinstance(read(offer), datetime)
    here = refused.value.message.split(" or ")[1].removesuffix(" as it is here")
    assert read(here) == local


@pytest.mark.parametrize(
    "text", ["", "yesterday", "6h", "-6", "-6w", "-999999d", "1.5", "-1", "٣", "2024-13-01T00:00Z"]
)
def test_what_is_none_of_the_three_is_refused(text: str) -> None:
    """The error shows each form."""
    with pytest.raises(click.BadParameter) as refused:
        read(text)

    for form in ("2024-08-20T12:00Z", "1200", "-6h"):
        assert form in refused.value.message


@click.command()
@from_point
@to_point
def between(start: Point | None, end: Point | None) -> tuple[Point | None, Point | None]:
    """Return what was given."""
    return start, end


def test_an_option_takes_what_begins_with_a_minus() -> None:
    """-6h is a value and no option."""
    start, end = between.main(["--from", "7", "--to", "-6h"], standalone_mode=False)
    assert start == 7
    assert abs(datetime.now(UTC) - timedelta(hours=6) - end) < timedelta(seconds=5)


def test_from_after_to_is_wrong_usage(log: EventLog) -> None:
    """It is what was typed that is wrong, so it exits like any usage error."""
    now = datetime.now(timezone(timedelta(hours=2)))
    with log.reading() as cursor, pytest.raises(click.UsageError, match="--from comes after --to"):
        spanned(cursor, now, now - timedelta(hours=1))
