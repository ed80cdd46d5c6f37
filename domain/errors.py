# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors a person may meet, each saying what failed, why, and what to do next.

::

    EbsError
    ├── Invalid      the input is ill-formed
    ├── NotFound     the thing named does not exist
    ├── Refused      a rule of the domain forbids it
    └── Conflict     somebody else changed what this rests on

Adapters add branches for the world outside (a dependency that is down, a missing permission).
"""


class EbsError(Exception):
    """Base of all expected errors: ``what`` failed, ``why``, and what to ``do`` about it."""

    def __init__(self, what: str, *, why: str = "", do: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.do = do

    def __str__(self) -> str:
        return ": ".join(part for part in (self.what, self.why) if part)


class Invalid(EbsError):
    """The input is ill-formed; nothing of it was taken."""


class NotFound(EbsError):
    """The package, build or plan named is unknown here."""


class Refused(EbsError):
    """A rule of the domain forbids what was asked."""


class Conflict(EbsError):
    """The log moved on while this was being decided; asking again is safe."""
