# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever breaks between us and the mail server: no mail is forgotten, each has the id it has."""

from datetime import timedelta
from functools import partial
from itertools import cycle

import pytest
from structlog.testing import capture_logs

from adapters.mail.server import MailOptions, MailServer
from adapters.ports.notices import Outlet
from adapters.service.journal import Journal
from adapters.service.notifications import SHORTEST_REST, Notifications
from adapters.service.watch import Watch
from domain.service.events import HeldBuild, Notified, PlanHeld
from domain.service.watch import Usual
from projections.notices import letters
from tests.adapters.service.given import World
from tests.domain.service.given import said
from tests.fixtures.fix_mail import MailBox

COMMANDS = ("EHLO", "EHLO over TLS", "MAIL", "RCPT", "DATA", "QUIT")
PLANS = ("0123456789ab", "ba9876543210")


def started(world: World, box: MailBox) -> Notifications:
    """Return the use case with the real client, as after a start."""
    write = partial(letters.letters, web="https://koji.example/koji")
    server = MailServer(MailOptions(**box.account(timeout=2)))
    outlet = Outlet("mail", letters.TOPICS, write, server, Notified)
    notifications = Notifications(Journal(world.log), world.clock, [outlet])
    notifications.adopt("a start")
    return notifications


@pytest.fixture
def held(world: World, mails: MailBox) -> World:
    """A service with mail, and two plans that are held."""
    started(world, mails)
    world.hear(*(said(PlanHeld(plan, "too many", (HeldBuild("bash", 1, 0),))) for plan in PLANS))
    return world


def plans(mails: MailBox) -> list[str]:
    """Return of which plans there were mails, in order; each mail once, however often it came."""
    ids = {str(mail["Message-ID"]): str(mail.get_content()) for mail in mails.mails}
    return [next(plan for plan in PLANS if plan in text) for text in ids.values()]


@pytest.mark.parametrize(("command", "again"), [*zip(COMMANDS, cycle([False, True]), strict=False)])
def test_the_connection_breaks(held: World, mails: MailBox, command: str, again: bool) -> None:
    """At any command: what was due comes, in order, by itself or after another start."""
    notifications = started(held, mails)
    mails.dies_at = command
    notifications.run("the first")
    assert mails.dies_at == ""
    if again:
        notifications = started(held, mails)
    held.at(held.clock() + SHORTEST_REST)
    notifications.run("the second")

    assert plans(mails) == list(PLANS)
    assert len(held.events("notified")) == 2


def test_an_answer_is_lost(held: World, mails: MailBox) -> None:
    """The mail comes twice, and is one to whoever reads its id."""
    mails.lost = 1
    notifications = started(held, mails)
    assert notifications.run("the first") != []
    held.at(held.clock() + SHORTEST_REST)
    assert notifications.run("the second") == []

    assert (len(mails.mails), plans(mails)) == (3, list(PLANS))
    assert mails.mails[0]["Message-ID"] == mails.mails[1]["Message-ID"]


def test_farewell_is_no_part_of_it(held: World, mails: MailBox) -> None:
    """A server that breaks off after it took the mail over has taken it over."""
    mails.dies_at = "QUIT"
    assert started(held, mails).run("the first") == []
    assert len(mails.mails) == 2


def test_a_letter_that_is_refused_holds_back_nobody(held: World, mails: MailBox) -> None:
    """It is on record as refused, and not sent again; those behind it come. Also when killed."""
    mails.answers.append("554 looks like spam")
    with capture_logs() as logs:
        assert started(held, mails).run("the first") == []
    started(held, mails).run("the second")

    assert plans(mails) == [PLANS[1]]
    [refused] = held.events("notice-refused")
    assert "554 looks like spam" in refused.reason
    assert len(held.events("notified")) == 1
    assert ("error", "a notice was refused") in [(log["log_level"], log["event"]) for log in logs]


def test_a_refusal_is_an_alert_until_something_is_taken_over(held: World, mails: MailBox) -> None:
    """A person should look at it; once the next letter is taken over, it is past."""
    watch = Watch(Journal(held.log), held.clock, Usual(timedelta(1), timedelta(1)))
    mails.answers.extend(["250 taken over, and lost", "554 looks like spam"])
    notifications = started(held, mails)
    notifications.run("the first")
    watch.look(held.by())
    watch.look(held.by())
    assert [event.alert for event in held.events("alert-raised")] == ["notice-refused"]

    held.hear(said(PlanHeld("999999999999", "too many", (HeldBuild("zsh", 2, 0),))))
    notifications.run("the next")
    watch.look(held.by())
    assert [event.alert for event in held.events("alert-cleared")] == ["notice-refused"]
