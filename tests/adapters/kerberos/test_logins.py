# SPDX-License-Identifier: GPL-3.0-or-later
"""Koji and Bodhi let us in by Kerberos: real clients, a real KDC, servers that ask for a ticket."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from adapters.app import utc_now
from adapters.bodhi.client import BodhiServer
from adapters.bodhi.login import Login
from adapters.koji.client import KojiHub
from adapters.koji.options import Gssapi, HubOptions
from adapters.ports.bodhi import BodhiDenied, BodhiTransient
from adapters.ports.koji import KojiDenied, KojiTransient
from adapters.sandbox.bodhi import SimulatedBodhi
from adapters.sandbox.hub import Hub
from tests.adapters.kerberos.doors import CODES, LOGIN, KojiBehind, codes_of
from tests.adapters.koji.given import world
from tests.fixtures.doorway import Guard, serving
from tests.fixtures.realm import SERVICE, Realm

pytest.importorskip("krb5", reason="make kerberos installs it")

from adapters.kerberos.ticket import KeptTicket

SHORT = 10
"""Seconds that a ticket lives."""


@pytest.fixture(scope="module")
def service(own_realm: Realm) -> Path:
    """The key of the web servers."""
    return own_realm.add(SERVICE)


@pytest.fixture(scope="module")
def keytab(own_realm: Realm) -> Path:
    """The key of ebs, whose tickets do not live long."""
    return own_realm.add("ebs", f"{SHORT} seconds")


class Site:
    """A hub behind a door, and how we get in."""

    def __init__(self, stack: ExitStack, service: Path, certificate: Path) -> None:
        self._stack = stack
        self._certificate = certificate
        self.hub = Hub(world())
        self.door = Guard(KojiBehind(self.hub), service, LOGIN)
        self.url = stack.enter_context(serving(self.door, certificate))

    def ticket(self, keytab: Path, principal: str | None = None) -> KeptTicket:
        """A ticket that is forgotten at the end."""
        kept = KeptTicket(keytab, principal, None, utc_now)
        self._stack.callback(kept.close)
        return kept

    def koji(self, ticket: KeptTicket, **changed: Any) -> KojiHub:
        """Our client, logged out at the end."""
        given: dict[str, Any] = {"timeout": 5, "retry_for": 0.2, "pause": 0.01, **changed}
        ca = str(self._certificate)
        options = HubOptions(url=f"{self.url}/kojihub", login=Gssapi(), serverca=ca, **given)
        hub = KojiHub(options, ticket)
        self._stack.callback(hub.close)
        return hub


@pytest.fixture
def site(realm: Realm, service: Path, certificate: Path) -> Iterator[Site]:
    """A hub that asks for a ticket of HTTP/localhost."""
    with ExitStack() as stack:
        yield Site(stack, service, certificate)


def test_koji_lets_us_in(site: Site, keytab: Path) -> None:
    """By keytab to ticket to session, within the process; as who we are, once."""
    koji = site.koji(site.ticket(keytab))

    user = koji.whoami()
    assert user is not None
    assert (user.name, site.door.shown) == ("ebs", ["ebs@EBS.TEST"])
    assert koji.submit(["x#1"], "eln", {})[0].error is None
    assert len(site.door.shown) == 1


def test_calls_go_on_while_tickets_end(site: Site, keytab: Path) -> None:
    """For longer than a ticket lives, each call by a login of its own: none fails."""
    ticket = site.ticket(keytab)
    koji = site.koji(ticket, login_for=1e-9)
    held = [ticket.hold()]
    while utc_now() <= held[0].ends:
        koji.last_event()
        held = [*held, now] if (now := ticket.hold()) != held[-1] else held

    assert held[1].since < held[0].ends, "renewed in time"
    assert len(site.door.shown) > 1


def test_a_kdc_that_stops_and_starts_again(site: Site, realm: Realm, keytab: Path) -> None:
    """A session goes on without it; a login waits for it, and says what it waits for."""
    ticket = site.ticket(keytab)
    koji = site.koji(ticket)
    koji.last_event()
    realm.stop()
    koji.last_event()

    site.hub.sessions.expire()
    ended = ticket.hold().ends
    while utc_now() < ended:
        time.sleep(0.1)
    with pytest.raises(KojiTransient, match="Cannot contact any KDC") as waits:
        koji.last_event()
    assert "asked again by itself" in waits.value.do

    realm.start()
    assert koji.last_event().id > 0


def test_a_kdc_that_dies_between_ticket_and_login(site: Site, realm: Realm, keytab: Path) -> None:
    """The ticket for the hub itself is not to be had: that, too, may pass."""
    ticket = site.ticket(keytab)
    ticket.hold()
    realm.stop()
    with pytest.raises(KojiTransient, match=r"HTTP/localhost: .*Cannot contact any KDC"):
        site.koji(ticket).last_event()


def test_a_keytab_of_another(site: Site, realm: Realm) -> None:
    """Who has a ticket, and whom Koji does not know, is refused by Koji, in its words."""
    other = realm.add("stranger")
    with pytest.raises(KojiDenied, match=r"unknown user: stranger@EBS\.TEST"):
        site.koji(site.ticket(other)).last_event()


def test_an_old_keytab(site: Site, realm: Realm) -> None:
    """It is final at once: it is not asked again for as long as there is patience."""
    old = realm.add("aged")
    realm.keytab("aged")
    koji = site.koji(site.ticket(old), retry_for=60)
    with pytest.raises(KojiDenied, match="Preauthentication failed") as refused:
        koji.last_event()

    assert "make it anew" in refused.value.do
    assert site.door.shown == []


def test_a_server_that_does_not_take_the_ticket(
    realm: Realm, site: Site, keytab: Path, service: Path
) -> None:
    """A hub with another key than the KDC's: it answers 401, and that is final."""
    realm.keytab(SERVICE)
    try:
        with pytest.raises(KojiDenied, match="401"):
            site.koji(site.ticket(keytab)).last_event()
    finally:
        service.unlink()
        realm.administer(f"ktadd -k {service} {SERVICE}")


