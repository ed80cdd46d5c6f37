# SPDX-License-Identifier: GPL-3.0-or-later
"""What is different between two points of the log: the service, and each target of the board."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec import Struct

from domain.service import Service
from projections.board import Line, State


class Change(Struct, frozen=True):
    """Something of the service that is otherwise; empty where there was, or is, none.

    Of what there are many, it is those that went and those that came.
    """

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
        old, new = [*told(before)], [*told(after)]
        gone = [each for each in old if each not in new]
        come = [each for each in new if each not in old]
        if gone or come:
            yield Change(what, " ".join(gone), " ".join(come))


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


def _pause(service: Service) -> Iterator[str]:
    if pause := service.pause:
        yield f"by {pause.by}: {pause.reason}"


def _exclude(service: Service) -> Iterable[str]:
    policy = service.configured.policy
    return policy.exclude if policy else ()


def _overrides(service: Service) -> Iterator[str]:
    """Yield each, with its name upstream where that is another."""
    policy = service.configured.policy
    for name, override in sorted(policy.overrides.items()) if policy else ():
        upstream = override.upstream_name
        yield name if upstream == name else f"{upstream}→{name}"


def _baseline(service: Service) -> Iterator[str]:
    if service.baseline:
        yield str(service.baseline.position)


def _held(service: Service) -> Iterator[str]:
    return (held.plan for held in service.held)


def _only(value: str | None) -> Iterable[str]:
    return (value,) if value else ()


_TOLD: Final[dict[str, Callable[[Service], Iterable[str]]]] = {
    "pause": _pause,
    "trigger tag": lambda service: _only(service.configured.trigger_tag),
    "dist": lambda service: _only(service.dist),
    "mode": lambda service: _only(service.configured.settings.mode),
    "policy": lambda service: _only(service.configured.policy_revision),
    "exclude": _exclude,
    "overrides": _overrides,
    "list revision": lambda service: _only(service.configured.list_revision),
    "settings": lambda service: _only(service.configured.settings_revision),
    "held plans": _held,
    "baseline": _baseline,
}
"""What is told of the service, one or many, by what it is called."""
