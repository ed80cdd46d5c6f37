# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies of requests, JSON or a form, read after it is known that who sends it may."""

from typing import Annotated, Final, TypeVar
from urllib.parse import parse_qs

import msgspec
from fastapi import Depends, Request
from msgspec import Struct

from adapters.errors import UNREADABLE
from adapters.web.problems import WrongType
from domain.errors import Invalid

URLENCODED: Final = "application/x-www-form-urlencoded"
MOST: Final = 1_000
"""Fields of a form: what is chosen of a page of rows, and some more."""

T = TypeVar("T")
S = TypeVar("S", bound=Struct)


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
        try:
            self.fields = parse_qs(raw.decode("ascii", "replace"), max_num_fields=MOST)
        except ValueError as error:
            raise Invalid("the form cannot be read", why=str(error)) from None

    def read(self, kind: type[S]) -> S:
        """Return what it holds; of what was chosen several times, a list where one is wanted.

        Raises Invalid, which names the first fault.
        """
        lists = _lists(kind)
        fields = {name: v if name in lists else v[-1] for name, v in self.fields.items()}
        try:
            return msgspec.convert(fields, kind, strict=False)
        except msgspec.ValidationError as error:
            raise Invalid("the form cannot be read", why=str(error)) from None


def _lists(kind: type[Struct]) -> set[str]:
    """Return the names of the fields that are lists."""
    fields = ((f.name, msgspec.inspect.type_info(f.type)) for f in msgspec.structs.fields(kind))
    return {name for name, kind in fields if isinstance(kind, msgspec.inspect.ListType)}


def _type(request: Request) -> str:
    """Return of what type the body is said to be; large and small letters are the same."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _body(request: Request) -> JsonBody:
    """Take the body. Raises WrongType: a form of another site can send other types unasked."""
    if _type(request) != "application/json":
        raise WrongType("the body is not JSON", do="send Content-Type: application/json")
    return JsonBody(await request.body())


async def _form(request: Request) -> FormBody:
    """Take the body. Raises WrongType."""
    if _type(request) != URLENCODED:
        raise WrongType("the body is no form", do=f"send Content-Type: {URLENCODED}")
    return FormBody(await request.body())


Body = Annotated[JsonBody, Depends(_body)]
"""Written after who asks: what is wrong with a body is nobody's business but theirs."""

Form = Annotated[FormBody, Depends(_form)]
"""Likewise."""
