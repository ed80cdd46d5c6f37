# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb that shows what it is all for: demo."""

import logging
import socket
import sys
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from adapters.cli.errors import FAILED
from adapters.cli.options import as_json, given, verb
from adapters.cli.output import print_json, talk
from adapters.cli.session import actor, configured
from adapters.errors import DependencyDown
from adapters.tables import console
from domain.service.events import Paused

if TYPE_CHECKING:
    from adapters.app import App
    from adapters.sandbox.incident import Story
    from adapters.sandbox.stage import Stage

HERE: Final = "127.0.0.1"
"""Where it serves: what is printed on this machine lets nobody in from another."""

ADMINS: Final = "demo"
"""The group of who opens the link."""

SECOND: Final = 1.0
"""In which a minute of the story passes."""


@verb(
    "demo",
    ("ebs demo", "replay the branching incident of August 2024"),
    ("ebs demo --serve", "... and look at it on the web, where the story goes on"),
    ("ebs demo --json", "the figures only"),
    ("ebs demo --state-dir demo-state", "keep its database, to ask it more"),
)
@click.option("--serve", is_flag=True, help="Afterwards show it on the web, until Ctrl-C.")
@click.option(
    "--port", type=click.IntRange(1, 65_535), help="... on this port, not on any free one."
)
@as_json
def demo(*, serve: bool, port: int | None, as_json: bool) -> int | None:
    """Replay the incident of August 2024 on the real package names.

    A Koji hub is simulated over HTTP, and asked by koji's own client. Exits 1 if a build that was
    done already was queued, or one that was due was not, or was not built. Its database is its own,
    and gone afterwards, unless --state-dir says where to keep it.
    """
    from adapters.sandbox.demo import run  # noqa: PLC0415 - see session

    configured()
    folder = given().get("state_dir")
    screen = None if as_json else console(sys.stdout)
    shown = partial(_show, _free(port)) if serve else None
    result = run(console=screen, keep=Path(folder) if folder else None, afterwards=shown)
    if as_json:
        print_json({key: getattr(result, key) for key in result.__struct_fields__})
    return None if result.ok else FAILED


def _free(port: int | None) -> int:
    """Return the port, if it can be had: nobody waits for the demo to be told that it cannot."""
    try:
        with closing(socket.create_server((HERE, port or 0))) as listener:
            found: int = listener.getsockname()[1]
            return found
    except OSError as error:
        why = error.strerror or str(error)
        raise DependencyDown(
            f"{HERE}:{port} cannot be listened on", why=why, do="give another --port"
        ) from None


def _show(port: int, stage: "Stage", story: "Story") -> None:
    """Serve what the demo made while the story goes on, until somebody stops it."""
    from adapters.cli.serve import served  # noqa: PLC0415 - see session
    from adapters.cli.worker import stopping  # noqa: PLC0415
    from adapters.sandbox.epilogue import BEGUN, Epilogue  # noqa: PLC0415
    from adapters.web.site import Invitation  # noqa: PLC0415

    logging.getLogger().setLevel(logging.WARNING)  # a line a request would push the link away
    invited, epilogue = Invitation(actor()), Epilogue(stage, story)
    with stopping() as stop, served(_administered(stage.app), invited, host=HERE, port=port):
        talk("")
        talk(f"Look at it:  http://{HERE}:{port}/")
        talk(f"the pause:   http://{HERE}:{port}{_pause(stage.app)}")
        talk(f"and act:     http://{HERE}:{port}/welcome?key={invited.key}   (good once)")
        talk("It is two days later, and a minute passes each second. Ctrl-C ends it.")
        # Until there is something to be seen time passes as fast as it can.
        for minute in count():
            if stop.wait(SECOND if minute > BEGUN else 0):
                return
            epilogue.minute()


def _pause(app: "App") -> str:
    """Return where the timeline shows it: the log is of today, so by positions and not by times."""
    since = next((each.position for each in app.log.read(topics=[Paused.topic])), 1)
    return f"/timeline?from={since}&to={app.log.head()}"


def _administered(app: "App") -> "App":
    """Return the service with a group of administrators, which only the guest is of."""
    oidc = app.config.oidc.model_copy(update={"admin_groups": (ADMINS,)})
    return replace(app, config=app.config.model_copy(update={"oidc": oidc}))
