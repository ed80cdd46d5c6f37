# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb that shows what it is all for: demo."""

import sys
from pathlib import Path

from adapters.cli.errors import FAILED
from adapters.cli.options import as_json, given, verb
from adapters.cli.output import print_json
from adapters.cli.session import configured
from adapters.tables import console


@verb(
    "demo",
    ("ebs demo", "replay the branching incident of August 2024"),
    ("ebs demo --json", "the figures only"),
    ("ebs demo --state-dir demo-state", "keep its database, to ask it more"),
)
@as_json
def demo(*, as_json: bool) -> int | None:
    """Replay the incident of August 2024 on the real package names.

    A Koji hub is simulated over HTTP, and asked by koji's own client. Exits 1 if a build that was
    done already was queued, or one that was due was not, or was not built.
    """
    from adapters.sandbox.demo import run  # noqa: PLC0415 - see session

    configured()
    folder = given().get("state_dir")
    screen = None if as_json else console(sys.stdout)
    result = run(console=screen, keep=Path(folder) if folder else None)
    if as_json:
        print_json({key: getattr(result, key) for key in result.__struct_fields__})
    return None if result.ok else FAILED
