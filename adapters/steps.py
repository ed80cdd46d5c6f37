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


def _event(package: str, step: Step) -> str:
    name = f"{step.event} {step.tag}" if step.tag and step.verdict is None else step.event
    reason = (step.reason or "").replace(f": {package}-", ": ")
    told = f"{name}: {reason}" if reason else name
    rests = " ".join(map(str, dict.fromkeys(step.evidence)))
    return f"{told} (see {rests})" if rests else told
