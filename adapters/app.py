# SPDX-License-Identifier: GPL-3.0-or-later
"""The composition root: settings in, the service's parts out, each replaceable by keyword."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from adapters.bodhi.client import BodhiServer
from adapters.bodhi.login import Login
from adapters.bus import archive, messages
from adapters.config.outside import OutsideConfiguration
from adapters.config.sections import Bodhi as BodhiSection
from adapters.config.static import Config
from adapters.koji.client import KojiHub
from adapters.koji.options import Gssapi, hub_options
from adapters.mail.server import MailOptions, MailServer
from adapters.ports import Clock, Configuration
from adapters.ports.bodhi import Bodhi
from adapters.ports.kerberos import Ticket
from adapters.ports.koji import Koji
from adapters.ports.notices import Outlet
from adapters.service.baseline import Baselines
from adapters.service.builds import Builds
from adapters.service.catchup import CatchUp
from adapters.service.facts import Facts
from adapters.service.gate import Gate
from adapters.service.identify import Identification
from adapters.service.ingest import Ingest
from adapters.service.inquiries import Inquiries
from adapters.service.journal import Journal
from adapters.service.notifications import Notifications
from adapters.service.observed import Observed
from adapters.service.operators import Operators
from adapters.service.orphans import Orphans
from adapters.service.overviews import Overviews
from adapters.service.publishing import Publishes
from adapters.service.reception import Reception
from adapters.service.timelines import Timelines
from adapters.service.watch import Watch
from adapters.service.work import Hub, Work
from adapters.store.connections import OneConnection
from adapters.store.consumers import Consumers
from adapters.store.embedded import Database, open_database
from adapters.store.inbox import Inbox
from adapters.store.log import EventLog
from domain.batch.limits import Publication
from domain.catalogue import EVENTS
from domain.service.channels import Schedule
from domain.service.events import MessagePublished, Notified
from projections.notices import announcements, letters

Reading = Callable[[Configuration], Configuration]
"""When a configuration is read: wraps it."""


def utc_now() -> datetime:
    """Return the present time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Outside:
    """The world that is asked: what people configure, and the hub and Bodhi where they are needed.

    ``ticket``: by which we log in there, where it is by Kerberos. ``outlets``: what is told to the
    world, and through what. ``reading`` says when the
    configuration is read, with what the hub says of it.
    """

    configuration: Configuration
    koji: Koji | None = None
    bodhi: Bodhi | None = None
    ticket: Ticket | None = None
    outlets: Sequence[Outlet[Any]] = ()
    reading: Reading = lambda configuration: configuration


@dataclass(frozen=True)
class App:
    """The service's parts, put together; ``revive`` starts the embedded database where it died.

    ``configuration`` is what people configure, with what the hub says of it. ``koji`` and ``hub``,
    what is done with it, are None offline, and for who does not need them.
    """

    config: Config
    clock: Clock
    configuration: Configuration
    log: EventLog
    inbox: Inbox
    journal: Journal
    facts: Facts
    ingest: Ingest
    consumers: Consumers
    gate: Gate
    operators: Operators
    baselines: Baselines
    work: Work
    inquiries: Inquiries
    overviews: Overviews
    timelines: Timelines
    notifications: Notifications
    koji: Koji | None = None
    hub: Hub | None = None
    revive: Callable[[], None] = lambda: None


@contextmanager
def open_log(config: Config) -> Iterator[tuple[EventLog, Database]]:
    """Open the log alone, in the database that the configuration names, else the embedded one.

    Raises DependencyDown, NotPermitted or Refused where it is not to be had.
    """
    with closing(connect(config)) as database, EventLog(database.conninfo, EVENTS) as log:
        yield log, database


@contextmanager
def open_app(
    config: Config,
    *,
    clock: Clock = utc_now,
    outside: Outside | None = None,
) -> Iterator[App]:
    """Open the database that the configuration names, else the embedded one, and build the parts.

    Without ``outside`` only files are read: Koji may be away, and answers are wanted all the same.
    Raises DependencyDown, NotPermitted or Refused where the database is not to be had, Invalid or
    NotFound where the configuration of the hub is faulty.
    """
    with open_log(config) as (log, database):
        app = assemble(log, config, clock, outside or Outside(OutsideConfiguration(config)))
        app.journal.catch_up()
        yield replace(app, revive=database.revive)


@contextmanager
def receiving(app: App) -> Iterator[tuple[Reception, Consumers]]:
    """Yield what a consumer of the bus needs, on a connection of its own."""
    with closing(OneConnection(app.log.connections.conninfo)) as connection:
        yield Reception(app.facts, Inbox(connection)), Consumers(connection)


@contextmanager
def look_outside(
    config: Config,
    reading: Reading = lambda configuration: configuration,
    asked: Callable[[], None] = lambda: None,
) -> Iterator[Outside]:
    """Open what the configuration names: files, ways out, hub and Bodhi unless we work offline.

    ``asked`` is called after each request to the hub.

    Raises Invalid, NotFound or NotPermitted where the hub cannot even be asked.
    """
    with ExitStack() as stack:
        ways_out = [*outlets(config, stack)]
        outside = Outside(OutsideConfiguration(config), outlets=ways_out, reading=reading)
        if config.koji.online:
            options = hub_options(**config.koji.hub())
            ticket = keep_ticket(options.login, stack)
            koji = KojiHub(options, ticket, asked=asked)
            stack.callback(koji.close)
            bodhi = ask_bodhi(config.bodhi, ticket)
            outside = replace(outside, koji=koji, bodhi=bodhi, ticket=ticket)
        yield outside


