# SPDX-License-Identifier: GPL-3.0-or-later
"""A ticket of a real KDC: made of a keytab, renewed in time, kept while the KDC is away."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from adapters.ports.kerberos import KerberosDenied, KerberosDown
from tests.fixtures.realm import Realm

pytest.importorskip("krb5", reason="make kerberos installs it")

from adapters.kerberos.cache import Cache
from adapters.kerberos.ticket import RETRY, KeptTicket

DAY = timedelta(days=1)
NEW = "there is a new Kerberos ticket"


class Clock:
    """Ours; it can be put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        """The time."""
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def keytab(own_realm: Realm) -> Path:
    """The key of ebs."""
    return own_realm.add("ebs")


@pytest.fixture
def clock() -> Clock:
    """A clock of the test's own."""
    return Clock()


@pytest.fixture
def ticket(realm: Realm, keytab: Path, clock: Clock) -> Iterator[KeptTicket]:
    """A ticket that is not there yet."""
    with closing(KeptTicket(keytab, None, None, clock)) as kept:
        yield kept


def test_it_is_made_of_a_keytab(ticket: KeptTicket) -> None:
    """It is valid from now on, as long as the KDC says."""
    held = ticket.hold()

    assert abs(datetime.now(UTC) - held.since) < timedelta(seconds=30)
    assert (held.principal, held.ends - held.since) == ("ebs@EBS.TEST", DAY)
    named = {"principal": held.principal}
    ends = REGISTRY.get_sample_value("ebs_ticket_ends_timestamp_seconds", named)
    assert ends == held.ends.timestamp()
    assert ticket.trouble() == ""


def test_it_is_kept_for_half_of_its_time(ticket: KeptTicket, clock: Clock, realm: Realm) -> None:
    """Until then nobody is asked for another; then it is another."""
    first = ticket.hold()
    realm.stop()
    clock.ahead = DAY / 2 - timedelta(minutes=1)
    assert ticket.hold() == first

    realm.start()
    clock.ahead = DAY / 2 + timedelta(minutes=1)
    with capture_logs() as logs:
        ticket.hold()
    assert [line["event"] for line in logs] == [NEW]


def test_a_kdc_that_is_away(ticket: KeptTicket, clock: Clock, realm: Realm) -> None:
    """The old ticket does while it is valid; it is told once, and tried again and again."""
    held = ticket.hold()
    realm.stop()
    clock.ahead = DAY / 2 + timedelta(minutes=1)
    with capture_logs() as logs:
        assert ticket.hold() == ticket.hold() == held
    assert [line["log_level"] for line in logs] == ["error"]
    assert "Cannot contact any KDC" in ticket.trouble()

    clock.ahead += RETRY
    with capture_logs() as logs:
        assert ticket.hold() == held
    assert logs == []

    realm.start()
    with capture_logs() as logs:
        ticket.hold()
    assert logs == [], "it is not tried at every use"

    clock.ahead += RETRY
    with capture_logs() as logs:
        ticket.hold()
    assert [line["event"] for line in logs] == [NEW]
    assert ticket.trouble() == ""


def test_a_kdc_that_stays_away(ticket: KeptTicket, clock: Clock, realm: Realm) -> None:
    """Once the ticket has ended it is said, each time; and it is made once the KDC is back."""
    ticket.hold()
    realm.stop()
    clock.ahead = DAY + timedelta(minutes=1)
    for _ in range(2):
        with pytest.raises(KerberosDown, match="Cannot contact any KDC"):
            ticket.hold()

    realm.start()
    assert ticket.hold().ends > datetime.now(UTC)


def test_of_several_principals_the_one_that_is_named(realm: Realm, clock: Clock) -> None:
    """With or without its realm."""
    first = realm.add("first")
    realm.administer("addprinc -randkey -maxlife 2hours second")
    realm.administer(f"ktadd -k {first} second")
    for name in ("second", "second@EBS.TEST"):
        with closing(KeptTicket(first, name, None, clock)) as ticket:
            held = ticket.hold()
            assert held.ends - held.since == timedelta(hours=2)


def test_a_cache_of_ones_own(realm: Realm, keytab: Path, clock: Clock, tmp_path: Path) -> None:
    """In a file that is named a ticket outlives the process, for nobody else to read."""
    file = tmp_path / "ticket"
    with closing(KeptTicket(keytab, None, f"FILE:{file}", clock)) as ticket:
        held = ticket.hold()
    realm.stop()

    assert file.stat().st_mode & 0o077 == 0
    with closing(KeptTicket(keytab, None, f"FILE:{file}", clock)) as ticket:
        assert ticket.hold() == held


