# SPDX-License-Identifier: GPL-3.0-or-later
"""The real worker and a real mail server: what is on record is told, whoever dies meanwhile."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from threading import Event, Thread
from typing import Any

import pytest

from tests.adapters.cli.conftest import Ebs, Process, World
from tests.fixtures.fix_mail import MailBox
from tests.fixtures.until import until


@pytest.fixture
def configured(ready: Ebs, box: MailBox, monkeypatch: pytest.MonkeyPatch) -> Ebs:
    """A service that has mail configured, and holds whatever is due."""
    account = {**box.account(), "recipients": '["eln@lists.example"]'}
    for name, value in account.items():
        monkeypatch.setenv(f"EBS_MAIL__{name.upper()}", str(value))
    monkeypatch.setenv("EBS_GUARD__MAX_BUILDS", "0")
    return ready


def told(ebs: Ebs) -> list[dict[str, Any]]:
    """Return what is on record as told."""
    return [
        json.loads(line) for line in ebs("events", "--type", "notified", "--json").out.splitlines()
    ]


def test_killed_when_it_was_taken_over(configured: Ebs, process: Process, mails: MailBox) -> None:
    """The server's answer is lost, and the worker killed: the mail comes again, as the same one."""
    mails.lost = 1
    worker = process("work")
    until(lambda: mails.mails)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert told(configured) == []

    worker = process("work")
    until(lambda: told(configured))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0

    assert mails.subjects == ["ELNBuildSync holds a plan of 2 builds"] * 2
    assert len({mail["Message-ID"] for mail in mails.mails}) == 1
    [event] = told(configured)
    assert event["data"]["notice"] == "plan-held"


@pytest.fixture
def dripping() -> Iterator[int]:
    """The port of a server that greets at a byte a second, without an end."""
    over = Event()

    def drip(listener: socket.socket) -> None:
        with suppress(OSError), listener.accept()[0] as connection:
            while not over.wait(1):
                connection.sendall(b"2")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        dripper = Thread(target=drip, args=(listener,))
        dripper.start()
        yield int(listener.getsockname()[1])
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
    dripper.join()


def test_a_mail_server_without_an_end_keeps_nobody_waiting(
    configured: Ebs,
    process: Process,
    world: World,
    dripping: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No time-out ends what goes on and on: builds go on beside it, and the worker stops."""
    monkeypatch.setenv("EBS_MAIL__PORT", str(dripping))
    worker = process("work")
    until(lambda: configured("status", "--json").json["plan"])
    time.sleep(3)  # it is being told of that
    configured("ingest", world.file("more.jsonl", world.message("xterm", 77)))
    until(lambda: "skipped" in configured("history", "77").out)
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(20) == 0
    assert told(configured) == []


def test_a_mail_server_that_is_down_keeps_nobody_from_deciding(configured: Ebs) -> None:
    """A pass decides all the same and says who was not told; the next one tells it."""
    ran = configured("work", "--once", "--json")

    assert (ran.code, len(ran.json["held"])) == (0, 1)
    assert "not told, and tried again: mail: the mail server 127.0.0.1:" in ran.err
    assert told(configured) == []


def test_one_pass_tells_what_it_did(configured: Ebs, mails: MailBox) -> None:
    """Also the first one after mail was configured; and nothing twice."""
    for _ in range(2):
        assert configured("work", "--once").code == 0

    assert mails.subjects == ["ELNBuildSync holds a plan of 2 builds"]


def test_doctor_asks_the_mail_server(configured: Ebs, mails: MailBox) -> None:
    """It says who answered, and sends nothing."""
    checks = {check["name"]: check for check in configured("doctor", "--json").json["checks"]}

    assert checks["channel mail"]["health"] == "ok"
    assert checks["channel mail"]["found"] == f"127.0.0.1:{mails.port} with TLS"
    assert mails.mails == []


def test_doctor_finds_nobody(configured: Ebs) -> None:
    """A server that is down is a failed check, with what to do."""
    ran = configured("doctor", "--json")
    checks = {check["name"]: check for check in ran.json["checks"]}

    assert ran.code == 8
    assert checks["channel mail"]["health"] == "fail"
    assert "[mail]" in checks["channel mail"]["do"]


def test_doctor_knows_of_a_letter_that_was_refused(configured: Ebs, mails: MailBox) -> None:
    """Which, and what the server said."""
    mails.answers.append("554 looks like spam")
    configured("work", "--once")
    checks = {check["name"]: check for check in configured("doctor", "--json").json["checks"]}

    assert checks["notices"]["health"] == "warn"
    assert "554 looks like spam" in checks["notices"]["found"]
    asked = checks["notices"]["do"].rpartition(": ebs ")[2].split()
    assert "plan-held" in configured(*asked).out


def test_without_a_channel(ready: Ebs) -> None:
    """It is a choice, and nothing is wrong with it."""
    checks = {check["name"]: check for check in ready("doctor", "--json").json["checks"]}

    assert checks["channels"]["health"] == "ok"
