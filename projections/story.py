# SPDX-License-Identifier: GPL-3.0-or-later
"""A package's story: why it was, or was not, rebuilt, step by step."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, TypeAlias

from msgspec import Struct
from psycopg import Cursor

from domain.batch import number_of
from domain.envelope import Recorded
from domain.package.events import (
    BuildStarted,
    Built,
    Ended,
    Published,
    Verdict,
)
from domain.service.events import Baselined, GapFound, TriggerChanged
from domain.values import detailed
from projections.links import Adoption
from projections.sql import statement
from projections.timeline import told


class Step(Struct, frozen=True):
    """One event of a package, as ``ebs why`` and ``ebs history`` show it.

    It happened ``at`` that time and was learned of at ``recorded_at``. ``told`` says in words what
    the topic ``event`` says to programs. Of a verdict ``row`` is the
    one of the table, ``evidence`` the positions that it rests on. ``links`` are addresses by kind.
    """

    position: int
    at: datetime
    event: str
    build_id: int | None = None
    nvr: str | None = None
    tag: str | None = None
    verdict: str | None = None
    reason: str | None = None
    evidence: tuple[int, ...] = ()
    cause: str | None = None
    actor: str | None = None
    recorded_at: datetime | None = None
    koji_event: int | None = None
    via: str | None = None
    row: int | None = None
    policy_revision: str | None = None
    batch: int | None = None
    task_id: int | None = None
    told: str = ""
    links: dict[str, str] = {}


Links: TypeAlias = Callable[[Any], dict[str, str]]
"""Returns the addresses of what an event names, each by its kind."""


def stream_of(cursor: Cursor[Any], build_id: int) -> str | None:
    """Return the stream of the package that a build is of, None where it was never seen."""
    cursor.execute(statement("build_stream"), [build_id])
    row = cursor.fetchone()
    return row[0] if row else None


def adoptions(cursor: Cursor[Any], revisions: Iterable[str]) -> dict[str, Adoption]:
    """Return where these revisions of the policy came from."""
    cursor.execute(statement("adoptions"), [list(revisions)])
    return {revision: Adoption(origin, commit) for revision, origin, commit in cursor.fetchall()}


def tell(log: Iterable[Recorded], links: Links = lambda _: {}) -> Iterator[Step]:
    """Yield a step an event; verdicts say on what they rest.

    The log may hold events of a batch among those of the package. ``links`` returns the addresses
    of what an event names.
    """
    nvrs: dict[int, str] = {}
    for recorded in log:
        event, meta = recorded.envelope.event, recorded.envelope.meta
        build_id = getattr(event, "build_id", None)
        nvr = getattr(event, "nvr", None) or nvrs.get(build_id or 0)
        if build_id is not None and nvr is not None:
            nvrs[build_id] = nvr
        yield Step(
            position=recorded.position,
            at=meta.occurred_at,
            event=event.topic,
            build_id=build_id,
            nvr=nvr,
            tag=getattr(event, "tag", None),
            cause=meta.causation or None,
            actor=meta.actor or None,
            recorded_at=recorded.recorded_at,
            koji_event=meta.koji_event or None,
            via=meta.via,
            batch=_batch(recorded),
            task_id=getattr(event, "task_id", None),
            told=told(recorded),
            links=links(event),
            **_said(event),
        )


def _said(event: Any) -> dict[str, Any]:
    if isinstance(event, Verdict):
        return {
            "verdict": event.topic,
            "reason": detailed(event.reason, event.detail),
            "evidence": event.basis.evidence,
            "row": event.basis.row,
            "policy_revision": event.basis.policy_revision,
        }
    if isinstance(event, TriggerChanged | Baselined | GapFound):
        return {"reason": _of_tags(event)}
    outcome = getattr(event, "outcome", None)
    detail = getattr(event, "detail", "") or getattr(event, "reason", "")
    text = ": ".join(part for part in (outcome, detail, *_in_koji(event)) if part)
    return {"reason": text or None}


def _of_tags(event: TriggerChanged | Baselined | GapFound) -> str:
    if isinstance(event, TriggerChanged):
        return f"{event.before or 'none'} → {event.after}"
    counts = ", ".join(f"{count} in {tag}" for tag, count in event.counts.items())
    return f"{'builds' if isinstance(event, Baselined) else 'taggings missed'}: {counts}"


def _in_koji(event: Any) -> Iterator[str]:
    """Yield what came of it in Koji, and by which batch."""
    if built := getattr(event, "downstream_nvr", None):
        yield f"{built}{', which Koji had already' if getattr(event, 'adopted', False) else ''}"
    if isinstance(event, Published):
        yield event.update
    if isinstance(event, BuildStarted | Built | Ended | Published) and event.batch is not None:
        yield f"batch {event.batch}"
    if task := getattr(event, "task_id", None):
        yield f"task {task}"
    if name := getattr(event, "name", None):
        yield name


def _batch(recorded: Recorded) -> int | None:
    named: int | None = getattr(recorded.envelope.event, "batch", None)
    return number_of(recorded.envelope.originator_id) or named
