# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail over real sockets: taken over once or told as down, and the same mail is the same mail."""

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.errors import DependencyDown
from adapters.mail.message import PACKAGES, written
from adapters.mail.server import MailOptions, MailServer
from adapters.ports.notices import NoticeRefused
from domain.batch.events import Finished
from domain.envelope import Recorded
from projections.notices import Letter
from tests.domain.given import Fact
from tests.fixtures.fix_mail import LOGIN, MailBox, serving

LETTER = Letter("failures", "ELNBuildSync build failures", "one\n\ntwo é\n", ("bash", "gtk+"))
CAUSE: Recorded = Fact("batch:7", Finished(1, 2), at=60).recorded(1200, 12)
SERVE = Callable[..., MailBox]


def server(box: MailBox, **more: Any) -> MailServer:
    """Return the client of a mail server."""
    return MailServer(MailOptions(**box.account(**more)))


def test_a_mail_is_taken_over(mails: MailBox) -> None:
    """Subject, header, text and people are those of the letter; no machine answers it."""
    server(mails, recipients=("eln@lists.example", "ada@fedora.example")).deliver(LETTER, CAUSE)
    [mail] = mails.mails

    assert mail["Subject"] == "ELNBuildSync build failures"
    assert mail[PACKAGES] == "bash, gtk+"
    assert mail["Message-ID"] == "<failures.batch.7.12.1723507260@fedora.example>"
    assert mail["Date"] == "Tue, 13 Aug 2024 00:01:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().splitlines() == ["one", "", "two é"]
    assert mails.envelopes == [("ebs@fedora.example", ["eln@lists.example", "ada@fedora.example"])]


def test_the_same_letter_is_the_same_mail(mails: MailBox) -> None:
    """Sent again, nothing of it differs, so that whoever has it already can tell."""
    for _ in range(2):
        server(mails).deliver(LETTER, CAUSE)
    first, second = (without_path(mail) for mail in mails.mails)

    assert first == second


def without_path(mail: EmailMessage) -> bytes:
    """Return a mail without what servers add on its way."""
    for name in ("X-Peer", "X-MailFrom", "X-RcptTo"):
        del mail[name]
    return bytes(mail)


@pytest.mark.parametrize("answer", ["550 not from you", "552 too large", "554 spam"])
def test_a_letter_that_is_refused_for_good(mails: MailBox, answer: str) -> None:
    """That it would be refused each time is told; another may be taken over."""
    mails.answers.append(answer)
    with pytest.raises(NoticeRefused, match=answer):
        server(mails).deliver(LETTER, CAUSE)
    server(mails).deliver(LETTER, CAUSE)

    assert len(mails.mails) == 1


@pytest.mark.parametrize("answer", ["451 later", "530 log in first"])
def test_a_mail_that_is_not_taken_over_is_told(mails: MailBox, answer: str) -> None:
    """What says nothing of the letter itself: the next time it may say yes."""
    mails.answers.append(answer)
    with pytest.raises(DependencyDown, match=answer):
        server(mails).deliver(LETTER, CAUSE)
    server(mails).deliver(LETTER, CAUSE)

    assert len(mails.mails) == 1


def test_an_answer_that_is_lost(mails: MailBox) -> None:
    """Nobody knows whether it was taken over: it counts as not, and is sent again."""
    mails.lost = 1
    with pytest.raises(DependencyDown):
        server(mails).deliver(LETTER, CAUSE)
    server(mails).deliver(LETTER, CAUSE)

    assert len({mail["Message-ID"] for mail in mails.mails}) == 1
    assert len(mails.mails) == 2


def test_nobody_there(box: MailBox) -> None:
    """A server that does not run is down."""
    with pytest.raises(DependencyDown, match="refused"):
        server(box).deliver(LETTER, CAUSE)


def test_every_recipient_refused(mails: MailBox) -> None:
    """Then nobody was told, nor will be, and it says why."""
    mails.refused = {"eln@lists.example"}
    with pytest.raises(NoticeRefused, match="no such user"):
        server(mails).deliver(LETTER, CAUSE)


