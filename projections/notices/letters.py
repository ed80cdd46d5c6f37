# SPDX-License-Identifier: GPL-3.0-or-later
"""What people are told by mail: of a batch what failed and what is mended, of a plan that it waits.

The subject of failures and their header with the packages are those of ELNBuildSync 2.x: filters
that sorted its mail sort ours.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from psycopg import Cursor

from domain.batch import Batch, Item
from domain.batch.events import Finished, Held
from domain.batch.update_events import StableTimedOut, UpdateDropped, UpdateHeld
from domain.envelope import Event, Recorded
from domain.package import Package
from domain.service.events import DigestDue, PlanHeld
from domain.values import detailed
from projections import batches, eligibility
from projections.notices import Letter
from projections.notices.delays import delays
from projections.notices.digest import digest

Write: TypeAlias = Callable[[Cursor[Any], Recorded, str], Iterator[Letter]]
"""Returns the letters about an event; the text is the address of Koji's web pages."""

FAILURES: Final = frozenset({"failed", "timed-out", "cancelled"})
"""Outcomes that people are told of. One that is there already is none, nor what they did."""

LISTED: Final = 100
"""Packages of a plan that are named."""


def letters(cursor: Cursor[Any], recorded: Recorded, web: str) -> Iterator[Letter]:
    """Yield the letters about an event; ``web`` is the address of Koji's web pages."""
    return _OF[type(recorded.envelope.event)](cursor, recorded, web)


def _of_batch(cursor: Cursor[Any], recorded: Recorded, web: str) -> Iterator[Letter]:
    batch = batches.of_stream(cursor, recorded.envelope.originator_id)
    packages = eligibility.load(cursor, {i.planned.package for i in batch.items.values()})
    yield from failures(batch, web)
    yield from fixed(batch, packages)


def failures(batch: Batch, web: str) -> Iterator[Letter]:
    """Yield what failed in a batch for good: the source, why, and where the logs are."""
    failed = [item for item in batch.items.values() if _has_failed(item)]
    if failed:
        yield Letter(
            "failures",
            "ELNBuildSync build failures",
            _paragraphs(
                f"Batch {batch.number} could not build these sources for ELN:",
                *(_failure(item, web) for item in failed),
                "They are not tried again before there is a newer build, or 'ebs failed clear'.",
            ),
            _packages(failed),
        )


def _has_failed(item: Item) -> bool:
    return item.outcome in FAILURES or item.promotion == "refused"


def _failure(item: Item, web: str) -> str:
    lines = [item.planned.source, f"  {item.planned.nvr}: {_why(item)}"]
    if item.task_id is not None:
        lines.append(f"  {web.rstrip('/')}/taskinfo?taskID={item.task_id}")
    return "\n".join(lines)


def _why(item: Item) -> str:
    if item.promotion == "refused":
        return f"built as {item.downstream_nvr}, and Koji refused to promote the draft"
    return detailed(str(item.outcome), item.detail)


def fixed(batch: Batch, packages: Mapping[str, Package]) -> Iterator[Letter]:
    """Yield what a batch built of packages that had failed the time before."""
    mended = [
        item
        for item in batch.items.values()
        if item.succeeded and _had_failed(packages[item.planned.package], batch)
    ]
    if mended:
        yield Letter(
            "fixed",
            "ELNBuildSync builds fixed",
            _paragraphs(
                f"Batch {batch.number} built these packages for ELN, which had failed before:",
                "\n".join(f"{i.planned.package}: {i.downstream_nvr}" for i in mended),
            ),
            _packages(mended),
        )


def _had_failed(package: Package, batch: Batch) -> bool:
    """Whether the last thing that came of the package before this batch was a failure."""
    before = None
    for attempt in package.ledger:
        if attempt.batch == batch.number:
            break
        if attempt.mode == batch.mode and attempt.outcome in {*FAILURES, "built"}:
            before = attempt.outcome
    return before in FAILURES


def _of_plan(_: Cursor[Any], recorded: Recorded, __: str) -> Iterator[Letter]:
    held: PlanHeld = recorded.envelope.event
    names = sorted({build.package for build in held.builds})
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    yield Letter(
        "plan-held",
        f"ELNBuildSync holds a plan of {len(held.builds)} builds",
        _paragraphs(
            f"Nothing of plan {held.plan} is built before a person approves it: {held.reason}.",
            f"See what it is:   ebs plan\n"
            f"Have it built:    ebs approve {held.plan}\n"
            f"Have it ended:    ebs reject {held.plan} --reason '...'",
            f"Its packages: {', '.join(names[:LISTED])}{more}",
        ),
    )


def _of_period(cursor: Cursor[Any], recorded: Recorded, _: str) -> Iterator[Letter]:
    yield digest(cursor, recorded)


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"


def _packages(items: Iterable[Item]) -> tuple[str, ...]:
    return tuple(item.planned.package for item in items)


_OF: Final[Mapping[type[Event], Write]] = {
    Finished: _of_batch,
    PlanHeld: _of_plan,
    Held: delays,
    UpdateHeld: delays,
    UpdateDropped: delays,
    StableTimedOut: delays,
    DigestDue: _of_period,
}
"""The events that people are told of: to tell of another is a line here, and what writes it."""

TOPICS: Final = tuple(event.topic for event in _OF)