Gate = Callable[..., BodhiServer]


@pytest.fixture
def gate(
    realm: Realm,
    service: Path,
    certificate: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[Path], tuple[BodhiServer, SimulatedBodhi, Guard]]]:
    """Return a Bodhi, asked with a keytab and no tokens, whose login asks for a ticket."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with ExitStack() as stack:
        bodhi = stack.enter_context(SimulatedBodhi())
        door = Guard(codes_of(bodhi), service, CODES)
        bodhi.doorway = stack.enter_context(serving(door, certificate)) + CODES

        def asked(keytab: Path) -> tuple[BodhiServer, SimulatedBodhi, Guard]:
            ticket = KeptTicket(keytab, None, None, utc_now)
            stack.callback(ticket.close)
            login = Login(tmp_path / "tokens.json", bodhi.provider, ticket=ticket)
            server = BodhiServer(bodhi.url, login=login, timeout=5, retry_for=1e-6)
            return server, bodhi, door

        yield asked


def test_bodhi_lets_us_in(gate: Any, keytab: Path) -> None:
    """Without a token there it gets one by the same ticket, and the update may be asked for."""
    server, bodhi, door = gate(keytab)
    assert bodhi.updates.made == []
    server._log_in(server._login)

    assert door.shown == ["ebs@EBS.TEST"]


def test_bodhi_and_a_kdc_that_is_away(gate: Any, realm: Realm, keytab: Path) -> None:
    """It may pass; the keytab that is none does not."""
    server, _, door = gate(keytab)
    realm.stop()
    with pytest.raises(BodhiTransient, match="Cannot contact any KDC"):
        server.submit("a-side-tag", "notes")
    missing, _, _ = gate(keytab.with_name("nosuch"))
    with pytest.raises(BodhiDenied, match="there is no keytab"):
        missing.submit("a-side-tag", "notes")
    assert door.shown == []
