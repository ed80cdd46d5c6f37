# SPDX-License-Identifier: GPL-3.0-or-later
"""A digest: what was recorded since the last one, and how things stand."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from psycopg import Cursor

from domain.admission.rules import rules_of
from domain.envelope import Recorded
from domain.package import Package
from domain.service import Service
from domain.service.events import DigestDue
from domain.values import minute
from projections import control, eligibility
from projections.failures import Failure, failures
from projections.notices import Letter
from projections.recent import endings_between, topics_between

COUNTED: Final = {
    "tagged": "builds tagged in Koji",
    "queued": "builds queued",
    "skipped-as-retag": "re-tags of what is handled",
    "finished": "batches finished",
    "built": "packages rebuilt",
    "failed": "builds failed",
    "timed-out": "builds timed out",
    "cancelled": "builds cancelled",
    "plan-held": "plans held",
    "paused": "pauses",
    "gap-found": "gaps in what the bus told",
    "policy-rejected": "policies rejected",
}
"""What is summed up, by topic or outcome, in the order in which it is told."""

LISTED: Final = 100
"""Failures that are named."""


def digest(cursor: Cursor[Any], recorded: Recorded) -> Letter:
    """Return the sum of a day or a week; how things stand is as of now."""
    due: DigestDue = recorded.envelope.event
    span = due.after, recorded.position
    counts = Counter(topics_between(cursor, *span)) + Counter(endings_between(cursor, *span))
    service = control.load(cursor)
    failing = _failing(cursor, service, due.until)
    return Letter(
        f"{due.period}-digest",
        f"ELNBuildSync {due.period} digest: {counts['built']} built, {len(failing)} failing",
        "\n".join(_lines(due, counts, service, failing)) + "\n",
    )


def _lines(
    due: DigestDue, counts: Counter[str], service: Service, failing: list[Failure]
) -> Iterator[str]:
    yield f"From {minute(due.since)} to {minute(due.until)}:"
    yield ""
    told = [(what, counts[name]) for name, what in COUNTED.items() if counts[name]]
    yield from (f"{count:>8,}  {what}" for what, count in told)
    if not told:
        yield "nothing happened."
    yield ""
    yield from _standing(service)
    yield ""
    yield f"{len(failing)} packages failed last, and wait for a newer build{':' * bool(failing)}"
    yield from (f"  {each.package}: {_failure(each)}" for each in failing[:LISTED])
    if len(failing) > LISTED:
        yield f"  and {len(failing) - LISTED} more: see 'ebs failed'"


def _standing(service: Service) -> Iterator[str]:
    pause = service.pause
    if pause is not None:
        yield f"Paused by {pause.by} since {minute(pause.since)}: {pause.reason}"
    for held in service.held:
        yield f"Plan {held.plan} of {len(held.builds)} builds waits for a person: {held.reason}"
    if pause is None and not service.held:
        yield "Not paused, and no plan is held."


def _failing(cursor: Cursor[Any], service: Service, now: datetime) -> list[Failure]:
    """Return the last failure of each package of which nothing was built since.

    Before there is a policy nothing can have failed.
    """
    if service.configured.policy is None or service.configured.trigger_tag is None:
        return []
    packages = {package.name: package for package in eligibility.load_all(cursor)}
    last: dict[str, Failure] = {}
    for failure in failures(cursor, packages.values(), rules_of(service, now)):
        if not _built_since(packages[failure.package], failure.position):
            last.setdefault(failure.package, failure)
    return list(last.values())


def _built_since(package: Package, position: int) -> bool:
    return any(a.outcome == "built" and a.ended_position > position for a in package.ledger)


def _failure(failure: Failure) -> str:
    since = f" on {failure.at:%Y-%m-%d}" if failure.at else ""
    return f"{failure.nvr or failure.source or 'a source'} {failure.outcome}{since}"
