# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hub, and as whom."""

from pathlib import Path
from typing import Any

import pytest

from adapters.errors import NotPermitted
from adapters.koji import options
from adapters.koji.options import Gssapi, Password, hub_options
from domain.errors import EbsError, Invalid, NotFound

URL = "https://koji.test/kojihub"

PROFILE = """
[test]
server = https://profile.test/kojihub
authtype = {authtype}
max_retries = 99
anon_retry = yes
timeout = 7
"""


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if `make install KERBEROS=1` had been run."""
    monkeypatch.setattr(options, "find_spec", lambda name: object())


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    """A file with a password, as an editor leaves it."""
    path = tmp_path / "password"
    path.write_text("hunter2\n")
    return path


def profile(folder: Path, authtype: str) -> Path:
    """A file with a koji profile named test."""
    path = folder / "koji.conf"
    path.write_text(PROFILE.format(authtype=authtype))
    return path


def test_a_profile_names_the_hub(tmp_path: Path) -> None:
    """A profile is read as koji's tools read it, but for its patience, which is not ours."""
    made = hub_options(profile="test", profile_file=profile(tmp_path, "noauth"))

    assert made.url == "https://profile.test/kojihub"
    assert made.login is None
    assert (made.timeout, made.retry_for, made.batch) == (30, 60, 500)


def test_a_profile_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a file named, the user's own profiles are known."""
    (tmp_path / ".koji").mkdir()
    (tmp_path / ".koji/config").write_text(PROFILE.format(authtype="noauth"))
    monkeypatch.setenv("HOME", str(tmp_path))

    assert hub_options(profile="test").url == "https://profile.test/kojihub"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("authtype", ["kerberos", "gssapi"])
def test_a_profile_may_ask_for_kerberos(tmp_path: Path, authtype: str) -> None:
    """By a profile's authtype we log in with the keytab given, or the tickets that are there."""
    file = profile(tmp_path, authtype)
    keytab = hub_options(
        profile="test", profile_file=file, principal="ebs@TEST", keytab=Path("ebs.keytab")
    )

    assert hub_options(profile="test", profile_file=file).login == Gssapi()
    assert keytab.login == Gssapi("ebs@TEST", "ebs.keytab")


def test_what_is_given_wins(tmp_path: Path, password_file: Path) -> None:
    """An address and a login that are given win over the profile's."""
    made = hub_options(
        profile="test",
        profile_file=profile(tmp_path, "kerberos"),
        url=URL,
        user="ebs",
        password_file=password_file,
    )

    assert made.url == URL
    assert isinstance(made.login, Password)
    assert made.login.password.get_secret_value() == "hunter2"


def test_kerberos_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package gssapi, it is said before any call, and how to install it."""
    monkeypatch.setattr(options, "find_spec", lambda name: None)

    with pytest.raises(Invalid, match="gssapi is missing") as caught:
        hub_options(url=URL, principal="ebs@TEST")
    assert "make install KERBEROS=1" in caught.value.do


def test_an_unknown_profile(tmp_path: Path) -> None:
    """A profile that no file has is named in the error."""
    with pytest.raises(Invalid, match="'nosuch' cannot be used"):
        hub_options(profile="nosuch", profile_file=profile(tmp_path, "noauth"))


def test_a_file_of_profiles_that_is_none(tmp_path: Path) -> None:
    """A file that cannot be read or parsed is an error, not an unknown profile."""
    bad = tmp_path / "koji.conf"
    bad.write_text("server = nowhere\n")

    for file in (bad, tmp_path / "nosuch.conf"):
        with pytest.raises(Invalid, match="cannot be used"):
            hub_options(profile="test", profile_file=file)


@pytest.mark.parametrize("authtype", ["ssl", "password"])
def test_a_login_that_is_not_ours(tmp_path: Path, authtype: str) -> None:
    """A profile that logs in as we cannot is refused rather than read anonymously."""
    with pytest.raises(Invalid, match=f"logs in by {authtype}"):
        hub_options(profile="test", profile_file=profile(tmp_path, authtype))


def test_a_password_that_cannot_be_had(tmp_path: Path) -> None:
    """A password file that is missing, a folder, empty, no text or too long is an error."""
    files: dict[str, tuple[bytes, type[EbsError]]] = {
        "empty": (b" \n", Invalid),
        "binary": (b"\xff\xfe", Invalid),
        "long": (b"x" * 5_000, Invalid),
    }
    for name, (content, kind) in files.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(kind):
            hub_options(url=URL, user="ebs", password_file=tmp_path / name)
    with pytest.raises(NotFound, match="no password file"):
        hub_options(url=URL, user="ebs", password_file=tmp_path / "nosuch")
    with pytest.raises(Invalid, match="cannot be read"):
        hub_options(url=URL, user="ebs", password_file=tmp_path)


def test_a_password_that_is_forbidden(password_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password file of somebody else is a matter of permission."""

    def forbidden(self: Path) -> bytes:
        raise PermissionError

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    with pytest.raises(NotPermitted, match="cannot be read"):
        hub_options(url=URL, user="ebs", password_file=password_file)


def test_a_password_needs_a_user(password_file: Path) -> None:
    """A password alone is nobody's."""
    with pytest.raises(Invalid, match="no user"):
        hub_options(url=URL, password_file=password_file)


@pytest.mark.parametrize(
    "given",
    [{}, {"url": "koji.test"}, {"url": URL, "batch": 0}, {"url": URL, "timeout": 0}],
    ids=["nothing", "no-scheme", "no-batch", "no-time"],
)
def test_what_cannot_work(given: dict[str, Any]) -> None:
    """No hub, an address that is none, and limits of nothing are refused."""
    with pytest.raises(Invalid):
        hub_options(**given)
