# SPDX-License-Identifier: GPL-3.0-or-later
"""Channels: since when they tell, how far they have told, and when a digest is due."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.service import Service
from domain.service.channels import Schedule, adopt_channels, due_digests
from domain.service.events import (
    ChannelsAdopted,
    DigestDue,
    MessagePublished,
    NoticeRefused,
    Notified,
    Period,
)
from domain.service.state import Progress, Refusal
from tests.domain.given import MIDNIGHT, time
from tests.domain.service.given import after, said

MAIL = said(ChannelsAdopted(("mail",)))
BOTH = said(ChannelsAdopted(("bus", "mail")), 10)
HOUR = timedelta(hours=1)
TUESDAY = MIDNIGHT
"""13 August 2024."""


def test_a_new_channel_begins_where_it_is_adopted() -> None:
    """What was recorded before is not its business."""
    channels = after(said(Notified("mail", "failures", 1)), MAIL).channels

    assert channels == {"mail": Progress(time(0), begun=2, position=2)}


def test_what_is_configured_is_adopted_once() -> None:
    """The set is on record where it is another than the one in force."""
    assert list(adopt_channels(Service(), ["mail", "bus"])) == [ChannelsAdopted(("bus", "mail"))]
    assert list(adopt_channels(after(BOTH), ["mail", "bus"])) == []
    assert list(adopt_channels(Service(), [])) == []


def test_the_others_keep_their_place() -> None:
    """A channel that joins, and one that leaves, change nothing for those that stay."""
    told = after(MAIL, said(Notified("mail", "failures", 7)), BOTH)

    assert told.channels["mail"].position == 7
    assert told.channels["bus"].position == 3
    left = after(said(ChannelsAdopted(("bus",))), start=told)
    assert left.channels == {"bus": told.channels["bus"]}


def test_one_that_comes_back_begins_anew() -> None:
    """What happened while it was not configured is not told, nor what it had left."""
    back = after(MAIL, said(Notified("mail", "failures", 1)), said(ChannelsAdopted(())), MAIL)

    assert back.channels["mail"].position == 4


def test_how_far_a_channel_has_told() -> None:
    """The position of the last event told of, and which notices of it: one may make several."""
    service = after(BOTH, said(Notified("mail", "failures", 7)), said(Notified("mail", "fixed", 7)))
    assert service.channels["mail"].notices == ("failures", "fixed")

    service = after(said(Notified("mail", "plan-held", 9)), start=service)
    assert (service.channels["mail"].position, service.channels["mail"].notices) == (
        9,
        ("plan-held",),
    )
    assert service.channels["bus"].position == 1


def test_it_does_not_grow_with_what_is_told() -> None:
    """However much is told, the state holds two numbers of each channel."""
    many = [said(MessagePublished("bus", "package.rebuilt", n)) for n in range(2, 1_000)]

    assert after(BOTH, *many).channels["bus"].notices == ("package.rebuilt",)


def test_a_channel_that_is_unknown_is_passed_over() -> None:
    """It was dropped meanwhile."""
    assert after(said(Notified("mail", "failures", 1))).channels == {}


def due(service: Service, now: datetime, *periods: Period) -> list[DigestDue]:
    """Return the digests that are due."""
    return list(due_digests(service, "mail", Schedule(periods or ("daily", "weekly")), now))


def test_the_first_digest_reaches_back_to_the_adoption() -> None:
    """Adopted at midnight, the first one is due at six, and is about six hours."""
    service = after(MAIL)

    assert due(service, TUESDAY + 5 * HOUR) == []
    assert due(service, TUESDAY + 6 * HOUR) == [
        DigestDue("mail", "daily", TUESDAY, TUESDAY + 6 * HOUR, after=1)
    ]


def test_a_digest_follows_on_the_one_before() -> None:
    """It is about what was recorded since; a day that was missed is part of it."""
    first = DigestDue("mail", "daily", TUESDAY, TUESDAY + 6 * HOUR, after=1)
    service = after(MAIL, said(first))

    assert due(service, TUESDAY + 29 * HOUR) == []
    assert due(service, TUESDAY + 80 * HOUR) == [
        DigestDue("mail", "daily", first.until, TUESDAY + 78 * HOUR, after=2)
    ]


@pytest.mark.parametrize("day", range(19, 26))
def test_the_weekly_one_is_due_on_mondays(day: int) -> None:
    """On Monday at six, and on no other day once it is on record."""
    monday = datetime(2024, 8, 19, 6, tzinfo=UTC)
    [found] = due(after(MAIL), datetime(2024, 8, day, 7, tzinfo=UTC), "weekly")

    assert (found.since, found.until) == (TUESDAY, monday)
    service = after(MAIL, said(found))
    assert due(service, datetime(2024, 8, day, 8, tzinfo=UTC), "weekly") == []


def test_no_digest_without_a_channel_or_a_wish() -> None:
    """A channel that is not adopted has none, nor one that is to send none."""
    assert due(Service(), TUESDAY + 100 * HOUR) == []
    assert list(due_digests(after(MAIL), "mail", Schedule(), TUESDAY + 100 * HOUR)) == []


def test_a_refusal_counts_as_told_until_something_is_taken_over() -> None:
    """What was refused is passed over, and remembered while nothing else was taken over."""
    refused = after(MAIL, said(NoticeRefused("mail", "failures", 7, "554 spam"), 5))
    channel = refused.channels["mail"]
    taken = after(said(Notified("mail", "fixed", 7)), start=refused).channels["mail"]

    assert (channel.position, channel.notices) == (7, ("failures",))
    assert channel.refused == Refusal(time(5), "failures", 7, "554 spam")
    assert (taken.refused, taken.notices) == (None, ("failures", "fixed"))
