# SPDX-License-Identifier: GPL-3.0-or-later
"""`make rehearsal`: a service from the operator's manual alone, and all that may befall it.

Progress goes to stderr; the last line is the sum of it. Exits 1 where anything is not as it should.
"""

import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.rehearsal.site import site
from tests.rehearsal.story import Story

STORY: Final = (
    Story.install,
    Story.start,
    Story.build,
    Story.disturb,
    Story.upgrade,
    Story.take_over,
    Story.finish,
    Story.restore,
    Story.uninstall,
)
"""What happens, in this order."""


def main() -> int:
    """Rehearse it all; return the exit code. Told to end, it ends whatever it started."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ebs-") as name, site(Path(name)) as where:
        story = Story(Path(name), where)
        try:
            for step in STORY:
                print(f"{time.monotonic() - began:5.0f} s  {step.__doc__}", file=sys.stderr)
                step(story)
            kept = story.told()
        except AssertionError as error:
            print(story.service.last_words(), file=sys.stderr)
            print(f"NOT KEPT: {error}")
            return 1
        finally:
            story.service.kill_all()
    print(f"Kept: {kept}, in {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
