# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that only the world outside can cause, beside those of the domain.

::

    EbsError
    ├── DependencyDown   what this rests on does not answer
    └── NotPermitted     it answers, and says no
"""

from typing import Final

import msgspec

from domain.errors import EbsError

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What the decoder raises at ill-formed JSON, the last at what is nested too deep."""


class DependencyDown(EbsError):
    """A database, hub, repository or server does not answer; the same call may succeed later."""


class NotPermitted(EbsError):
    """The user, the credentials or the file's mode do not allow it."""
