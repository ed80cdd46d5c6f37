# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the static configuration, with the default of each key."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from adapters.config.checks import MailAddress, Name, User, WebAddress
from adapters.config.files import local_path
from domain.service.watch import Usual

FEDORA: Final = "https://bodhi.fedoraproject.org/"
FEDORA_LOGIN: Final = "https://id.fedoraproject.org/openidc"
STAGING_LOGIN: Final = "https://id.stg.fedoraproject.org/openidc"

DAY: Final = 86_400
"""Seconds."""

LIBRARY_CONF: Final = "FEDORA_MESSAGING_CONF"
"""The variable by which fedora-messaging itself is told its configuration file."""

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[int, Field(ge=0, le=365 * DAY)]
Interval = Annotated[Seconds, Field(gt=0)]
Port = Annotated[int, Field(ge=0, le=65_535)]
LocalPath = Annotated[
    Path, BeforeValidator(lambda value: local_path(value) if isinstance(value, str) else value)
]


def _commit_pattern(text: str) -> str:
    if "{commit}" not in text:
        raise ValueError("has no {commit} in it: write it as {repository}/-/commit/{commit}")
    return text


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Koji(_Section):
    """The hub: a ``profile`` of koji's own configuration or a ``url``, which wins; or none.

    The login: ``user`` with a ``password_file``, or Kerberos, by a ticket made of the ``keytab``,
    in memory unless a ``ccache`` is named. ``web_url``: where people look at its tasks.
    ``timeout``: seconds without a byte from the hub; ``retry``: seconds for a call and all its
    repetitions; ``multicall``: calls in one request.
    """

    profile: Name | None = None
    url: WebAddress | None = None
    user: User | None = None
    password_file: LocalPath | None = None
    principal: User | None = None
    keytab: LocalPath | None = None
    ccache: str | None = None
    web_url: WebAddress = "https://koji.fedoraproject.org/koji"
    timeout: Interval = 30
    retry: Interval = 60
    multicall: Annotated[int, Field(gt=0)] = 500
    build_target: Name = "eln"
    stable_tag: Name = "eln"

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        """Refuse what would be passed over without a word."""
        if self.user and not self.password_file:
            raise ValueError("user is given, and no password_file")
        if self.password_file and (self.principal or self.keytab or self.ccache):
            raise ValueError("a password_file and Kerberos are given: one login is enough")
        return self

    @property
    def online(self) -> bool:
        """Whether there is a hub; without one the service works on what was recorded."""
        return bool(self.profile or self.url)

    def hub(self) -> dict[str, Any]:
        """Return the keyword arguments of ``adapters.koji.options.hub_options``."""
        return {
            "profile": self.profile,
            "url": self.url,
            "user": self.user,
            "password_file": self.password_file,
            "principal": self.principal,
            "keytab": self.keytab,
            "ccache": self.ccache,
            "timeout": self.timeout,
            "retry_for": self.retry,
            "batch": self.multicall,
        }


class Bodhi(_Section):
    """Where updates are made, and what names Rawhide's tag; without ``url`` nothing is published.

    ``login_file``: the tokens, as bodhi's own command keeps them, of the ``id_provider``; Kerberos
    renews them. More than ``max_single_batch_size`` builds are published by the ``batch_size`` (0:
    all at once). ``batch_page``: address that a batch's number is appended to, for the notes.
    Seconds: ``timeout``, without a byte from Bodhi; ``stable_wait``, for builds to reach Koji's
    stable tag, if ``stable_adaptive`` as long as batches before took, up to ``stable_longest``,
    which is waited too while nothing at all gets there. ``when_late``: then the batch goes on, or
    is on hold.
    """

    url: WebAddress | None = None
    login_file: LocalPath | None = None
    id_provider: WebAddress | None = None
    batch_size: Count = 0
    max_single_batch_size: Count = 0
    batch_page: WebAddress | None = None
    timeout: Interval = 30
    stable_wait: Interval = 3_600
    stable_adaptive: bool = False
    stable_longest: Interval = 4 * 3_600
    when_late: Literal["go-on", "hold"] = "go-on"

    @model_validator(mode="after")
    def _waits(self) -> Self:
        if self.stable_longest < self.stable_wait:
            raise ValueError("stable_longest is shorter than stable_wait")
        return self

    @property
    def server(self) -> str:
        """The address to ask, Fedora's where none is given."""
        return self.url or FEDORA

    @property
    def provider(self) -> str:
        """Who gives tokens."""
        return self.id_provider or (STAGING_LOGIN if is_staging(self.server) else FEDORA_LOGIN)

    @property
    def tokens(self) -> Path:
        """The file with the tokens, that of bodhi's own command where none is given."""
        return self.login_file or local_path("~/.config/bodhi/client.json")


def is_staging(place: str | None) -> bool | None:
    """Whether an address or profile is of Fedora's staging, None where that cannot be told."""
    host = urlsplit(place or "").hostname or place or ""
    if host in {"koji", "fedora", "stg"}:
        return host == "stg"
    return "stg" in host.split(".") if host.endswith(".fedoraproject.org") else None


