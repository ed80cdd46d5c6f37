# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the web side: where it listens, and who may write."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from adapters.config.checks import WebAddress
from adapters.config.sections.fields import LocalPath, Port, Section


class Web(Section):
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


class Oidc(Section):
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
