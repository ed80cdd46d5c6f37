# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies of requests, JSON or a form, read after it is known that who sends it may."""

from typing import Annotated, Final, TypeVar
from urllib.parse import parse_qsl

import msgspec
from fastapi import Depends, Request
from msgspec import Struct

from adapters.errors import UNREADABLE
from adapters.web.problems import WrongType
from domain.errors import Invalid

URLENCODED: Final = "application/x-www-form-urlencoded"
MOST: Final = 50
"""Fields of a form."""

T = TypeVar("T")


class Asking(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what a body may hold: a misspelt key is told, not passed over."""


class JsonBody:
    """A body that is said to be JSON."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def read(self, kind: type[T]) -> T:
        """Return what it holds. Raises Invalid, which names the first fault."""
        try:
            return msgspec.json.decode(self._raw, type=kind)
        except UNREADABLE as error:
            raise Invalid("the body cannot be read", why=str(error)) from None


class FormBody:
    """What somebody filled in on a page; a field that was left empty is not there."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def read(self, kind: type[T]) -> T:
        """Return what it holds. Raises Invalid, which names the first fault."""
        try:
            fields = dict(parse_qsl(self._raw.decode("ascii", "replace"), max_num_fields=MOST))
            return msgspec.convert(fields, kind, strict=False)
        except (ValueError, msgspec.ValidationError) as error:
            raise Invalid("the form cannot be read", why=str(error)) from None


async def _body(request: Request) -> JsonBody:
    """Take the body. Raises WrongType: a form of another site can send other types unasked."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise WrongType("the body is not JSON", do="send Content-Type: application/json")
    return JsonBody(await request.body())


async def _form(request: Request) -> FormBody:
    """Take the body. Raises WrongType."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != URLENCODED:
        raise WrongType("the body is no form", do=f"send Content-Type: {URLENCODED}")
    return FormBody(await request.body())


Body = Annotated[JsonBody, Depends(_body)]
"""Written after who asks: what is wrong with a body is nobody's business but theirs."""

Form = Annotated[FormBody, Depends(_form)]
"""Likewise."""
