# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of mail: all of it reaches the server, and what could not be sent is refused."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.config.sections import Mail
from adapters.config.static import load
from adapters.mail.server import MailOptions
from domain.errors import Invalid

WHOLE: dict[str, Any] = {
    "server": "smtp.example",
    "sender": "ebs@fedora.example",
    "recipients": ("eln@lists.example", "o'hara+eln@fedora.example"),
}


def test_the_defaults_are_those_of_the_server() -> None:
    """Who names server and people has STARTTLS on the port for that."""
    assert MailOptions(**Mail(**WHOLE).account()) == MailOptions(**WHOLE)


def test_all_of_it_reaches_the_server(tmp_path: Path) -> None:
    """account() is what MailOptions takes, and nothing that was given is lost on the way."""
    more: dict[str, Any] = {"port": 25, "timeout": 3, "user": "ebs", "ca_file": tmp_path / "ca"}
    more |= {"password_file": tmp_path / "password"}

    assert MailOptions(**Mail(**WHOLE, **more).account()) == MailOptions(**WHOLE, **more)


def test_without_a_server_nothing_is_asked() -> None:
    """Mail is a choice."""
    assert load().mail == Mail()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"recipients": ()}, "no sender or no recipients"),
        ({"sender": None}, "no sender or no recipients"),
        ({"user": "ebs"}, "user and password_file go together"),
        ({"password_file": "/run/pw"}, "user and password_file go together"),
        ({"user": "e", "password_file": "/run/pw", "starttls": False}, "without starttls"),
        ({"server": "smtp.example\r\nRCPT"}, "pattern"),
        ({"digests": ("hourly",)}, "daily"),
        ({"digest_hour": 24}, "less than or equal to 23"),
    ],
)
def test_what_could_not_be_sent_is_refused(wrong: dict[str, Any], why: str) -> None:
    """When it is loaded, not when the first mail is due."""
    with pytest.raises(ValidationError, match=why):
        Mail(**WHOLE | wrong)


@pytest.mark.parametrize(
    "address",
    ["", "ebs", "a b@c", "a@b\nBcc: c@d", "Ada <a@b>", "a@b, c@d", "a@b\r\n", "a@b.", "é@b", "a@é"],
)
def test_an_address_and_nothing_beside_it(address: str) -> None:
    """Names, lists and lines are no address."""
    with pytest.raises(ValidationError, match="no mail address"):
        Mail(**WHOLE | {"sender": address})


def test_variables_name_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """As every other key; a fault names the variable."""
    monkeypatch.setenv("EBS_MAIL__SERVER", "smtp.example")
    monkeypatch.setenv("EBS_MAIL__SENDER", "ebs@fedora.example")
    monkeypatch.setenv("EBS_MAIL__RECIPIENTS", '["eln@lists.example"]')
    monkeypatch.setenv("EBS_BUS__PUBLISH", "true")
    config = load()
    assert (config.mail.recipients, config.bus.publish) == (("eln@lists.example",), True)

    monkeypatch.setenv("EBS_MAIL__SENDER", "nobody")
    with pytest.raises(Invalid, match="EBS_MAIL__SENDER: is no mail address"):
        load()
