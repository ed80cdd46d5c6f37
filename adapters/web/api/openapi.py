# SPDX-License-Identifier: GPL-3.0-or-later
"""The OpenAPI document: schemas of our own structs, examples, and every answer there is.

Answers are msgspec structs, so FastAPI documents the addresses and msgspec the bodies; nothing is
described twice.
"""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from adapters.web.problems import CODES, MEDIA_TYPE, Problem, TooMany
from domain.errors import EbsError

PATH: Final = "/api/v1/openapi.json"
REF: Final = "#/components/schemas/{name}"
JSON: Final = "application/json"

_ABOUT: Final = """\
Everybody may read. Who may write sends `Authorization: Bearer TOKEN`, made by `ebs token new`, or
has signed in with a browser. Errors are problem documents (RFC 9457); `code` is stable. Times are
in UTC. What depends on the log bears an ETag: ask again with If-None-Match. `at` asks as of then,
by what was on record: a time with its offset, a position of the log, or how long ago (-6h).
"""

_SHOWN: set[Any] = set()
"""The types of all bodies, gathered as the addresses are declared."""


def shows(kind: Any, example: Any, *errors: type[EbsError], media_type: str = JSON) -> Any:
    """Return FastAPI's ``responses``: what is answered, and which errors besides."""
    content = {media_type: {"schema": _schema(kind), "example": _true(example, kind)}}
    return {200: {"description": "As asked for.", "content": content}, **fails(*errors)}


def reads(kind: Any, example: Any, *errors: type[EbsError], media_type: str = JSON) -> Any:
    """Likewise of what bears an ETag, and of which only so much is made at once."""
    shown = shows(kind, example, *errors, TooMany, media_type=media_type)
    return {**shown, 304: {"description": "The same as when it was asked for last."}}


def takes(kind: Any, example: Any) -> Any:
    """Return FastAPI's ``openapi_extra``: the body that is to be sent, and who may send it."""
    content = {JSON: {"schema": _schema(kind), "example": _true(example, kind)}}
    return {
        "requestBody": {"required": True, "content": content},
        "security": [{"token": []}, {"session": []}],
    }


def fails(*errors: type[EbsError]) -> dict[int, Any]:
    """Return the answers to errors, by their statuses."""
    found: dict[int, list[str]] = {}
    for error in errors:
        meaning = CODES[error]
        found.setdefault(meaning.status, []).append(f"`{meaning.code}`: {error.__doc__}")
    content = {MEDIA_TYPE: {"schema": _schema(Problem)}}
    return {
        status: {"description": " ".join(told), "content": content}
        for status, told in sorted(found.items())
    }


def document(web: FastAPI) -> bytes:
    """Return the document."""
    made = get_openapi(
        title="ebs",
        version=version("elnsync"),
        description=_ABOUT,
        routes=web.routes,
        license_info={"name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later"},
    )
    for operation in _operations(made["paths"]):
        # FastAPI's own answer to a bad parameter; here it is a problem with status 400.
        operation["responses"].pop("422", None)
    made["components"] = {
        "schemas": _schemas(_SHOWN),
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": "ebs"},
        },
    }
    return msgspec.json.encode(made)


def _true(example: Any, kind: Any) -> Any:
    """Return the example. Raises ValidationError where it is none."""
    msgspec.convert(example, kind)
    return example


def _schema(kind: Any) -> dict[str, Any]:
    _SHOWN.add(kind)
    [schema], _ = msgspec.json.schema_components([kind], ref_template=REF)
    return schema


def _schemas(kinds: Iterable[Any]) -> Mapping[str, Any]:
    _, found = msgspec.json.schema_components(kinds, ref_template=REF)
    return dict(sorted(found.items()))


def _operations(paths: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    return (operation for path in paths.values() for operation in path.values())
