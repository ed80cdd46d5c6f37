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

Count = Annotated[int, Field(ge=0, title="number")]
Seconds = Annotated[int, Field(ge=0, le=365 * DAY, title="seconds")]
Interval = Annotated[Seconds, Field(gt=0)]
Port = Annotated[int, Field(ge=0, le=65_535, title="port")]
LocalPath = Annotated[
    Path,
    BeforeValidator(lambda value: local_path(value) if isinstance(value, str) else value),
    Field(title="file"),
]


def _commit_pattern(text: str) -> str:
    if "{commit}" not in text:
        raise ValueError("has no {commit} in it: write it as {repository}/-/commit/{commit}")
    return text


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Koji(_Section):
    """The hub; without a profile and a url the service works on what was recorded.

    The login is a user with a password, or Kerberos; without one Koji is only read.
    """

    profile: Name | None = None
    """A profile of koji's own configuration, as in /etc/koji.conf.d."""
    url: WebAddress | None = None
    """The address of a hub, which goes before that of the profile."""
    user: User | None = None
    """Who logs in with a password."""
    password_file: LocalPath | None = None
    """Holds the password of the user, and nothing else."""
    principal: User | None = None
    """Who logs in by Kerberos; without a keytab by the tickets that are there."""
    keytab: LocalPath | None = None
    """The keys of the principal, of which tickets are made, for Bodhi too."""
    ccache: str | None = None
    """Where the tickets are kept; those of a keytab stay in memory without it."""
    web_url: WebAddress = "https://koji.fedoraproject.org/koji"
    """Where people look at tasks; mail names their logs by it."""
    timeout: Interval = 30
    """How long the hub may say nothing."""
    retry: Interval = 60
    """How long a call is tried, all its repetitions together."""
    multicall: Annotated[Count, Field(gt=0)] = 500
    """How many calls go into one request."""
    build_target: Name = "eln"
    """The target that the rebuilds are made for."""
    stable_tag: Name = "eln"
    """The tag that says of a source that ELN has it; it is always watched."""

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
    """Where what was built is published; without a url nothing is."""

    url: WebAddress | None = None
    """Whose updates are made. It names Rawhide's tag too; for that alone Fedora's is asked."""
    login_file: LocalPath | None = None
    """The tokens, as bodhi's own command keeps them: ~/.config/bodhi/client.json by default."""
    id_provider: WebAddress | None = None
    """Who gives tokens; by default Fedora's, or staging's where Bodhi is staging's."""
    batch_size: Count = 0
    """How many builds an update holds where a batch is divided; 0: all of them."""
    max_single_batch_size: Count = 0
    """More builds than this are published in several updates; 0: never."""
    batch_page: WebAddress | None = None
    """The address that a batch's number is appended to, for the notes of an update."""
    timeout: Interval = 30
    """How long Bodhi may say nothing."""
    stable_wait: Interval = 3_600
    """How long builds are waited for in Koji's stable tag."""
    stable_adaptive: bool = False
    """Whether they are waited for as long as batches before took."""
    stable_longest: Interval = 4 * 3_600
    """The longest of that, and of the wait while nothing at all gets there."""
    when_late: Literal["go-on", "hold"] = "go-on"
    """What the batch does then: it goes on, or is on hold."""

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
    """Where people look things up."""

    koji: WebAddress = "https://koji.fedoraproject.org/koji"
    """Koji's pages."""
    dist_git: WebAddress = "https://src.fedoraproject.org/rpms"
    """Dist-git's pages."""
    policy_commit: Annotated[str, AfterValidator(_commit_pattern)] = (
        "{repository}/-/commit/{commit}"
    )
    """How the forge of the policy shows a {commit} of its {repository}."""
    bodhi: WebAddress = "https://bodhi.fedoraproject.org"
    """Bodhi's pages."""


