# SPDX-License-Identifier: GPL-3.0-or-later
"""The release before this one, as far as the database can tell.

It lacks the last migration, and its projections have a layout of their own.
"""

import re
import shutil
from pathlib import Path
from typing import Final

from adapters.store.phases import migrations
from tests.fixtures.programs import OURS

PROGRAM: Final = """\
#!/bin/sh
PYTHONSAFEPATH=1 PYTHONPATH={folder} exec {prefix}/bin/python -m adapters.cli.main "$@"
"""


def release_before(folder: Path, prefix: Path) -> None:
    """Make it in a folder, on what the release in ``prefix`` has installed."""
    for package in ("domain", "projections", "adapters"):
        shutil.copytree(OURS / package, folder / package)
    last = migrations()[-1].name
    (new,) = (folder / "adapters/store/migrations").glob(f"{last}.*")
    new.unlink()
    view = folder / "projections/eligibility.py"
    view.write_text(re.sub(r"(?m)^FORMAT: .*", "FORMAT = 0", view.read_text()))
    program = folder / "bin/ebs"
    program.parent.mkdir()
    program.write_text(PROGRAM.format(folder=folder, prefix=prefix))
    program.chmod(0o755)