def test_without_a_keytab(
    realm: Realm, keytab: Path, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the one that somebody else keeps, by the cache that is named or the usual one."""
    file = tmp_path / "ticket"
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{file}")
    with closing(KeptTicket(None, None, None, clock)) as ticket:
        with pytest.raises(KerberosDenied, match="no keytab") as refused:
            ticket.hold()
        assert "koji.keytab" in refused.value.do

        held = Cache(None).fill(keytab, None)
        assert ticket.hold() == held
    assert Cache(None).held() == held, "it is not ours to end"


Broken = Callable[[Realm, Path, Path], tuple[Path, str | None]]


def no_keytab(realm: Realm, _: Path, folder: Path) -> tuple[Path, str | None]:
    """There is no such file."""
    return folder / "nosuch.keytab", None


def no_file(realm: Realm, _: Path, folder: Path) -> tuple[Path, str | None]:
    """It is a folder."""
    return folder, None


def something_else(realm: Realm, _: Path, folder: Path) -> tuple[Path, str | None]:
    """It is a file of another kind."""
    (folder / "text").write_text("no keytab")
    return folder / "text", None


def nothing_in_it(realm: Realm, _: Path, folder: Path) -> tuple[Path, str | None]:
    """A keytab without keys."""
    (folder / "empty").write_bytes(b"\x05\x02")
    return folder / "empty", None


def of_another(realm: Realm, keytab: Path, _: Path) -> tuple[Path, str | None]:
    """The principal is not the keytab's."""
    return keytab, "somebody"


def no_name(realm: Realm, keytab: Path, _: Path) -> tuple[Path, str | None]:
    """The principal is none."""
    return keytab, "a@b@c"


def an_old_key(realm: Realm, _: Path, __: Path) -> tuple[Path, str | None]:
    """The KDC has given another key since."""
    old = realm.add("old")
    realm.keytab("old")
    return old, None


def nobody(realm: Realm, _: Path, __: Path) -> tuple[Path, str | None]:
    """The KDC no longer knows it."""
    gone = realm.add("gone")
    realm.administer("delprinc -force gone")
    return gone, None


def locked(realm: Realm, _: Path, __: Path) -> tuple[Path, str | None]:
    """The account has expired."""
    expired = realm.add("expired")
    realm.administer('modprinc -expire "2020-01-01" expired')
    return expired, None


BROKEN: dict[Broken, tuple[str, str]] = {
    no_keytab: ("there is no keytab", "koji.keytab"),
    no_file: ("cannot be read: Is a directory", "let our user read it"),
    no_name: ("Malformed representation of principal", "koji.principal"),
    something_else: ("is no keytab: Unsupported key table format", "koji.keytab"),
    nothing_in_it: ("holds no key", "koji.keytab"),
    of_another: ("holds no key of somebody@EBS.TEST, but of ebs@EBS.TEST", "koji.principal"),
    an_old_key: ("Preauthentication failed", "another key than the KDC"),
    nobody: ("not found in Kerberos database", "koji.principal"),
    locked: ("entry in database has expired", "administrators"),
}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda each: each.__name__)
def test_what_does_not_pass_by_itself(
    broken: Broken, realm: Realm, keytab: Path, clock: Clock, tmp_path: Path
) -> None:
    """It is refused, with what is wrong and what to do about it."""
    why, do = BROKEN[broken]
    with closing(KeptTicket(*broken(realm, keytab, tmp_path), None, clock)) as ticket:
        with pytest.raises(KerberosDenied, match=why) as refused:
            ticket.hold()

        assert do in refused.value.do
        assert why in ticket.trouble()


def test_a_clock_that_is_off(ticket: KeptTicket, realm: Realm) -> None:
    """An hour is too much for Kerberos: it is told, and may pass."""
    realm.stop()
    realm.start(ahead=3600)
    with pytest.raises(KerberosDown, match="Clock skew too great") as refused:
        ticket.hold()

    assert "NTP" in refused.value.do


def test_a_realm_that_nobody_knows(
    ticket: KeptTicket, realm: Realm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a KDC in krb5.conf it says where to name one."""
    (tmp_path / "krb5.conf").write_text("[libdefaults]\ndns_lookup_kdc = false\n")
    monkeypatch.setenv("KRB5_CONFIG", str(tmp_path / "krb5.conf"))
    with pytest.raises(KerberosDown, match=r"EBS\.TEST") as refused:
        ticket.hold()

    assert "krb5.conf" in refused.value.do
