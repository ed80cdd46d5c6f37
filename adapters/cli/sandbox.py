# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb that keeps a hub and a Bodhi to try the service with: sandbox."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from adapters.cli.options import verb
from adapters.cli.output import talk
from adapters.words import counted, plain

if TYPE_CHECKING:
    from adapters.sandbox.standing import Standing


@verb(
    "sandbox",
    ("ebs sandbox", "a hub of 200 packages, and a new build in it every 10 seconds"),
    ("ebs sandbox --messages bus.jsonl", "keep what its bus carries, for ebs ingest"),
    ("ebs sandbox --every 0 --port 0", "nothing happens by itself; any port that is free"),
    ("ebs sandbox --packages 24376", "all of Fedora"),
)
@click.option(
    "--packages",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    metavar="N",
    help="How many packages there are; three of four are ELN's, as far as it has as many.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8089,
    show_default=True,
    metavar="N",
    help="Where it listens on loopback; 0 is any port that is free.",
)
@click.option(
    "--messages",
    metavar="FILE|-",
    help="Write the messages of its bus there, a line each; the file is written anew.",
)
@click.option(
    "--every",
    type=click.FloatRange(0, 86_400),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How often a package is built into the trigger tag; 0 is never.",
)
def sandbox(*, packages: int, port: int, messages: str | None, every: float) -> None:
    """Keep a simulated Koji hub and Bodhi going until SIGTERM or Ctrl-C.

    Their real clients, and so ebs, can log in, ask, build and publish, which takes some seconds.
    How to point ebs at it is said on stderr. Nothing of it is kept.
    """
    from adapters.cli.worker import stopping  # noqa: PLC0415 - see session
    from adapters.sandbox.standing import standing  # noqa: PLC0415

    with (
        stopping() as stop,
        standing(packages=packages, port=port, messages=messages, stop=stop) as (hub, variables),
    ):
        _introduce(hub, variables, messages)
        while not stop.wait(every or None):
            talk(f"{datetime.now().astimezone():%H:%M:%S}  {hub.happen()} is in {hub.trigger_tag}")


def _introduce(hub: "Standing", variables: Mapping[str, str], messages: str | None) -> None:
    """Say what there is, how to point ebs at it, and what to type next."""
    from adapters.web.build import PORT  # noqa: PLC0415 - see session

    packages, rebuilt = len(hub.packages), len(hub.targets)
    talk(
        f"A Koji hub of {counted(packages, 'package')}, {rebuilt} of them rebuilt for ELN.",
        "A Bodhi that brings what was rebuilt into the stable tag.",
        "It goes on until Ctrl-C, and nothing of it is kept.",
        f"In another terminal, and then look at http://127.0.0.1:{PORT}:",
    )
    # Not folded: these lines are there to be copied.
    for line in ("", *_commands(variables, messages), ""):
        click.echo(plain(line), err=True)


def _commands(variables: Mapping[str, str], messages: str | None) -> Iterator[str]:
    """Yield what to type; a hub of its own deserves a log of its own."""
    from adapters.web.build import PORT  # noqa: PLC0415 - see session

    for name, value in variables.items():
        yield f"export {name}={quote(value)}"
    yield "export EBS_STATE_DIR=$(mktemp -d)"
    yield f"export EBS_WEB__PORT={PORT}"
    yield "ebs doctor"
    yield "ebs baseline"
    if messages is not None and messages != "-":
        yield f"ebs ingest {quote(str(Path(messages).absolute()))}"
    yield "ebs plan"
    yield "ebs run"