class Links(_Section):
    """Where people look things up: the pages of Koji, of dist-git and of Bodhi.

    ``policy_commit``: how the forge of the policy shows a ``{commit}`` of its ``{repository}``.
    """

    koji: WebAddress = "https://koji.fedoraproject.org/koji"
    dist_git: WebAddress = "https://src.fedoraproject.org/rpms"
    policy_commit: Annotated[str, AfterValidator(_commit_pattern)] = (
        "{repository}/-/commit/{commit}"
    )
    bodhi: WebAddress = "https://bodhi.fedoraproject.org"


class Mail(_Section):
    """Where mail is sent by SMTP, as whom and to whom; without a ``server`` none is.

    ``ca_file``: by which the server's certificate is known, in place of the system's.
    ``digest_hour``: UTC.
    """

    server: Annotated[str, Field(pattern=r"^[\w.:-]+$")] | None = None
    port: Annotated[int, Field(gt=0, le=65_535)] = 587
    starttls: bool = True
    ca_file: LocalPath | None = None
    user: Annotated[str, Field(min_length=1)] | None = None
    password_file: LocalPath | None = None
    sender: MailAddress | None = None
    recipients: tuple[MailAddress, ...] = ()
    timeout: Interval = 10
    digests: tuple[Literal["daily", "weekly"], ...] = ("daily", "weekly")
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 6

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse what could not be sent, and a password in plain text."""
        if self.server and not (self.sender and self.recipients):
            raise ValueError("server is given, and no sender or no recipients")
        if bool(self.user) != bool(self.password_file):
            raise ValueError("user and password_file go together")
        if self.user and not self.starttls:
            raise ValueError("a password is not sent without starttls")
        return self

    def account(self) -> dict[str, Any]:
        """Return the keyword arguments of ``adapters.mail.server.MailOptions``."""
        return self.model_dump(exclude={"digests", "digest_hour"})


class Bus(_Section):
    """fedora-messaging: ``conf`` is its own configuration file; without one there is no bus.

    ``patience``: seconds for which a consumer waits for the database before it halts; ``silence``:
    seconds without a message that are more than usual; ``certificate``: days before its end from
    which on a certificate is warned of. ``publish``: whether what was done is told on the bus;
    ``publish_timeout``: seconds within which the broker must have confirmed a message.
    """

    conf: LocalPath | None = Field(
        default_factory=lambda: os.environ.get(LIBRARY_CONF) or None, validate_default=True
    )
    patience: Interval = 300
    silence: Interval = 1800
    certificate: Annotated[int, Field(ge=0, le=3_650)] = 30
    publish: bool = False
    publish_timeout: Interval = 5

    def usual(self) -> Usual:
        """Return what is not worth a word."""
        return Usual(timedelta(seconds=self.silence), timedelta(days=self.certificate))


class Web(_Section):
    """Where the web side listens, and how browsers reach it.

    ``port``: None where ``ebs run`` is not to serve; ``metrics_port``: None for no metrics.
    ``url``: what browsers see, where that is not ``http://host:port``; ``proxies``: who may say
    for whom it asks. ``session_key_file`` holds what sessions are signed with; without it they end
    with the process. ``session_hours``: after so long one signs in again.
    """

    host: str = "127.0.0.1"
    port: Port | None = None
    metrics_port: Port | None = None
    url: WebAddress | None = None
    proxies: tuple[str, ...] = ()
    session_key_file: LocalPath | None = None
    session_hours: Annotated[int, Field(gt=0, le=168)] = 8


class Oidc(_Section):
    """Who may write: the OpenID provider, and what it calls the groups and names of people.

    Without an ``issuer`` the web side is read-only. Reading needs no sign-in.
    """

    issuer: WebAddress | None = None
    client_id: str | None = None
    client_secret_file: LocalPath | None = None
    scopes: tuple[str, ...] = ("openid", "profile", "groups")
    user_claim: str = "nickname"
    groups_claim: str = "groups"
    admin_groups: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Refuse what could never let anybody in."""
        if self.issuer and not (self.client_id and self.client_secret_file and self.admin_groups):
            raise ValueError("an issuer needs client_id, client_secret_file and admin_groups")
        return self


class Guard(_Section):
    max_builds: Count = 250
    max_builds_after_change: Count = 25


class Timers(_Section):
    """Seconds, but for ``failure_expiry_days`` (0: a failure never expires).

    ``lull``: quiet before a batch starts; ``longest_wait``: its upper bound; ``configuration``:
    between two looks at the policy; ``catch_up``: at Koji's history; ``task_poll``: at its tasks.
    """

    lull: Seconds = 60
    longest_wait: Seconds = 900
    configuration: Interval = 900
    catch_up: Interval = 900
    task_poll: Interval = 300
    failure_expiry_days: Annotated[int, Field(ge=0, le=36_500)] = 0
