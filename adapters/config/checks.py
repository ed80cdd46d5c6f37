# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of text that every configuration shares, checked where they are loaded."""

import re
import warnings
from collections.abc import Callable
from time import thread_time
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from domain.errors import Invalid
from domain.values import package_name, user_name

UNTOLD: Final = "untold"
"""The kind of error whose input is not to be shown."""

_LONG_NAMES: Final = (
    "libreoffice-gallery-vrt-network-equipment",
    "python-jupyter-server-fileid-extension",
    "perl-MooseX-Role-Parameterized-Extended",
    "rust-x11rb-protocol0.12-experimental",
)
"""As packages are called; no pattern needs a thousandth of a second for one."""

_SECONDS: Final = 0.1
"""Of the processor, so that a busy machine refuses nothing."""

_MAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def _checked(check: Callable[[str], str]) -> AfterValidator:
    """A check of the domain, as pydantic asks for it."""

    def valid(text: str) -> str:
        try:
            return check(text)
        except Invalid as invalid:
            raise ValueError(str(invalid)) from None

    return AfterValidator(valid)


def _web_address(text: str) -> str:
    """No password may be in it, for addresses end up in logs; then it is not repeated, either."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not text.isprintable():
        raise ValueError("is no address: write https://host/path")
    if parts.username is not None:
        raise PydanticCustomError(UNTOLD, "a user or password is in the address")
    return text


def _mail_address(text: str) -> str:
    if _MAIL.fullmatch(text) is None:
        raise ValueError("is no mail address: write name@host")
    return text


def _pattern(text: str) -> str:
    try:
        with warnings.catch_warnings():
            # What a later Python may read differently is still what the operators mean today.
            warnings.simplefilter("ignore")
            _refuse_endless(re.compile(text))
    except re.error as error:
        raise ValueError(f"{_short(text)} is not a regular expression: {error}") from None
    except (ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"{_short(text)} is too much for one pattern: {error}") from None
    return text


def _refuse_endless(pattern: re.Pattern[str]) -> None:
    """Raise ValueError for one like (x+)+, which tries each way to divide a name: 2 to its length.

    A name grows by a letter each time, so that this ends soon where a pass would not end at all;
    and it would still judge by such a pattern a day after another policy was adopted.
    """
    for name in _LONG_NAMES:
        for length in range(1, len(name) + 1):
            began = thread_time()
            pattern.search(name[:length])
            if thread_time() - began > _SECONDS:
                raise ValueError(f"it takes too long for a name of {length} letters")


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}…")  # noqa: PLR2004 - a line's worth


Name = Annotated[str, _checked(package_name), Field(title="name")]
"""The name of a package, tag or view."""

User = Annotated[str, _checked(user_name), Field(title="name")]
"""A Koji user or Kerberos principal."""

WebAddress = Annotated[str, AfterValidator(_web_address), Field(title="address")]
"""An address by http or https."""

MailAddress = Annotated[str, AfterValidator(_mail_address), Field(title="mail address")]
"""A mail address, and nothing beside it."""

Pattern = Annotated[str, AfterValidator(_pattern), Field(title="pattern")]
"""A regular expression that compiles."""
