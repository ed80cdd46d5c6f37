# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb of the web side: serve."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

import click

from adapters.cli.options import verb
from adapters.cli.session import opened

if TYPE_CHECKING:
    from adapters.app import App


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

    given = {"host": host, "port": port, "metrics_port": metrics_port}
    with stopping() as stop, opened() as app, served(app, **given):
        stop.wait()


@contextmanager
def served(app: "App", **given: str | int | None) -> Iterator[None]:
    """Serve inside, by the configuration but for what was ``given``."""
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
        site = build_site(app)
        port = PORT if web.port is None else web.port
        at = stack.enter_context(serving(build_web(site), web.host, port, proxies=web.proxies))
        stack.enter_context(closing(site.live))
        log.info("serving", host=web.host, port=at, writable=site.writable)
        if web.metrics_port is not None:
            metered = stack.enter_context(serving(metrics(app), web.host, web.metrics_port))
            log.info("serving metrics", host=web.host, port=metered)
        yield
