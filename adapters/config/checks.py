# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of text that every configuration shares, checked where they are loaded."""

import re
import warnings
from typing import Annotated

from pydantic import AfterValidator

from domain.errors import Invalid
from domain.values import package_name


def _name(text: str) -> str:
    try:
        return package_name(text)
    except Invalid as invalid:
        raise ValueError(str(invalid)) from None


def _pattern(text: str) -> str:
    try:
        with warnings.catch_warnings():
            # What a later Python may read differently is still what the operators mean today.
            warnings.simplefilter("ignore")
            re.compile(text)
    except re.error as error:
        raise ValueError(f"{_short(text)} is not a regular expression: {error}") from None
    except (ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"{_short(text)} is too much for one pattern: {error}") from None
    return text


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}…")  # noqa: PLR2004 - a line's worth


Name = Annotated[str, AfterValidator(_name)]
"""The name of a package, tag or view."""

Pattern = Annotated[str, AfterValidator(_pattern)]
"""A regular expression that compiles."""
