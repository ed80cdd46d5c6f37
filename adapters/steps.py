# SPDX-License-Identifier: GPL-3.0-or-later
"""How the story of a package is shown to people, wherever it is told."""

from collections.abc import Sequence

from rich.table import Column

from adapters.tables import moment, number, prose
from projections.story import Step


def story_columns() -> Sequence[str | Column]:
    """Return the columns of a story."""
    return (number("POSITION"), moment("AT"), "BUILD", prose("EVENT"), "BY")


def story_row(package: str, step: Step) -> tuple[object, ...]:
    """The package's name is known by now, so a build is told by version and release."""
    build = (step.nvr or "").removeprefix(f"{package}-") or step.build_id
    return step.position, step.at, build, _event(package, step), step.actor or "-"


def chain_columns() -> Sequence[str | Column]:
    """Return the columns of the chain that led to what became of one build."""
    return (number("POSITION"), moment("AT"), moment("LEARNED"), prose("EVENT"), "BY")


def chain_row(package: str, nvr: str | None, step: Step) -> tuple[object, ...]:
    """The build is known by now: only another one is named, before what happened to it."""
    other = f"{step.nvr} " if step.nvr not in (None, nvr) else ""
    ruled = "" if step.row is None else f", by row {step.row} under policy {step.policy_revision}"
    told = f"{other}{_event(package, step, ruled)}"
    if "@" in (step.cause or ""):  # an event: a message has its id in JSON
        told = f"{told}, because of {step.cause}"
    return step.position, step.at, step.recorded_at, told, step.actor or "-"


def _event(package: str, step: Step, ruled: str = "") -> str:
    """Tell a step in words, with batch and task, and the positions that a verdict rests on."""
    told = step.told.replace(f": {package}-", ": ")
    if step.batch is not None and step.build_id is None:
        told = f"batch {step.batch}: {told}"
    elif step.batch is not None and f"batch {step.batch}" not in told:
        told = f"{told}, batch {step.batch}"
    task = "" if step.task_id is None else f", task {step.task_id}"
    rests = " ".join(map(str, dict.fromkeys(step.evidence)))
    return f"{told}{task}{ruled}{f' (see {rests})' if rests else ''}"
