# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hub says on the bus: messages as Koji's plugin makes them, and what befalls them.

A message is a dictionary in fedora-messaging's dump format. None bears the event it tells of, and
a re-tag looks like a first tag. Koji is silent about renamed, cloned and deleted tags, about side
tags, about tags taken from builds by deleting the tag, and about a task that fails before its build
row exists.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from random import Random
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from adapters.sandbox.hub.model import Build, Repo, Tag, User

Message = dict[str, Any]
Body = dict[str, Any]
Sink = Callable[[Message], object]

TOPIC: Final = "org.fedoraproject.prod.buildsys"
BASE: Final = {"base_url": "https://koji.fedoraproject.org", "instance": "primary"}
FILES: Final = "https://kojipkgs.fedoraproject.org/work"

_BASE_SCHEMA: Final = "base.message"
_SCHEMAS: Final = {
    "tag": ("koji_fedoramessaging.tag.TagV1", 10),
    "untag": ("koji_fedoramessaging.tag.UntagV1", 10),
    "package.list.change": ("koji_fedoramessaging.package.ListChangeV1", 10),
    "build.state.change": ("koji_fedoramessaging.build.BuildStateChangeV1", 20),
    "build.promote": (_BASE_SCHEMA, 20),
    "task.state.change": ("koji_fedoramessaging.task.TaskStateChangeV1", 20),
    "repo.init": ("koji_fedoramessaging.repo.InitV1", 10),
    "repo.done": ("koji_fedoramessaging.repo.DoneV1", 10),
}


class Mischief(Struct):
    """How the bus ill-treats what it carries: shares from 0 to 1, and ``reorder`` in places.

    ``phantom`` is the share of tag messages followed by one that nothing in Koji stands behind;
    ``phantoms`` makes that one (``tagging.phantoms``).
    """

    drop: float = 0.0
    duplicate: float = 0.0
    phantom: float = 0.0
    reorder: int = 0
    phantoms: Callable[[Random], Message | None] | None = None


class Bus:
    """Carries messages to a sink, by default the list ``sent``; by a seed, the same mischief."""

    def __init__(
        self, sink: Sink | None = None, *, mischief: Mischief | None = None, seed: int = 0
    ) -> None:
        self.sent: list[Message] = []
        self.mischief = mischief or Mischief()
        self._sink = sink or self.sent.append
        self._random = Random(seed)  # noqa: S311 - a scenario, no secret
        self._waiting: list[Message] = []

    def send(self, message: Message) -> None:
        """Carry a message, with its id; what befalls it is up to the mischief."""
        message["id"] = self._new_id()
        for one in self._ill_treated(message):
            self._waiting.append(one)
        while len(self._waiting) > self.mischief.reorder:
            self._deliver_one()

    def flush(self) -> None:
        """Deliver what still waits to be overtaken."""
        while self._waiting:
            self._deliver_one()

    def _deliver_one(self) -> None:
        place = self._random.randrange(len(self._waiting)) if self.mischief.reorder else 0
        self._sink(self._waiting.pop(place))

    def _ill_treated(self, message: Message) -> Iterable[Message]:
        mischief, chance = self.mischief, self._random.random
        if chance() >= mischief.drop:
            yield message
            if chance() < mischief.duplicate:
                yield message
        if mischief.phantoms is not None and chance() < mischief.phantom:
            phantom = mischief.phantoms(self._random)
            if phantom is not None:
                yield {**phantom, "id": self._new_id()}

    def _new_id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))


def as_line(message: Message) -> bytes:
    """Return a message as a line of a dump."""
    return msgspec.json.encode(message) + b"\n"


def tagging(kind: str, build: Build, tag: Tag, user: User, now: float) -> Message:
    """Return the message of a ``tag`` or ``untag``; ``user`` did it, ``owner`` made the build."""
    body = {
        "build_id": build.id,
        "name": build.name,
        "owner": build.owner.name,
        "release": build.release,
        "tag": tag.name,
        "tag_id": tag.id,
        "user": user.name,
        "version": build.version,
    }
    priority = 1 if tag.name.startswith("eln") else 2
    return message(kind, body, now, package=build.name, priority=priority)


def package_listed(tag: Tag, package: str, owner: User, now: float) -> Message:
    """Return the message of a package put on the list of a tag."""
    body = {
        "action": "add",
        "block": False,
        "extra_arches": None,
        "force": True,
        "owner": owner.name,
        "package": package,
        "tag": tag.name,
        "update": False,
    }
    return message("package.list.change", body, now, package=package)


def repo(kind: str, repo: Repo, now: float) -> Message:
    """Return the message of a repository begun or ready."""
    body = {"repo_id": repo.id, "tag": repo.tag.name, "tag_id": repo.tag.id}
    return message(kind, body, now)


def promoted(now: float) -> Message:
    """Return the message of a draft that was promoted; Koji does not say which."""
    return message("build.promote", {}, now)


def message(
    kind: str, body: Body, now: float, *, package: str | None = None, priority: int = 0
) -> Message:
    """Return a message around a body, in the form that fedora-messaging reads."""
    schema, severity = _SCHEMAS[kind]
    plain = schema == _BASE_SCHEMA
    package_of_schema = "fedora_messaging" if plain else "koji_fedoramessaging_messages"
    who = {body[key] for key in ("owner", "user") if body.get(key) is not None}
    return {
        "body": {**BASE, **body},
        "headers": {
            **({} if package is None else {f"fedora_messaging_rpm_{package}": True}),
            **{f"fedora_messaging_user_{name}": True for name in sorted(who)},
            "fedora_messaging_schema": schema,
            "fedora_messaging_schema_package": package_of_schema,
            "fedora_messaging_severity": severity,
            "priority": priority,
            "sent-at": datetime.fromtimestamp(int(now), UTC).isoformat(),
        },
        "id": "",
        "priority": priority,
        "queue": None,
        "topic": f"{TOPIC}.{kind}",
    }
