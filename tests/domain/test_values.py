# SPDX-License-Identifier: GPL-3.0-or-later
"""The values: what may be a name, and how moments and places are ordered."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.values import (
    DAWN,
    FIRST_HUB,
    LAST_YEAR,
    Moment,
    Place,
    nvr_of,
    package_name,
    user_name,
    utc,
    version_part,
)
from tests.domain.given import moment, time

CHECKS: Final[list[Callable[[str], str]]] = [
    package_name,
    version_part,
    user_name,
    lambda text: nvr_of("bash", text),
]

HARMFUL: Final = st.one_of(
    st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Zs"]),
    st.characters(min_codepoint=128),
    st.sampled_from("<>&\"'`\\;|$(){}[]=%?#!*:"),
)
"""What moves a terminal, ends a line, is no ASCII, or means something to HTML, a shell or SQL."""


# --- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize("check", CHECKS)
@drawn(st.text(max_size=5), HARMFUL, st.text(max_size=5))
def test_no_control_or_markup_character_passes(
    check: Callable[[str], str], before: str, harmful: str, after: str
) -> None:
    """Whatever is around it, such a character is in no name."""
    with pytest.raises(Invalid):
        check(before + harmful + after)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("harmful", ["\n", "\0", "\x1b", "<", "&", "\ud800", "\u202e", " "])
def test_none_passes_in_a_name_that_is_good_otherwise(
    check: Callable[[str], str], harmful: str
) -> None:
    """At the start, within, at the end: one is enough."""
    for text in (f"{harmful}bash-1-1", f"bash-1{harmful}-1", f"bash-1-1{harmful}"):
        with pytest.raises(Invalid):
            check(text)


@drawn(st.text(max_size=300))
def test_what_passes_is_returned_as_it_is(text: str) -> None:
    """A check changes nothing, and raises nothing but Invalid."""
    for check in CHECKS:
        try:
            passed = check(text)
        except Invalid:
            continue
        assert passed == text


@pytest.mark.parametrize(
    "name", ["bash", "gcc-c++", "0ad", "python3.11", "R-Rcpp", "_x", "f42", "f42-build-side-12345"]
)
def test_names_of_packages_and_tags_pass(name: str) -> None:
    """The names that Fedora has are names."""
    assert package_name(name) == name


@pytest.mark.parametrize("name", ["", "-rf", ".hidden", "+x", "a" * 256])
def test_what_looks_like_an_option_or_a_path_is_no_name(name: str) -> None:
    """A name begins with a letter, a digit or an underscore, and has an end."""
    with pytest.raises(Invalid):
        package_name(name)


@pytest.mark.parametrize("text", ["1.2~rc1", "1^20240813git1", "1.eln142", "1.fc42,draft_7"])
def test_versions_and_releases_pass(text: str) -> None:
    """Tilde, caret and a draft's comma occur."""
    assert version_part(text) == text


@pytest.mark.parametrize("nvr", ["bash-5.2-1.fc42", "bash-5.2~rc1-1.fc42,draft_7"])
def test_an_nvr_of_its_package_passes(nvr: str) -> None:
    """Name, version and release."""
    assert nvr_of("bash", nvr) == nvr


@pytest.mark.parametrize(
    "nvr", ["bash", "bash-", "bash-1", "bash-1-", "bash--1", "zsh-1-1", "bash-1-1-1", "-1-1"]
)
def test_what_is_no_nvr_of_its_package_is_invalid(nvr: str) -> None:
    """Nothing may be missing, left over, or of another package."""
    with pytest.raises(Invalid):
        nvr_of("bash", nvr)


def test_a_package_with_dashes_has_an_nvr() -> None:
    """The package says where the name ends."""
    assert nvr_of("gcc-c++", "gcc-c++-1-2") == "gcc-c++-1-2"
    with pytest.raises(Invalid):
        nvr_of("gcc", "gcc-c++-1-2")


@pytest.mark.parametrize("user", ["ada", "bodhi/bodhi.example.org@EXAMPLE.ORG", "a_b-c.d+e"])
def test_users_and_principals_pass(user: str) -> None:
    """Koji users are people and services with a Kerberos principal."""
    assert user_name(user) == user


def test_a_long_text_is_cut_in_the_error() -> None:
    """An error never repeats a whole message."""
    with pytest.raises(Invalid) as invalid:
        package_name("<" * 100_000)
    assert len(str(invalid.value)) < 200


