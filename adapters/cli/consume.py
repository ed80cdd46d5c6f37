# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb that takes in what the bus delivers: consume."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from adapters.cli.options import metrics_port, verb
from adapters.cli.session import configured, opened
from adapters.errors import DependencyDown
from domain.errors import EbsError, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.app import App
    from adapters.ports.bus import Pulse
    from adapters.supervision import Supervision


@verb(
    "consume",
    ("ebs consume", "take in messages until SIGTERM or Ctrl-C"),
    ("ebs consume --fedora-messaging-conf bus.toml", "by this configuration of the bus"),
    ("ebs consume --metrics-port 9110", "metrics for Prometheus, and the probes of a cluster"),
)
@click.option(
    "--fedora-messaging-conf",
    "conf",
    metavar="FILE",
    help="fedora-messaging's configuration file.  [EBS_BUS__CONF, or FEDORA_MESSAGING_CONF]",
)
@metrics_port
def consume(conf: str | None, metrics_port: int | None) -> int:
    """Keep what the bus says of watched tags until a worker records it.

    A message is acknowledged once the database has it, paused or not. While the database is down
    the broker keeps its messages; after bus.patience seconds the consumer ends with 6, and the next
    one gets them. A broker that is down is tried again for ever. Any number of consumers may share
    a queue.

    Exit codes beside those of ebs are those of 'fedora-messaging consume': 10 a queue or binding
    cannot be declared, 11 and 13 something unexpected, 12 the queue was deleted, 14 the broker's
    handshake failed, 15 no permission.
    """
    bus = {"conf": conf} if conf else None
    _configure(configured(bus=bus).bus.conf)
    from adapters.cli.serve import probed  # noqa: PLC0415 - see session
    from adapters.supervision import supervised  # noqa: PLC0415

    with (
        supervised() as supervision,
        opened(bus=bus) as app,
        probed(app, supervision, metrics_port),
    ):
        return _consume(app, supervision)


def _consume(app: "App", supervision: "Supervision") -> int:
    from adapters.app import receiving  # noqa: PLC0415 - see session

    # Importing it chooses how the process waits for events: only now, and only here.
    from adapters.bus.callback import Callback  # noqa: PLC0415
    from adapters.bus.consumer import Consumer  # noqa: PLC0415
    from adapters.meters import hearing  # noqa: PLC0415

    name, started_at = f"{socket.gethostname()}/{os.getpid()}", app.clock()
    with receiving(app) as (reception, consumers):

        def take(line: bytes) -> None:
            with _reviving(app), hearing() as told:
                told.outcome = reception.take(line)

        def beat(pulse: "Pulse") -> None:
            consumers.beat(name, started_at, pulse)

        return Consumer(Callback(take, app.config.bus.patience), beat, supervision).run()


def _configure(conf: "Path | None") -> None:
    """Load fedora-messaging's configuration. Raises Refused where none is named."""
    from adapters.bus import settings  # noqa: PLC0415 - see session

    if conf is None:
        raise Refused(
            "there is no bus to consume",
            why="no configuration of fedora-messaging is named",
            do="give --fedora-messaging-conf, EBS_BUS__CONF or FEDORA_MESSAGING_CONF",
        )
    settings.load(conf)


@contextmanager
def _reviving(app: "App") -> Iterator[None]:
    """Start the embedded database where it died: nobody else will."""
    try:
        yield
    except DependencyDown:
        with suppress(EbsError):
            app.revive()
        raise
