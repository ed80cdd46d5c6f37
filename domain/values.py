# SPDX-License-Identifier: GPL-3.0-or-later
"""The values every part speaks in: names, moments, places, modes."""

import re
from datetime import UTC, datetime
from typing import Final, Literal

from msgspec import Struct

from domain.errors import Invalid

Mode = Literal["live", "scratch", "shadow"]
"""Each mode has a ledger of its own and sees only that."""

Via = Literal["message", "catch-up", "baseline", "person", "service"]
"""How a fact or decision came into the log; ``service`` is a decision of our own."""

DAWN: Final = datetime.min.replace(tzinfo=UTC)
"""Before every moment that Koji knows of."""

FIRST_HUB: Final = 2005
LAST_YEAR: Final = 2200
"""Between these years Koji tags; what is outside is a broken clock or worse."""

# What Koji accepts in a name, less what it accepts and nobody uses (spaces, quotes, markup).
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,254}")
_USER: Final = re.compile(r"[A-Za-z0-9_.+@/-]{1,255}")
_SOURCE: Final = re.compile(r"[\x21-\x7e]{1,1000}")
_VERSION: Final = re.compile(r"[A-Za-z0-9_.+~^,]{1,254}")


def package_name(text: str) -> str:
    """Return ``text`` if it can be the name of a package or tag, so that no markup gets past here.

    Raises Invalid otherwise.
    """
    return _matching(_NAME, text, "name")


def version_part(text: str) -> str:
    """Return ``text`` if it can be a version or a release (``,`` occurs in a draft's release).

    Raises Invalid otherwise.
    """
    return _matching(_VERSION, text, "version or release")


def nvr_of(package: str, text: str) -> str:
    """Return ``text`` if it is a name-version-release of the package. Raises Invalid otherwise."""
    version, dash, release = text.removeprefix(f"{package}-").partition("-")
    if not text.startswith(f"{package}-") or not dash:
        raise Invalid(f"{text[:60]!r} is not an NVR of {package}")
    version_part(version)
    version_part(release)
    return text


def source_url(text: str) -> str:
    """Return ``text`` if it can be the source of a build. Raises Invalid otherwise."""
    return _matching(_SOURCE, text, "source")


def user_name(text: str) -> str:
    """Return ``text`` if it can be a Koji user or Kerberos principal. Raises Invalid otherwise."""
    return _matching(_USER, text, "user name")


def _matching(pattern: re.Pattern[str], text: str, kind: str) -> str:
    if pattern.fullmatch(text) is None:
        raise Invalid(f"{text[:60]!r} is not a {kind}", why=f"it must match {pattern.pattern}")
    return text


def utc(at: datetime) -> datetime:
    """Return a time in UTC; one without an offset is UTC already.

    Raises Invalid for one that no hub can have lived to see.
    """
    try:
        moved = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        moved = DAWN
    if not FIRST_HUB <= moved.year <= LAST_YEAR:
        raise Invalid(f"{at.isoformat()} is no time that anybody lives in")
    return moved


def detailed(what: str, detail: str) -> str:
    """Return what there is to tell, and in detail where more is known."""
    return f"{what}: {detail}" if detail else what


def minute(at: datetime) -> str:
    """Return a time as sentences name it: in UTC, to the minute."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}Z"


class Moment(Struct, frozen=True, order=True, array_like=True, gc=False):
    """When Koji did something: its time (UTC), and its event number, 0 while not known.

    A message bears whole seconds and no event number; Koji's history bears both.
    """

    at: datetime
    event: int = 0

    def not_before(self, other: "Moment") -> bool:
        """Whether this is at or after ``other``; by event numbers where both are known."""
        if self.event and other.event:
            return self.event >= other.event
        return self.at >= other.at


class Place(Struct, frozen=True, order=True, array_like=True, gc=False):
    """A build's position in the order of its package.

    Builds of the first baseline come first, for the baseline cannot tell when they were tagged;
    then time of tagging, Koji event, build id. Never arrival, never a comparison of versions.
    """

    after_baseline: bool
    at: datetime
    event: int
    build_id: int