def keep_ticket(login: object, stack: ExitStack) -> Ticket | None:
    """Return the ticket of a login by Kerberos; it is made when it is needed."""
    if not isinstance(login, Gssapi):
        return None
    from adapters.kerberos.ticket import KeptTicket  # noqa: PLC0415 - it may not be installed

    keytab = Path(login.keytab) if login.keytab else None
    ticket = KeptTicket(keytab, login.principal, login.ccache, utc_now)
    stack.callback(ticket.close)
    return ticket


def outlets(config: Config, stack: ExitStack) -> Iterator[Outlet[Any]]:
    """Yield what the world is told, and through what; none of it connects before it is needed."""
    mail = config.mail
    if mail.server is not None:
        write = partial(letters.letters, web=config.koji.web_url)
        server = MailServer(MailOptions(**mail.account()))
        schedule = Schedule(mail.digests, mail.digest_hour)
        yield Outlet("mail", letters.TOPICS, write, server, Notified, schedule)
    if config.bus.publish:
        from adapters.bus.publisher import Publisher  # noqa: PLC0415 - starts twisted: it is heavy

        publisher = Publisher(config.bus.conf, timeout=config.bus.publish_timeout)
        stack.callback(publisher.close)
        announce = announcements.announcements
        yield Outlet("bus", announcements.TOPICS, announce, publisher, MessagePublished)


def ask_bodhi(config: BodhiSection, ticket: Ticket | None = None, **patience: float) -> BodhiServer:
    """Return the Bodhi that the configuration names, asked by who logs in as it says.

    ``patience``: as ``BodhiServer`` takes it.
    """
    login = Login(config.tokens, config.provider, ticket=ticket) if config.url else None
    return BodhiServer(config.server, login=login, timeout=config.timeout, **patience)


def publishing(bodhi: Bodhi, config: Config) -> Publishes | None:
    """Return how batches are published, None where no Bodhi is configured."""
    if config.bodhi.url is None:
        return None
    section, page = config.bodhi, config.bodhi.batch_page
    how = Publication(
        stable_tag=config.koji.stable_tag,
        batch_size=section.batch_size,
        max_single_batch_size=section.max_single_batch_size,
        wait=timedelta(seconds=section.stable_wait),
        adaptive=section.stable_adaptive,
        longest=timedelta(seconds=section.stable_longest),
        hold=section.when_late == "hold",
    )
    return Publishes(bodhi, how, lambda number: f"{page}{number}" if page else None)


def connect(config: Config) -> Database:
    """Return the database that the configuration names, else start the embedded one."""
    if config.database_url is None:
        return open_database(config.state_dir)
    url = config.database_url.get_secret_value()
    return Database(url, url, lambda: None)


def assemble(log: EventLog, config: Config, clock: Clock, outside: Outside) -> App:
    """Wire the parts to a log."""
    inbox, journal = Inbox(log.connections), Journal(log)
    facts = Facts(journal, inbox, messages, config.settings(), clock)
    observed = outside.reading(observe(outside, config))
    online = config.koji.online or outside.koji is not None
    gate = Gate(journal, outside.configuration, clock, observed=observed, online=online)
    hub = use_hub(outside, outside.koji, journal, config, clock) if outside.koji else None
    consumers = Consumers(log.connections)
    heard = consumers if config.bus.conf else None
    watch = Watch(journal, clock, config.bus.usual(), heard, outside.ticket)
    return App(
        config=config,
        clock=clock,
        configuration=observed,
        log=log,
        inbox=inbox,
        journal=journal,
        facts=facts,
        ingest=Ingest(facts, archive.parts),
        consumers=consumers,
        gate=gate,
        operators=Operators(journal),
        baselines=Baselines(journal, gate),
        inquiries=Inquiries(journal, clock, config.sites()),
        overviews=Overviews(journal, clock),
        timelines=Timelines(log),
        work=Work(journal, facts, gate, clock, hub, watch=watch),
        notifications=Notifications(journal, clock, outside.outlets),
        koji=outside.koji,
        hub=hub,
    )


def observe(outside: Outside, config: Config) -> Configuration:
    """Return the configuration with what the hub and Bodhi say of it, where they are there."""
    if outside.koji is None or outside.bodhi is None:
        return outside.configuration
    return Observed(outside.configuration, outside.koji, outside.bodhi, config.koji.build_target)


def use_hub(outside: Outside, koji: Koji, journal: Journal, config: Config, clock: Clock) -> Hub:
    """Wire what is done with a hub."""
    timers = config.timers
    publishes = publishing(outside.bodhi, config) if outside.bodhi is not None else None
    poll = timedelta(seconds=timers.task_poll)
    bodhi = publishes.bodhi if publishes is not None else None
    return Hub(
        catch_up=CatchUp(journal, koji),
        identification=Identification(journal, koji),
        builds=Builds(journal, koji, clock, config.koji.build_target, poll, publishes=publishes),
        orphans=Orphans(journal, koji, config.koji.build_target, bodhi),
        catch_up_every=timedelta(seconds=timers.catch_up),
    )