class Mail(_Section):
    """Where mail is sent by SMTP, as whom and to whom; without a server none is."""

    server: Annotated[str, Field(pattern=r"^[\w.:-]+$", title="host")] | None = None
    """The host that takes mail."""
    port: Annotated[Port, Field(gt=0)] = 587
    """Its port."""
    starttls: bool = True
    """Whether the connection is encrypted; a password is not sent without."""
    ca_file: LocalPath | None = None
    """The authority that signed the server's certificate, in place of those the system knows."""
    user: Annotated[str, Field(min_length=1)] | None = None
    """Who logs in there, if anybody does."""
    password_file: LocalPath | None = None
    """Holds the password of the user, and nothing else."""
    sender: MailAddress | None = None
    """From whom mail is."""
    recipients: tuple[MailAddress, ...] = ()
    """To whom it goes."""
    timeout: Interval = 10
    """How long the server may say nothing."""
    digests: tuple[Literal["daily", "weekly"], ...] = ("daily", "weekly")
    """When what was done and what fails is told: every day, every Monday."""
    digest_hour: Annotated[int, Field(ge=0, le=23, title="hour")] = 6
    """At which hour, in UTC."""

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
    """Fedora's message bus; without a conf there is none, and Koji's history alone is read."""

    conf: LocalPath | None = Field(
        default_factory=lambda: os.environ.get(LIBRARY_CONF) or None, validate_default=True
    )
    """fedora-messaging's own configuration file; FEDORA_MESSAGING_CONF names it as well."""
    patience: Interval = 300
    """How long a consumer waits for the database, before it leaves the messages to the broker."""
    silence: Interval = 1800
    """How long without any message is more than usual: then it is told."""
    certificate: Annotated[int, Field(ge=0, le=3_650, title="days")] = 30
    """So many days before the end of the client's certificate it is told."""
    publish: bool = False
    """Whether batches, rebuilt packages, held plans and pauses are told on the bus."""
    publish_timeout: Interval = 5
    """Within which time the broker must have confirmed a message."""

    def usual(self) -> Usual:
        """Return what is not worth a word."""
        return Usual(timedelta(seconds=self.silence), timedelta(days=self.certificate))


class Web(_Section):
    """Where the web side listens, and how browsers reach it."""

    host: str = "127.0.0.1"
    """Where it listens: 0.0.0.0 in a container."""
    port: Port | None = None
    """On which port: 8080 by itself; 'ebs run' serves only where one is given."""
    metrics_port: Port | None = None
    """Metrics for Prometheus, on a port of their own; without one there are none."""
    url: WebAddress | None = None
    """How browsers reach it, where that is not http://host:port."""
    proxies: tuple[str, ...] = ()
    """The addresses of those before it, who may say for whom they ask."""
    session_key_file: LocalPath | None = None
    """What sessions are signed with, 32 bytes or more; else they end with the process."""
    session_hours: Annotated[int, Field(gt=0, le=168, title="hours")] = 8
    """After so many hours one signs in again."""


class Oidc(_Section):
    """Who may write on the web; without an issuer nobody may. Everybody may read."""

    issuer: WebAddress | None = None
    """The OpenID provider."""
    client_id: str | None = None
    """What the provider knows the service as."""
    client_secret_file: LocalPath | None = None
    """Holds the secret of the client, and nothing else."""
    scopes: tuple[str, ...] = ("openid", "profile", "groups")
    """What the provider is asked for."""
    user_claim: str = "nickname"
    """Its word for a person's name."""
    groups_claim: str = "groups"
    """Its word for a person's groups."""
    admin_groups: tuple[str, ...] = ()
    """The groups whose members may write."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Refuse what could never let anybody in."""
        if self.issuer and not (self.client_id and self.client_secret_file and self.admin_groups):
            raise ValueError("an issuer needs client_id, client_secret_file and admin_groups")
        return self


class Guard(_Section):
    """What is too much in 24 hours waits for 'ebs approve'."""

    max_builds: Count = 250
    """Builds that are queued without anybody's approval."""
    max_builds_after_change: Count = 25
    """Those of them that only a change of trigger, policy or package list made due."""


class Timers(_Section):
    """How long is waited for what."""

    lull: Seconds = 60
    """Without a new build before a batch starts."""
    longest_wait: Seconds = 900
    """The longest wait for that."""
    configuration: Interval = 900
    """Between two looks at the policy."""
    catch_up: Interval = 900
    """Between two looks at Koji's history, for what the bus did not tell."""
    task_poll: Interval = 300
    """Between two looks at the tasks that run in Koji."""
    failure_expiry_days: Annotated[int, Field(ge=0, le=36_500, title="days")] = 0
    """After so many days a failed source is tried again; 0: never by itself."""
