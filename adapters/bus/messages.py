# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads messages in fedora-messaging's dump format; topic and body count, never the class.

A tag message names the build, the tag and, in whole seconds, when it was sent; it has no event
number, and a re-tag looks like a first tag. Bodies are checked here, for a message that fails its
schema is sent all the same, as ``base.message``.
"""

import re
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from adapters.errors import UNREADABLE
from adapters.ports import Heard, Hint, of_tag, of_task
from domain.errors import Invalid
from domain.package.observe import Tagging
from domain.values import Moment, package_name, user_name, utc, version_part

TAG: Final = ".buildsys.tag"
UNTAG: Final = ".buildsys.untag"
BUILD: Final = ".buildsys.build.state.change"
TASK: Final = ".buildsys.task.state.change"
REPO_BEGUN: Final = ".buildsys.repo.init"
REPO_DONE: Final = ".buildsys.repo.done"

TOPICS: Final = (TAG, UNTAG, BUILD, TASK, REPO_BEGUN, REPO_DONE)
"""What is read of the bus, by how its topics end."""

_PLAIN: Final = re.compile(r"[\x21-\x7e]{1,255}")


class _Message(Struct, frozen=True):
    """A message, its headers and body still unread."""

    id: str
    topic: str
    headers: msgspec.Raw = msgspec.Raw(b"{}")
    body: msgspec.Raw = msgspec.Raw(b"{}")


class _Headers(Struct, frozen=True, rename={"sent_at": "sent-at"}):
    sent_at: datetime


class _Body(Struct, frozen=True):
    """The body of a tag or untag message; build ids are numbers that PostgreSQL's bigint holds."""

    name: str
    version: str
    release: str
    tag: str
    build_id: int
    tag_id: int | None = None
    user: str | None = None


class _About(Struct, frozen=True):
    """What a message of a build (``task_id``), a task (``id``) or a repository (``tag``) names."""

    id: int | None = None
    task_id: int | None = None
    tag: str | None = None


_decode_message = msgspec.json.Decoder(_Message).decode
_decode_headers = msgspec.json.Decoder(_Headers).decode
_decode_body = msgspec.json.Decoder(_Body).decode
_decode_about = msgspec.json.Decoder(_About).decode


def read(raw: bytes) -> Heard:
    """Read a message. Raises Invalid where it is none, or tells of a tagging in no known way."""
    message = _message(raw)
    told = message.topic.endswith((TAG, UNTAG))
    return Heard(
        message.id, message.topic, _tagging(message) if told else None, hint=_hint(message)
    )


def _message(raw: bytes) -> _Message:
    try:
        message = _decode_message(raw)
    except UNREADABLE as error:
        raise Invalid("not a message", why=str(error)) from None
    for what, text in (("id", message.id), ("topic", message.topic)):
        if _PLAIN.fullmatch(text) is None:
            raise Invalid("not a message", why=f"its {what} is empty, too long or not plain text")
    return message


def _hint(message: _Message) -> Hint | None:
    """Return what it is about. Nothing rests on it, so what is ill-formed is about nothing."""
    if not message.topic.endswith((BUILD, TASK, REPO_BEGUN, REPO_DONE)):
        return None
    try:
        about = _decode_about(message.body)
        if message.topic.endswith((REPO_BEGUN, REPO_DONE)):
            return of_tag(package_name(about.tag or ""))
    except (*UNREADABLE, Invalid):
        return None
    task = about.task_id if message.topic.endswith(BUILD) else about.id
    return of_task(task) if task else None


def _tagging(message: _Message) -> Tagging:
    try:
        headers, body = _decode_headers(message.headers), _decode_body(message.body)
        sent = utc(headers.sent_at)
    except UNREADABLE as error:
        raise Invalid("not a tag message", why=str(error)) from None
    if not 0 < body.build_id < 2**63 or not 0 <= (body.tag_id or 0) < 2**63:
        raise Invalid("not a tag message", why="a build or tag id is out of range")
    name = package_name(body.name)
    nvr = f"{name}-{version_part(body.version)}-{version_part(body.release)}"
    return Tagging(
        package=name,
        build_id=body.build_id,
        nvr=nvr,
        tag=package_name(body.tag),
        moment=Moment(sent),
        untag=message.topic.endswith(UNTAG),
        tag_id=body.tag_id,
        user=user_name(body.user) if body.user else "",
    )
