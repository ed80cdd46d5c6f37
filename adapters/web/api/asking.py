# SPDX-License-Identifier: GPL-3.0-or-later
"""A build of each of some packages is asked for, and each gets its answer.

One that is refused keeps no other back, as in ELNBuildSync; each request is recorded by itself, so
that a crash in between leaves whole ones, and asking again does no harm.
"""

from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

from adapters.app import App
from adapters.service.operation import Operation
from adapters.service.operators import Operators
from adapters.service.rehearsal import Rehearsal
from domain.errors import Invalid, NotFound, Refused

MOST: Final = 500
"""Packages in one request."""


class Outcome(Struct, frozen=True):
    """What came of one name: requested by ``event``, refused by the table, or unknown; ``why``."""

    package: str
    verdict: Literal["requested", "refused", "unknown"]
    why: str = ""
    event: str | None = None


class Asked(Struct, frozen=True):
    """The answer to a request; ``request_id`` is the correlation id of its events."""

    request_id: str
    verdicts: tuple[Outcome, ...]
    paused: bool


def ask(
    app: App, names: Sequence[str], reason: str, operation: Operation, *, force: bool = False
) -> Asked:
    """Ask for each. Raises Invalid for none or too many."""
    return _ask(app, app.operators, names, reason, operation, force=force)


def foretell(
    app: App, names: Sequence[str], reason: str, operation: Operation, *, force: bool = False
) -> Asked:
    """Return what would come of asking for each; nothing is recorded. Raises Invalid likewise."""
    operators = Operators(Rehearsal(app.log))
    return _ask(app, operators, names, reason, operation, force=force)


def _ask(
    app: App,
    operators: Operators,
    names: Sequence[str],
    reason: str,
    operation: Operation,
    *,
    force: bool,
) -> Asked:
    wanted = list(dict.fromkeys(names))
    if not 0 < len(wanted) <= MOST:
        raise Invalid(f"{len(wanted)} packages are named", do=f"name 1 to {MOST}")
    verdicts = tuple(_asked(operators, name, reason, operation, force=force) for name in wanted)
    with app.journal.look() as view:
        paused = view.service.pause is not None
    return Asked(operation.id, verdicts, paused)


def _asked(
    operators: Operators, name: str, reason: str, operation: Operation, *, force: bool
) -> Outcome:
    try:
        [recorded] = operators.trigger([name], reason, operation, force=force)
    except (NotFound, Invalid) as error:
        return Outcome(name, "unknown", str(error))
    except Refused as error:
        return Outcome(name, "refused", error.why or error.what)
    return Outcome(name, "requested", event=recorded.envelope.id)
