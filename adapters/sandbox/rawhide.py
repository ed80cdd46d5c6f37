# SPDX-License-Identifier: GPL-3.0-or-later
"""Koji as far as the scenario needs it: builds, what each tag holds, and the messages it sends."""

from collections import defaultdict
from datetime import datetime
from hashlib import sha256
from itertools import count
from random import Random
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from adapters.sandbox.vendored import SourcePackage

TAG_IDS: Final = {
    name: number
    for number, name in enumerate(
        ("eln", "f41", "f41-updates-candidate", "f42", "f42-updates-candidate"), start=70_001
    )
}
FIRST_BUILD: Final = 2_520_001
"""The id of the first build; the hub counts on from there."""

_COMMIT: Final = 40
_PACKAGER: Final = "packager"


class Build(Struct, frozen=True, order=True):
    """A build of a package; builds are ordered as they were made."""

    build_id: int
    package: str
    version: str
    release: str

    @property
    def nvr(self) -> str:
        """The build's name, version and release."""
        return f"{self.package}-{self.version}-{self.release}"

    @property
    def key(self) -> tuple[str, int]:
        """What a verdict is compared by."""
        return self.package, self.build_id


class Sent(Struct, frozen=True):
    """A message on the bus, in fedora-messaging's dump format, and when it was sent."""

    at: datetime
    line: bytes


class Rawhide:
    """Makes builds, tags and untags them; ``sent`` are the messages since it was emptied."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._ids = count(FIRST_BUILD)
        self._made: dict[str, int] = defaultdict(int)
        self.tags: dict[str, dict[str, set[Build]]] = defaultdict(lambda: defaultdict(set))
        self.sent: list[Sent] = []

    def released(self, package: SourcePackage, suffix: str) -> Build:
        """Return a new build of a package; each has a release of its own."""
        made = self._made[package.name]
        self._made[package.name] += 1
        release = f"{package.release}.{made}" if made else package.release
        return Build(next(self._ids), package.name, package.version, f"{release}.{suffix}")

    def rebuilt(self, build: Build, name: str, dist: str) -> Build:
        """Return a downstream build of the same source, under its name downstream."""
        release = f"{build.release.rpartition('.')[0]}.{dist}"
        return Build(next(self._ids), name, build.version, release)

    def build(self, package: SourcePackage, tag: str, at: datetime) -> Build:
        """Build a package into a tag, by way of the tag where it waits for its tests."""
        build = self.released(package, tag.replace("f", "fc"))
        self._send("tag", build, f"{tag}-updates-candidate", _PACKAGER, at)
        self.tag(build, tag, at)
        return build

    def tag(self, build: Build, tag: str, at: datetime, user: str = "bodhi") -> None:
        """Tag a build."""
        self.tags[tag][build.package].add(build)
        self._send("tag", build, tag, user, at)

    def untag(self, build: Build, tag: str, at: datetime) -> None:
        """Untag a build."""
        self.tags[tag][build.package].discard(build)
        self._send("untag", build, tag, _PACKAGER, at)

    def newest(self, tag: str, package: str) -> Build | None:
        """Return the build of a package made last of those in a tag."""
        return max(self.tags[tag][package], default=None)

    def _send(self, kind: str, build: Build, tag: str, user: str, at: datetime) -> None:
        priority = 1 if tag.startswith("eln") else 2
        message = {
            "body": _body(build, tag, user),
            "headers": {**_headers(kind, build, user, at), "priority": priority},
            "id": str(UUID(int=self._random.getrandbits(128), version=4)),
            "priority": priority,
            "queue": None,
            "topic": f"org.fedoraproject.prod.buildsys.{kind}",
        }
        self.sent.append(Sent(at, msgspec.json.encode(message) + b"\n"))


def source(build: Build) -> str:
    """Return the source of a build, the URL of its commit as Koji resolved it."""
    commit = sha256(build.nvr.encode()).hexdigest()[:_COMMIT]
    return f"git+https://src.fedoraproject.org/rpms/{build.package}#{commit}"


def _body(build: Build, tag: str, user: str) -> dict[str, object]:
    return {
        "base_url": "https://koji.fedoraproject.org",
        "build_id": build.build_id,
        "instance": "primary",
        "name": build.package,
        "owner": _PACKAGER,
        "release": build.release,
        "tag": tag,
        "tag_id": TAG_IDS[tag],
        "user": user,
        "version": build.version,
    }


def _headers(kind: str, build: Build, user: str, at: datetime) -> dict[str, object]:
    users = {f"fedora_messaging_user_{name}": True for name in sorted({user, _PACKAGER})}
    return {
        f"fedora_messaging_rpm_{build.package}": True,
        "fedora_messaging_schema": f"koji_fedoramessaging.tag.{kind.title()}V1",
        "fedora_messaging_schema_package": "koji_fedoramessaging_messages",
        "fedora_messaging_severity": 10,
        **users,
        "sent-at": at.isoformat(timespec="seconds"),
    }
