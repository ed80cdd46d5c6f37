# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells what an adopted configuration changes, as people write it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct, to_builtins

from adapters.words import counted, some
from domain.envelope import Recorded
from domain.service import ServiceEvent
from domain.service.events import DistChanged, PackageListAdopted, PolicyAdopted, SettingsAdopted
from domain.service.state import Configured

MANY = 10
"""How many additions, or removals, are named."""


def changes(before: Configured, recorded: Iterable[Recorded]) -> Iterator[str]:
    """Yield a line for everything that differs from what was in force before."""
    for each in recorded:
        yield from _told(before, each.envelope.event)


def _told(before: Configured, event: ServiceEvent) -> Iterator[str]:
    if isinstance(event, PolicyAdopted):
        if before.policy is not None:
            yield from differences(before.policy, event.policy)
    elif isinstance(event, SettingsAdopted):
        if before.settings_revision:
            yield from differences(before.settings, event.settings)
    elif isinstance(event, PackageListAdopted):
        if before.list_revision:
            yield f"package list: {_moved(event.added, event.removed)}"
        else:
            yield f"package list: {counted(len(event.packages.views), 'package')}"
    elif isinstance(event, DistChanged):
        yield f"dist: {_value(event.before)} → {_value(event.after)}"


def differences(before: Struct, after: Struct, path: str = "") -> Iterator[str]:
    """Yield a line for each field that differs, at any depth; what is added bears a +."""
    for name in after.__struct_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield from _difference(f"{path}{name}", old, new)


def listed(configured: Configured) -> str:
    """Return how many names make targets: those of the package list, and the policy's overrides."""
    names = counted(len(configured.packages.views), "name")
    overrides = len(configured.policy.overrides) if configured.policy else 0
    return f"{names}, and {counted(overrides, 'override')}" if overrides else names


def _difference(name: str, old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, Struct) and isinstance(new, Struct):
        yield from differences(old, new, f"{name}.")
    elif isinstance(new, tuple | dict) and isinstance(old, tuple | dict):
        was, now = list(_items(old)), list(_items(new))
        added = [item for item in now if item not in was]
        removed = [item for item in was if item not in now]
        yield f"{name}: {_moved(added, removed) or 'in another order'}"
    else:
        yield f"{name}: {_value(old)} → {_value(new)}"


def _items(many: tuple[Any, ...] | Mapping[str, Any]) -> Iterator[str]:
    pairs = many.items() if isinstance(many, Mapping) else many
    for each in pairs:
        yield " ".join(_value(part) for part in each) if isinstance(each, tuple) else _value(each)


def _moved(added: Iterable[str], removed: Iterable[str]) -> str:
    plus, minus = [f"+{name}" for name in added], [f"-{name}" for name in removed]
    return ", ".join(some(names, MANY) for names in (plus, minus) if names)


def _value(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, Struct):
        return " ".join(f"{key}={_value(part)}" for key, part in to_builtins(value).items())
    return ", ".join(map(_value, value)) if isinstance(value, list | tuple) else str(value)
