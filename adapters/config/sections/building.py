# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of where is built and published: Koji, Bodhi, and their pages."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from adapters.config.checks import Name, User, WebAddress
from adapters.config.files import local_path
from adapters.config.sections.fields import Count, Interval, LocalPath, Section

FEDORA: Final = "https://bodhi.fedoraproject.org/"
FEDORA_LOGIN: Final = "https://id.fedoraproject.org/openidc"
STAGING_LOGIN: Final = "https://id.stg.fedoraproject.org/openidc"


def _commit_pattern(text: str) -> str:
    if "{commit}" not in text:
        raise ValueError("has no {commit} in it: write it as {repository}/-/commit/{commit}")
    return text


class Koji(Section):
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


class Bodhi(Section):
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


class Links(Section):
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
