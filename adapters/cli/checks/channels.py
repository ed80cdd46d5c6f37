# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor looks at of the ways out: whether somebody is there. Nothing is sent."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from adapters.app import outlets
from adapters.cli.checks.check import Check
from adapters.config.static import Config
from adapters.ports.notices import Outlet
from domain.errors import EbsError


def checks(config: Config) -> Iterator[Check]:
    """Yield who answers."""
    with ExitStack() as stack:
        found = [*outlets(config, stack)]
        yield from map(_answers, found)
    if not found:
        yield Check("channels", "ok", "neither mail nor messages are configured")


def _answers(outlet: Outlet[Any]) -> Check:
    name = f"channel {outlet.name}"
    try:
        return Check(name, "ok", outlet.channel.check())
    except EbsError as error:
        return Check(name, "fail", str(error), error.do)
