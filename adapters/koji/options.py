# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hub, as whom, and how patiently: from koji's own profiles or an address of its own."""

import configparser
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import koji
from msgspec import Struct
from pydantic import SecretStr

from adapters.errors import NotPermitted
from domain.errors import Invalid, NotFound

_HOUR: Final = 3_600
_LONGEST_SECRET: Final = 4_096


class Password(Struct, frozen=True):
    user: str
    password: SecretStr


class Gssapi(Struct, frozen=True):
    """Kerberos; without a keytab by the tickets that are there."""

    principal: str | None = None
    keytab: str | None = None
    ccache: str | None = None


Login = Password | Gssapi


class HubOptions(Struct, frozen=True, kw_only=True):
    """``login``: None reads anonymously. Times in seconds.

    ``timeout``: without a byte from the hub; ``retry_for``: for a call and all its repetitions;
    ``pause``: before the first of them; ``batch``: calls in a multicall (a request that is too
    long is answered 400); ``login_for``: until a new login. Koji renews a session after 24 hours,
    and the calls after that renewal fail.
    """

    url: str
    login: Login | None = None
    serverca: str | None = None
    timeout: float = 30
    retry_for: float = 60
    pause: float = 0.2
    batch: int = 500
    login_for: float = 20 * _HOUR

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise Invalid(f"{self.url!r} is no hub", do="give an address as https://host/kojihub")
        if self.batch < 1 or min(self.timeout, self.retry_for, self.login_for) <= 0:
            raise Invalid("Koji's times and batch must be more than 0")


def hub_options(
    *,
    profile: str | None = None,
    url: str | None = None,
    user: str | None = None,
    password_file: Path | None = None,
    principal: str | None = None,
    keytab: Path | None = None,
    ccache: Path | None = None,
    profile_file: Path | None = None,
    **limits: Any,
) -> HubOptions:
    """Put together what was given; it wins over the profile, whose file may be named too.

    Raises Invalid, NotFound, or NotPermitted.
    """
    known = read_profile(profile, profile_file) if profile else {}
    address = url or known.get("server")
    if not address:
        raise Invalid("no hub is named", do="give a koji profile or the address of a hub")
    kerberos = Gssapi(
        principal or known.get("principal"),
        str(keytab) if keytab else known.get("keytab"),
        str(ccache) if ccache else None,
    )
    login = _login(known.get("authtype"), user, password_file, kerberos)
    return HubOptions(url=address, login=login, serverca=known.get("serverca") or None, **limits)


def read_profile(name: str, file: Path | None = None) -> dict[str, Any]:
    """Read a profile as koji's own tools do: /etc/koji.conf.d, /etc/koji.conf, ~/.koji.

    Koji's retry and time-out settings there are not ours. Raises Invalid.
    """
    try:
        return dict(koji.read_config(name, user_config=str(file) if file else None))
    except (koji.GenericError, configparser.Error, OSError, ValueError) as error:
        raise Invalid(
            f"the koji profile {name!r} cannot be used",
            why=str(error),
            do="name one that `koji -p NAME hello` knows, or give the address of the hub",
        ) from None


def _login(
    authtype: str | None, user: str | None, password_file: Path | None, kerberos: Gssapi
) -> Login | None:
    if password_file is not None:
        return _password(user, password_file)
    if authtype in {"ssl", "password"}:
        raise Invalid(
            f"the koji profile logs in by {authtype}",
            why="it holds no password, and certificates are not used here",
            do="give a user with a password file, or a principal with a keytab",
        )
    if authtype in {"kerberos", "gssapi"} or kerberos != Gssapi():
        return _available(kerberos)
    return None


def _password(user: str | None, file: Path) -> Password:
    if not user:
        raise Invalid("a password file is given, and no user", do="name the Koji user too")
    return Password(user, SecretStr(_secret(file)))


def _available(kerberos: Gssapi) -> Gssapi:
    """Return it if GSSAPI is installed.

    Koji would take requests-kerberos in its place, and fail in the midst of the first login.
    """
    if find_spec("gssapi") is None:
        raise Invalid(
            "Koji's Kerberos login is not installed",
            why="the package gssapi is missing: it needs a compiler and the headers of libkrb5",
            do="make install KERBEROS=1",
        )
    return kerberos


def _secret(path: Path) -> str:
    try:
        text = path.read_bytes()[: _LONGEST_SECRET + 1].decode().strip()
    except FileNotFoundError:
        raise NotFound(f"there is no password file {path}", do="check the path") from None
    except PermissionError:
        raise NotPermitted(f"the password file {path} cannot be read") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"the password file {path} cannot be read", why=str(error)) from None
    if not 0 < len(text) <= _LONGEST_SECRET:
        raise Invalid(f"the password file {path} holds no password")
    return text
