# SPDX-License-Identifier: GPL-3.0-or-later
"""What is different between two points of the log: the service, and each target of the board."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec import Struct

from domain.service import Service
from projections.board import Line, State


class Change(Struct, frozen=True):
    """Something of the service that is otherwise; empty where there was, or is, none."""

    what: str
    before: str
    after: str


class Moved(Struct, frozen=True):
    """A target that is otherwise, or has another newest build; None where it was, or is, none."""

    package: str
    before: State | None
    after: State | None
    nvr_before: str | None
    nvr_after: str | None
    reason: str = ""


def changes(before: Service, after: Service) -> Iterator[Change]:
    """Yield what is otherwise of the service."""
    for what, told in _TOLD.items():
        old, new = told(before), told(after)
        if old != new:
            yield Change(what, old, new)


def added(before: Service, after: Service) -> list[str]:
    """Return what the package list has that it had not, by its name downstream."""
    old, new = before.configured.packages.views, after.configured.packages.views
    return sorted(new.keys() - old.keys())


def moves(before: Iterable[Line], after: Iterable[Line]) -> Iterator[Moved]:
    """Yield the targets that are otherwise, by name."""
    old = {line.package: line for line in before}
    new = {line.package: line for line in after}
    for package in sorted(old.keys() | new.keys()):
        moved = _moved(package, old.get(package), new.get(package))
        if (moved.before, moved.nvr_before) != (moved.after, moved.nvr_after):
            yield moved


def _moved(package: str, old: Line | None, new: Line | None) -> Moved:
    return Moved(
        package=package,
        before=old.state if old else None,
        after=new.state if new else None,
        nvr_before=old.nvr if old else None,
        nvr_after=new.nvr if new else None,
        reason=new.reason if new else "",
    )


def _pause(service: Service) -> str:
    pause = service.pause
    return f"by {pause.by}: {pause.reason}" if pause else ""


def _policy(service: Service) -> str:
    return service.configured.policy_revision


def _exclude(service: Service) -> str:
    policy = service.configured.policy
    return " ".join(policy.exclude) if policy else ""


def _overrides(service: Service) -> str:
    policy = service.configured.policy
    named = policy.overrides.items() if policy else ()
    return " ".join(sorted(f"{override.upstream_name}→{name}" for name, override in named))


def _held(service: Service) -> str:
    return " ".join(held.plan for held in service.held)


_TOLD: Final[dict[str, Callable[[Service], str]]] = {
    "pause": _pause,
    "trigger tag": lambda service: service.configured.trigger_tag or "",
    "dist": lambda service: service.dist or "",
    "mode": lambda service: service.configured.settings.mode,
    "policy": _policy,
    "exclude": _exclude,
    "overrides": _overrides,
    "list revision": lambda service: service.configured.list_revision,
    "settings": lambda service: service.configured.settings_revision,
    "held plans": _held,
    "baseline": lambda service: str(service.baseline.position) if service.baseline else "",
}
"""What is told of the service, by what it is called."""
