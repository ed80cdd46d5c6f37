# SPDX-License-Identifier: GPL-3.0-or-later
"""What people configure: the policy (EBS's file), the package list, the settings that decide.

All three enter the log whole whenever they change, so that a replay needs neither git nor a
network.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct

from domain.values import Mode

REVISION_DIGITS: Final = 12
"""Hex digits of SHA-256 that name a revision or a plan."""


class Override(Struct, frozen=True, omit_defaults=True):
    """One of ``components.overrides``: a package whose name differs downstream (freeipa → ipa)."""

    upstream_name: str


class PackageListSource(Struct, frozen=True, omit_defaults=True):
    """Where the package list comes from (``components.autopackagelist``); the first view wins."""

    view: tuple[str, ...]
    source: tuple[str, ...]
    content_resolver: str


class Policy(Struct, frozen=True, omit_defaults=True):
    """EBS's dynamic configuration, as its operators write it.

    Patterns are searched, not matched whole: ``exclude`` against the upstream name; ``skip_tag``
    and ``ordering`` against the downstream name, the first that fits.
    """

    trigger_tag: str
    pause: bool = False
    exclude: tuple[str, ...] = ()
    skip_tag: tuple[str, ...] = ()
    ordering: tuple[tuple[str, int], ...] = ()
    status_interval: int = 600
    autopackagelist: PackageListSource | None = None
    overrides: dict[str, Override] = {}


class PackageList(Struct, frozen=True):
    """Every listed downstream name, with the view that lists it."""

    views: dict[str, str] = {}


class GuardLimits(Struct, frozen=True):
    """How many builds may be queued in 24 hours without a person's approval."""

    max_builds: int = 250
    max_builds_after_change: int = 25


class Settings(Struct, frozen=True):
    """The static settings that take part in decisions; times in seconds.

    ``failure_expiry``: after how long a failed source may be tried again, 0 for never.
    """

    watched_tags: tuple[str, ...] = (r"^f\d+$",)
    stable_tag: str = "eln"
    mode: Mode = "live"
    guard: GuardLimits = GuardLimits()
    lull: int = 60
    longest_wait: int = 900
    failure_expiry: int = 0

    def watches(self, tag: str) -> bool:
        """Whether taggings into ``tag`` are recorded."""
        return tag == self.stable_tag or _matches(self.watched_tags, tag)


@lru_cache(maxsize=1024)  # a storm of messages is about a handful of tags
def _matches(patterns: tuple[str, ...], tag: str) -> bool:
    return any(re.search(pattern, tag) for pattern in patterns)


def revision(content: Struct) -> str:
    """Name a piece of content: the first hex digits of SHA-256 over its canonical JSON."""
    canonical = msgspec.json.encode(content, order="sorted")
    return sha256(canonical).hexdigest()[:REVISION_DIGITS]


class Names:
    """Which upstream packages are targets, what they are called downstream, and which are excluded.

    Compiled once from a policy and a package list, for it is asked for every package of the
    distribution.
    """

    def __init__(self, policy: Policy, listed: Iterable[str]) -> None:
        self._overrides: Mapping[str, Override] = policy.overrides
        self._listed = frozenset(listed) | policy.overrides.keys()
        self._exclude = tuple(re.compile(pattern) for pattern in policy.exclude)
        self._renamed = {policy.overrides[n].upstream_name: n for n in sorted(policy.overrides)}

    @cached_property
    def targets(self) -> dict[str, str]:
        """Upstream name → downstream name."""
        return {self._upstream(name): name for name in sorted(self._listed)}

    def targeted(self, upstream: str) -> bool:
        """Whether it is a target; answered without listing them all, as what follows is."""
        return bool(self._names(upstream))

    def downstream(self, upstream: str) -> str:
        """Return what ``upstream`` is called downstream, also where it is no target."""
        return self._names(upstream) or upstream

    def upstream(self, name: str) -> str:
        """Return the upstream name for either name."""
        return name if self.targeted(name) else self._upstream(name)

    def excluding(self, upstream: str) -> str | None:
        """Return the first ``exclude`` pattern that fits, or None."""
        return next((p.pattern for p in self._exclude if p.search(upstream)), None)

    def _names(self, upstream: str) -> str:
        """Return the last of its names downstream in the alphabet, empty where there is none."""
        renamed = self._renamed.get(upstream, "")
        if upstream in self._listed and upstream not in self._overrides:
            return max(upstream, renamed)
        return renamed

    def _upstream(self, downstream: str) -> str:
        override = self._overrides.get(downstream)
        return override.upstream_name if override else downstream
