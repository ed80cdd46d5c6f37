# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb that looks for what is wrong: doctor."""

from typing import TYPE_CHECKING

from adapters.cli.errors import DEGRADED
from adapters.cli.options import as_json, verb
from adapters.cli.output import print_json, print_table
from adapters.cli.session import configured
from adapters.tables import prose

if TYPE_CHECKING:
    from adapters.cli.checks.check import Check


@verb(
    "doctor",
    ("ebs doctor", "what is wrong, and what to do about it"),
    ("ebs doctor --json", "for a monitor; exits 8 where something is wrong"),
)
@as_json
def doctor(*, as_json: bool) -> int | None:
    """Look for what is wrong, and say what to do; exit 8 where something is.

    All is looked at side by side, and nothing is changed. What does not answer within half a minute
    is told, and so is the rest.
    """
    from adapters.cli.checks.groups import looked  # noqa: PLC0415 - see session
    from adapters.logs import leave_retries_out  # noqa: PLC0415

    config = configured()
    leave_retries_out()  # what came of them is in the table
    checks = [*looked(config)]
    if as_json:
        print_json({"ok": _healthy(checks), "checks": checks})
    else:
        columns = ("CHECK", "STATE", prose("FOUND"), prose("DO"))
        print_table(columns, [(c.name, c.health, c.found, c.do) for c in checks])
    return None if _healthy(checks) else DEGRADED


def _healthy(checks: "list[Check]") -> bool:
    return all(check.health == "ok" for check in checks)
