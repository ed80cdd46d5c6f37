# SPDX-License-Identifier: GPL-3.0-or-later
"""The composition root: settings in, the service's parts out, each replaceable by keyword."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from adapters.bus import messages
from adapters.config.outside import OutsideConfiguration
from adapters.config.static import Config
from adapters.ports import Clock, Configuration
from adapters.service.baseline import Baselines
from adapters.service.facts import Facts
from adapters.service.gate import Gate
from adapters.service.ingest import Ingest
from adapters.service.journal import Journal
from adapters.service.operators import Operators
from adapters.store.embedded import Database, open_database
from adapters.store.inbox import Inbox
from adapters.store.log import EventLog
from domain.catalogue import EVENTS


def utc_now() -> datetime:
    """Return the present time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class App:
    """The service's parts, put together; ``revive`` starts the embedded database where it died."""

    config: Config
    clock: Clock
    configuration: Configuration
    log: EventLog
    inbox: Inbox
    journal: Journal
    facts: Facts
    ingest: Ingest
    gate: Gate
    operators: Operators
    baselines: Baselines
    revive: Callable[[], None] = lambda: None


@contextmanager
def open_app(
    config: Config, *, clock: Clock = utc_now, configuration: Configuration | None = None
) -> Iterator[App]:
    """Open the database that the configuration names, else the embedded one, and build the parts.

    Raises DependencyDown, NotPermitted or Refused where the database is not to be had.
    """
    database = connect(config)
    try:
        with EventLog(database.conninfo, EVENTS) as log:
            app = assemble(log, config, clock, configuration or OutsideConfiguration(config))
            app.journal.catch_up()
            yield replace(app, revive=database.revive)
    finally:
        database.close()


def connect(config: Config) -> Database:
    """Return the database that the configuration names, else start the embedded one."""
    if config.database_url is None:
        return open_database(config.state_dir)
    url = config.database_url.get_secret_value()
    return Database(url, url, lambda: None)


def assemble(log: EventLog, config: Config, clock: Clock, configuration: Configuration) -> App:
    """Wire the parts to a log."""
    inbox = Inbox(log.connections)
    settings = config.settings()
    journal = Journal(log)
    facts = Facts(journal, inbox, messages, settings, clock)
    gate = Gate(journal, configuration, clock)
    return App(
        config=config,
        clock=clock,
        configuration=configuration,
        log=log,
        inbox=inbox,
        journal=journal,
        facts=facts,
        ingest=Ingest(facts, messages),
        gate=gate,
        operators=Operators(journal),
        baselines=Baselines(journal, gate),
    )