# --- times -------------------------------------------------------------------------------------

HOURS: Final = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))


@pytest.mark.parametrize(
    "at",
    [
        datetime(2024, 8, 13, 15),  # noqa: DTZ001 - fedora-messaging sends it without
        datetime(2024, 8, 13, 17, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_a_time_is_moved_to_utc(at: datetime) -> None:
    """A time with an offset is moved, one without is UTC already."""
    assert utc(at) == datetime(2024, 8, 13, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "good"),
    [
        (datetime(FIRST_HUB, 1, 1, tzinfo=UTC), True),
        (datetime(FIRST_HUB, 1, 1, tzinfo=timezone(timedelta(hours=1))), False),
        (datetime(LAST_YEAR, 12, 31, 23, 59, 59, tzinfo=UTC), True),
        (datetime(LAST_YEAR, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-1))), False),
        (datetime(1970, 1, 1, tzinfo=UTC), False),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), False),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))), False),
    ],
)
def test_a_time_that_no_hub_has_seen_is_invalid(at: datetime, good: bool) -> None:
    """The years between which Koji tags are counted in UTC; what has no UTC is out of them."""
    if good:
        assert utc(at) == at
    else:
        with pytest.raises(Invalid, match="no time that anybody lives in"):
            utc(at)


@drawn(st.datetimes(timezones=st.none() | HOURS))
def test_any_time_is_in_utc_or_invalid(at: datetime) -> None:
    """Also one so near to the end of time that its offset leads beyond it."""
    try:
        moved = utc(at)
    except Invalid:
        return
    assert moved.tzinfo is UTC
    assert FIRST_HUB <= moved.year <= LAST_YEAR


# --- moments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("this", "other", "expected"),
    [
        pytest.param(moment(2), moment(1), True, id="later"),
        pytest.param(moment(1), moment(2), False, id="earlier"),
        pytest.param(moment(1), moment(1), True, id="same second"),
        pytest.param(moment(1, 5), moment(1), True, id="same second, one event known"),
        pytest.param(moment(1, 5), moment(1, 6), False, id="same second, earlier event"),
        pytest.param(moment(1, 6), moment(1, 5), True, id="same second, later event"),
        pytest.param(moment(1, 6), moment(2, 5), True, id="by event, whatever the clock said"),
        pytest.param(moment(1, 9), moment(2), False, id="by time where an event is not known"),
    ],
)
def test_by_event_where_both_are_known_else_by_time(
    this: Moment, other: Moment, expected: bool
) -> None:
    """Koji's event numbers order what happened; without them the time does."""
    assert this.not_before(other) is expected


MOMENTS: Final = st.builds(moment, st.integers(0, 3), st.integers(0, 3))


@drawn(MOMENTS, MOMENTS)
def test_of_two_moments_one_is_not_before_the_other(one: Moment, other: Moment) -> None:
    """There is always an answer."""
    assert one.not_before(other) or other.not_before(one)


# --- places ------------------------------------------------------------------------------------

PLACES: Final = st.builds(
    Place,
    after_baseline=st.booleans(),
    at=st.integers(0, 2).map(time),
    event=st.integers(0, 2),
    build_id=st.integers(1, 3),
)


@drawn(st.lists(PLACES, max_size=6))
def test_places_are_ordered_by_baseline_time_event_and_build(places: list[Place]) -> None:
    """Baseline builds come first; then time of tagging, Koji event, build id."""
    fields = [(p.after_baseline, p.at, p.event, p.build_id) for p in sorted(places)]
    assert fields == sorted(fields)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (Place(False, time(9), 9, 9), Place(True, time(1), 1, 1)),
        (Place(True, time(1), 9, 9), Place(True, time(2), 1, 1)),
        (Place(True, time(1), 1, 9), Place(True, time(1), 2, 1)),
        (Place(True, time(1), 1, 1), Place(True, time(1), 1, 2)),
    ],
)
def test_each_field_decides_before_those_after_it(earlier: Place, later: Place) -> None:
    """What comes first outweighs all that comes after."""
    assert earlier < later


def test_dawn_is_before_all_that_koji_knows() -> None:
    """Nothing was tagged before it."""
    assert datetime(1970, 1, 1, tzinfo=UTC) > DAWN
