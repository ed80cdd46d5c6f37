# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs here, how it is, what is in force, and where more is to be found."""

import platform
from datetime import timedelta
from importlib.metadata import version
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from msgspec import Struct

from adapters.service.alerts import alert_told
from adapters.service.changes import listed
from adapters.service.journal import View
from adapters.store.phases import migrations
from adapters.web.pages.show import show
from adapters.web.site import Here, Site
from domain.service.events import PolicyAdopted
from projections import runner

SERVER: Final = b"select current_setting('server_version')"

PROBES: Final = (
    ("/alive", "the process answers"),
    ("/startup", "there is a configuration to work with"),
    ("/readyz", "the database answers, and its projections are of this release"),
    ("/healthz", "nothing is amiss with the service as a whole"),
)
"""Each answers 200 where it is so."""

router = APIRouter(include_in_schema=False)


class Projection(Struct, frozen=True):
    """What was made of the log: its layout, up to which position, and how many events remain."""

    name: str
    layout: int
    position: int
    behind: int


@router.get("/about")
def about(site: Here, request: Request) -> Response:
    """Tell of the service and of the program."""

    def told(view: View) -> dict[str, Any]:
        return {**_health(site, view), **_in_force(view), **_program(site)}

    return show(site, request, "about.html", told)


def _health(site: Site, view: View) -> dict[str, Any]:
    head, age = site.app.log.latest()
    found = sorted(runner.positions(view.cursor).items())
    return {
        "alerts": [(alert, *alert_told(alert)) for alert in view.service.alerts],
        "probes": PROBES,
        "head": head,
        "age": timedelta(milliseconds=age),
        "projections": [
            Projection(name, layout, position, view.position - position)
            for name, (layout, position) in found
        ],
        "consumers": site.app.consumers.seen(),
        "inbox": site.app.inbox.count(),
    }


def _in_force(view: View) -> dict[str, Any]:
    adopted = view.log.last_of_each([PolicyAdopted.topic], view.position, 1)
    return {
        "configured": view.service.configured,
        "listed": listed(view.service.configured),
        "baseline": view.service.baseline,
        "dist": view.service.dist,
        "adopted": adopted[0] if adopted else None,
    }


def _program(site: Site) -> dict[str, Any]:
    [(server,)] = site.app.log.connections.fetch(SERVER)
    return {
        "version": version("elnsync"),
        "python": platform.python_version(),
        "server": server,
        "schema": migrations()[-1].name,
        "metrics_port": site.app.config.web.metrics_port,
    }
