# SPDX-License-Identifier: GPL-3.0-or-later
"""The one list of what doctor looks at, and how: side by side, none longer than there is patience.

A group that fails, hangs or has a bug takes nothing away from the others.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from functools import partial
from threading import Thread
from time import monotonic
from typing import Final, TypeVar

import structlog
from msgspec.structs import replace
from pydantic import BaseModel

from adapters.app import App, Outside, ask_bodhi, look_outside, open_app
from adapters.cli.checks import (
    bodhi,
    bus,
    channels,
    configuration,
    database,
    kerberos,
    koji,
    machine,
    service,
    web,
)
from adapters.cli.checks.check import Check
from adapters.config.static import Config
from adapters.logs import masked
from adapters.ports.bodhi import Bodhi
from adapters.ports.kerberos import Ticket
from adapters.store.embedded import exit_on_signals
from domain.errors import EbsError

PATIENCE: Final = 35.0
"""Seconds for all groups together: libkrb5 gives a silent KDC up after 18."""

HURRY: Final = 10
"""Seconds for one server: who waits for doctor wants to know which it is, not that it may come."""

T = TypeVar("T")
S = TypeVar("S", bound=BaseModel)
Look = Callable[["Site"], Iterator[Check]]

_log = structlog.get_logger(__name__)


class Site:
    """What is looked at; without a database, or what is outside, where it could not be opened."""

    def __init__(self, config: Config, app: App | None, outside: Outside | None) -> None:
        self.config = config
        self.app = app
        self.outside = outside


def within(look: Callable[[App], Iterator[Check]]) -> Look:
    """Return a look for which there must be a database; that there is none is told already."""
    return lambda site: look(site.app) if site.app is not None else iter(())


def abroad(look: Callable[[Outside, Site], Iterator[Check]]) -> Look:
    """Return a look for which the configuration of what is outside must be sound."""
    return lambda site: look(site.outside, site) if site.outside is not None else iter(())


GROUPS: Final[Mapping[str, Look]] = {
    "machine": lambda site: machine.checks(site.config),
    "settings": lambda site: configuration.settings(site.config),
    "database": within(database.checks),
    "digest chain": within(database.chain),
    "policy": within(configuration.checks),
    "service": within(service.checks),
    "bus": lambda site: bus.checks(site.config.bus, site.app),
    "kerberos": abroad(lambda outside, _: kerberos.checks(outside.ticket)),
    "koji": abroad(lambda outside, site: koji.checks(outside.koji, site.config, site.app)),
    "bodhi": lambda site: bodhi.checks(_bodhi(site.config), site.config.bodhi, _ticket(site)),
    "channels": lambda site: channels.checks(site.config),
    "web": lambda site: web.checks(site.config),
}


def _bodhi(config: Config) -> Bodhi | None:
    return ask_bodhi(config.bodhi, retry_for=HURRY) if config.koji.online else None


def _ticket(site: Site) -> Ticket | None:
    return site.outside.ticket if site.outside is not None else None


def looked(config: Config) -> Iterator[Check]:
    """Yield what all groups find, in their order."""
    exit_on_signals()
    with ExitStack() as stack:
        hurried = _hurried(config)
        app = _had(lambda: stack.enter_context(open_app(hurried)))
        outside = _had(lambda: stack.enter_context(look_outside(hurried)))
        for name, opened in (("database", app), ("koji", outside)):
            if isinstance(opened, Check):
                yield replace(opened, name=name)
        site = Site(hurried, _if_opened(app), _if_opened(outside))
        for check in _side_by_side(site):
            yield replace(check, found=masked(check.found))


def _side_by_side(site: Site) -> Iterator[Check]:
    found: dict[str, list[Check]] = {name: [] for name in GROUPS}
    begun = [_begun(partial(_collect, name, site, found[name])) for name in GROUPS]
    deadline = monotonic() + PATIENCE
    for (name, checks), looking in zip(found.items(), begun, strict=True):
        try:
            looking.result(max(0.0, deadline - monotonic()))
            yield from checks
        except TimeoutError:
            yield from (*checks, _hangs(name))


def _collect(name: str, site: Site, found: list[Check]) -> None:
    """Add what a group finds; that it cannot be looked at is found, too."""
    try:
        found.extend(GROUPS[name](site))
    except EbsError as error:
        found.append(Check(name, "fail", str(error), error.do))
    except Exception as error:  # noqa: BLE001 - a bug here must not hide what the others found
        _log.debug("a check is broken", check=name, exc_info=True)
        what = f"it cannot be looked at: {type(error).__name__}: {error}"
        found.append(Check(name, "fail", what, "this is a bug of ours: report it"))


def _had(opening: Callable[[], T]) -> T | Check:
    """Return what can be opened, else why not."""
    try:
        return _begun(opening).result(PATIENCE)
    except TimeoutError:
        return _hangs("")
    except EbsError as error:
        return Check("", "fail", str(error), error.do)


def _if_opened(opened: T | Check) -> T | None:
    return None if isinstance(opened, Check) else opened


def _begun(act: Callable[[], T]) -> Future[T]:
    """Begin to do something, in a thread that nobody waits for at the end."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(act())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future


def _hangs(name: str) -> Check:
    do = "see whether what it asks answers at all: network, firewall, load"
    return Check(name, "fail", f"nothing came of it within {PATIENCE:.0f} s", do)


def _hurried(config: Config) -> Config:
    """Return the configuration with less patience for a server that does not answer."""

    def at_most(section: S, *names: str) -> S:
        return section.model_copy(update={n: min(HURRY, getattr(section, n)) for n in names})

    koji, bodhi = at_most(config.koji, "timeout", "retry"), at_most(config.bodhi, "timeout")
    changed = {"koji": koji, "bodhi": bodhi, "mail": at_most(config.mail, "timeout")}
    return config.model_copy(update=changed)
