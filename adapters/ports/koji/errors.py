# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with a hub, by what may be done about it.

::

    EbsError
    └── KojiError
        ├── KojiTransient   nothing was done, and the same call may succeed later (DependencyDown)
        ├── KojiPermanent   nothing was done, and the same call will fail again
        │   └── KojiDenied  likewise, for want of a login or permission (NotPermitted)
        └── KojiAmbiguous   a write whose answer was lost: look what became of it, never repeat it
"""

from adapters.errors import DependencyDown, NotPermitted
from domain.errors import EbsError


class KojiError(EbsError):
    """A call failed; ``code`` is the hub's fault code, None where it did not get to answer."""

    def __init__(self, what: str, *, why: str = "", do: str = "", code: int | None = None) -> None:
        super().__init__(what, why=why, do=do)
        self.code = code

    def __repr__(self) -> str:
        """With the reason, for it is what a log shows of an attempt that failed."""
        return f"{type(self).__name__}({str(self)!r})"


class KojiTransient(KojiError, DependencyDown):
    """Nothing was done; the same call may succeed later."""


class KojiPermanent(KojiError):
    """Nothing was done; the same call will fail again."""


class KojiDenied(KojiPermanent, NotPermitted):
    """The hub knows who asks, or does not, and says no."""


class KojiAmbiguous(KojiError):
    """A write whose answer was lost: it may have been done."""
