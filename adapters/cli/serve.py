# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb of the web side: serve."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Final

import click

from adapters.cli.options import verb
from adapters.cli.session import opened

if TYPE_CHECKING:
    from adapters.app import App
    from adapters.supervision import Supervision
    from adapters.web.site import Invitation

LOOK: Final = 10.0
"""Seconds for an answer to ourselves."""

BREATH: Final = 0.1
"""Seconds between two looks before the first answer."""

LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is listened on
"""How we are reached ourselves, who listen everywhere."""


@verb(
    "serve",
    ("ebs serve", "the web side on port 8080, until SIGTERM or Ctrl-C"),
    ("ebs serve --host 0.0.0.0 --metrics-port 9108", "... for all, and metrics for Prometheus"),
)
@click.option("--host", metavar="ADDRESS", help="Where to listen.  [EBS_WEB__HOST]")
@click.option("--port", type=click.IntRange(0, 65_535), help="On which port.  [EBS_WEB__PORT]")
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65_535),
    help="Metrics on this port.  [EBS_WEB__METRICS_PORT]",
)
def serve(host: str | None, port: int | None, metrics_port: int | None) -> None:
    """Serve the web side: what ELNBuildSync's users call, and an API.

    Everybody may read; who may write is configured in [oidc], else nobody may.
    """
    from adapters.cli.worker import stopping  # noqa: PLC0415 - see session
    from adapters.supervision import supervised  # noqa: PLC0415

    given = {"host": host, "port": port, "metrics_port": metrics_port}
    with (
        stopping() as stop,
        supervised() as supervision,
        opened() as app,
        served(app, **given) as address,
    ):
        while not stop.is_set():
            if _answers(address):
                supervision.ready(f"serving on port {address[1]}")
            stop.wait(supervision.pace if supervision.is_ready else BREATH)


def _answers(address: tuple[str, int]) -> bool:
    """Whether the web side answers by the way that everybody comes: then it surely works."""
    host, port = address
    asking = HTTPConnection(LOOPBACK.get(host, host), port, timeout=LOOK)
    try:
        asking.request("GET", "/alive")
        return asking.getresponse().status > 0
    except (OSError, HTTPException):
        return False
    finally:
        asking.close()


@contextmanager
def probed(app: "App", supervision: "Supervision", port: int | None) -> Iterator[None]:
    """Serve probes and metrics of a process that serves no pages; without a port nothing."""
    import structlog  # noqa: PLC0415 - see session

    from adapters.web.health import health  # noqa: PLC0415
    from adapters.web.metrics import metrics  # noqa: PLC0415
    from adapters.web.server import serving  # noqa: PLC0415

    if port is None:
        yield
        return
    host = app.config.web.host
    with serving(health(supervision, metrics()), host, port) as at:
        structlog.get_logger(__name__).info("serving metrics", host=host, port=at)
        yield


@contextmanager
def served(
    app: "App", invited: "Invitation | None" = None, /, **given: str | int | None
) -> Iterator[tuple[str, int]]:
    """Serve inside, by the configuration but for what was ``given``; yields host and port.

    ``invited``: who is let in without a provider.
    """
    from dataclasses import replace  # noqa: PLC0415 - see session

    import structlog  # noqa: PLC0415

    from adapters.web.build import PORT, build_site, build_web  # noqa: PLC0415
    from adapters.web.metrics import metrics  # noqa: PLC0415
    from adapters.web.server import serving  # noqa: PLC0415

    changed = {key: value for key, value in given.items() if value is not None}
    web = app.config.web.model_copy(update=changed)
    app = replace(app, config=app.config.model_copy(update={"web": web}))
    log = structlog.get_logger(__name__)
    with ExitStack() as stack:
        site = build_site(app, invited=invited)
        port = PORT if web.port is None else web.port
        at = stack.enter_context(serving(build_web(site), web.host, port, proxies=web.proxies))
        stack.enter_context(closing(site.live))
        log.info("serving", host=web.host, port=at, writable=site.writable)
        if web.metrics_port is not None:
            metered = stack.enter_context(serving(metrics(app), web.host, web.metrics_port))
            log.info("serving metrics", host=web.host, port=metered)
        yield web.host, at
