# SPDX-License-Identifier: GPL-3.0-or-later
"""A package's story: why it was, or was not, rebuilt, step by step."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct
from psycopg import Cursor

from domain.envelope import Recorded
from domain.package.events import (
    BuildStarted,
    Built,
    Ended,
    Queued,
    Skipped,
    SkippedAsRetag,
)
from projections.sql import statement


class Step(Struct, frozen=True):
    """One event of a package, as ``ebs why`` and ``ebs history`` show it."""

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


def stream_of(cursor: Cursor[Any], build_id: int) -> str | None:
    """Return the stream of the package that a build is of, None where it was never seen."""
    cursor.execute(statement("build_stream"), [build_id])
    row = cursor.fetchone()
    return row[0] if row else None


def tell(log: Iterable[Recorded]) -> Iterator[Step]:
    """Yield a step an event; verdicts say on what they rest."""
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
            **_said(event),
        )


def _said(event: Any) -> dict[str, Any]:
    if isinstance(event, Queued | SkippedAsRetag | Skipped):
        reason = f"{event.reason}: {event.detail}" if event.detail else event.reason
        return {"verdict": event.topic, "reason": reason, "evidence": event.basis.evidence}
    outcome = getattr(event, "outcome", None)
    detail = getattr(event, "detail", "") or getattr(event, "reason", "")
    text = ": ".join(part for part in (outcome, detail, *_in_koji(event)) if part)
    return {"reason": text or None}


def _in_koji(event: Any) -> Iterator[str]:
    """Yield what came of it in Koji, and by which batch."""
    if isinstance(event, Built) and event.downstream_nvr:
        yield f"{event.downstream_nvr}{', which Koji had already' if event.adopted else ''}"
    if isinstance(event, BuildStarted | Built | Ended) and event.batch is not None:
        yield f"batch {event.batch}"
