# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodhi as the use cases see it.

::

    EbsError
    └── BodhiError
        ├── BodhiTransient   nothing was done, and the same may succeed later (DependencyDown)
        ├── BodhiPermanent   Bodhi says no, or something that makes no sense (Invalid)
        │   └── BodhiDenied  likewise, for want of a login or permission (NotPermitted)
        └── BodhiAmbiguous   an update was asked for, and the answer was lost: look, never repeat it
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from adapters.errors import DependencyDown, NotPermitted
from domain.errors import EbsError, Invalid


class BodhiError(EbsError):
    """A question or a request failed."""


class BodhiTransient(BodhiError, DependencyDown):
    """Nothing was done; the same may succeed later."""


class BodhiPermanent(BodhiError, Invalid):
    """Bodhi refused, and says why, or its answer makes no sense."""


class BodhiDenied(BodhiPermanent, NotPermitted):
    """Bodhi, or its login, does not let us."""


class BodhiAmbiguous(BodhiError):
    """A request whose answer was lost: it may have been carried out."""


class Bodhi(Protocol):
    """Where Fedora's releases and updates are kept.

    Every method raises BodhiTransient where Bodhi does not answer, BodhiPermanent where its answer
    makes no sense.
    """

    def rawhide_tag(self) -> str:
        """Return the tag that Rawhide's builds land in, such as ``f44``.

        Raises NotFound where there is no pending release of the branch rawhide.
        """

    def update_of(self, side_tag: str) -> str | None:
        """Return the alias of the update that was made of a side tag, None where there is none."""

    def updates_of_builds(self, nvrs: Sequence[str]) -> Mapping[str, str]:
        """Return the alias of the update that each build came in, by its NVR.

        Builds that Bodhi does not know, or that are in no update, are left out.
        """

    def submit(self, side_tag: str, notes: str) -> str:
        """Have an update made of what a side tag holds, and return its alias.

        That there is one of that side tag already is an answer, too. Raises BodhiPermanent with
        Bodhi's reason where it refuses, BodhiAmbiguous where its answer was lost.
        """