def test_one_refused_and_the_other_put_off(mails: MailBox) -> None:
    """Somebody may get it yet."""
    mails.refused, mails.put_off = {"gone@fedora.example"}, {"later@fedora.example"}
    both = server(mails, recipients=("gone@fedora.example", "later@fedora.example"))
    with pytest.raises(DependencyDown, match="450"):
        both.deliver(LETTER, CAUSE)


def test_one_recipient_refused(mails: MailBox) -> None:
    """The others have it: it is not sent again, and the log names the one who has not."""
    mails.refused = {"gone@fedora.example"}
    with capture_logs() as logs:
        server(mails, recipients=("eln@lists.example", "gone@fedora.example")).deliver(
            LETTER, CAUSE
        )

    assert mails.envelopes[0][1] == ["eln@lists.example"]
    assert [log["recipient"] for log in logs] == ["gone@fedora.example"]


def test_one_recipient_put_off(mails: MailBox) -> None:
    """It is sent again until he has it: the others know the same mail by its Message-ID."""
    both = server(mails, recipients=("eln@lists.example", "later@fedora.example"))
    mails.put_off = {"later@fedora.example"}
    with pytest.raises(DependencyDown, match="450 later"):
        both.deliver(LETTER, CAUSE)
    mails.put_off = set()
    both.deliver(LETTER, CAUSE)

    assert mails.envelopes[1][1] == ["eln@lists.example", "later@fedora.example"]
    assert len({mail["Message-ID"] for mail in mails.mails}) == 1


def test_a_certificate_of_somebody_else(mails: MailBox) -> None:
    """Mail goes to the server that was named, or nowhere."""
    with pytest.raises(DependencyDown, match="certificate"):
        server(mails, ca_file=None).deliver(LETTER, CAUSE)


def test_a_server_without_tls(serve: SERVE) -> None:
    """Where TLS was asked for, nothing is sent without it; where it was not, it is sent."""
    box = serve(tls=False)
    with pytest.raises(DependencyDown, match="STARTTLS"):
        server(box).deliver(LETTER, CAUSE)
    server(box, starttls=False).deliver(LETTER, CAUSE)

    assert len(box.mails) == 1


def test_a_login(serve: SERVE, tmp_path: Path) -> None:
    """The password lies in a file, and is read when it is needed: it may be renewed."""
    box, secret = serve(login=True), tmp_path / "password"
    client = server(box, user=LOGIN[0], password_file=secret)
    secret.write_text("another\n")
    with pytest.raises(DependencyDown, match="535"):
        client.check()
    secret.write_text(f"{LOGIN[1]}\n")
    client.deliver(LETTER, CAUSE)

    assert client.check() == f"127.0.0.1:{box.port} with TLS as ebs"
    assert len(box.mails) == 1


def test_a_password_file_that_is_gone(mails: MailBox, tmp_path: Path) -> None:
    """It is told like a server that is down."""
    client = server(mails, user="ebs", password_file=tmp_path / "none")
    with pytest.raises(DependencyDown, match="No such file"):
        client.check()


def test_it_comes_back(box: MailBox) -> None:
    """The same client sends as soon as the server is there again."""
    client = server(box)
    for _ in range(2):
        with pytest.raises(DependencyDown):
            client.deliver(LETTER, CAUSE)
        with serving(box):
            client.deliver(LETTER, CAUSE)

    assert len(box.mails) == 2


@given(st.text(), st.text(), st.lists(st.text(min_size=1), max_size=3))
def test_no_text_becomes_a_header(subject: str, text: str, packages: list[str]) -> None:
    """Whatever a name or a reason holds, the mail has the headers that it is to have."""
    letter = Letter("failures", subject, f"{text}\n", tuple(packages))
    mail = bytes(written(letter, CAUSE, "ebs@fedora.example", ["eln@lists.example"]))
    head, _, _ = mail.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]

    ours = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"]
    ours += [PACKAGES] * bool(packages)
    mime = ["Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
    assert [name.decode() for name in names] == [*ours, *mime]


def test_many_packages(mails: MailBox) -> None:
    """A header of many names is folded, and read it is what it was."""
    names = tuple(f"package-{number}" for number in range(500))
    server(mails).deliver(Letter("failures", "s", "t\n", names), CAUSE)

    assert str(mails.mails[0][PACKAGES]).split(", ") == list(names)
