# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told to the world, and since when: channels are adopted, digests fall due."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from domain.service.events import ChannelsAdopted, DigestDue, Period
from domain.service.state import Digested, Progress, Service


class Schedule(Struct, frozen=True):
    """Which digests a channel sends, and at what hour (UTC); the weekly one on Mondays."""

    periods: tuple[Period, ...] = ()
    hour: int = 6


def adopt_channels(service: Service, configured: Collection[str]) -> Iterator[ChannelsAdopted]:
    """Yield what is configured, where it is not what is in force."""
    if set(configured) != set(service.channels):
        yield ChannelsAdopted(tuple(sorted(configured)))


def due_digests(
    service: Service, channel: str, schedule: Schedule, now: datetime
) -> Iterator[DigestDue]:
    """Yield the digests whose time has come; one that was missed is part of the next."""
    adopted = service.channels.get(channel)
    if adopted is None:
        return
    for period in schedule.periods:
        last, until = _last(adopted, period), _latest(period, schedule.hour, now)
        if until > last.until:
            yield DigestDue(channel, period, last.until, until, last.position)


def _last(channel: Progress, period: Period) -> Digested:
    """Return how far the last digest reached; before the first, the channel's adoption."""
    return channel.digests.get(period) or Digested(channel.since, channel.begun)


def _latest(period: Period, hour: int, now: datetime) -> datetime:
    """Return the last time not after ``now`` at which a digest is due."""
    at = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    if at > now:
        at -= timedelta(days=1)
    return at - timedelta(days=at.weekday()) if period == "weekly" else at
