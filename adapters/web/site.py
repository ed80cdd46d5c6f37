# SPDX-License-Identifier: GPL-3.0-or-later
"""What every address of the web side works with."""

from dataclasses import dataclass
from typing import Annotated

from authlib.integrations.starlette_client import StarletteOAuth2App
from fastapi import Depends, Request

from adapters.app import App
from adapters.store.tokens import Tokens
from adapters.web.answers import Answers
from adapters.web.limits import Limits
from adapters.web.live import Live


@dataclass(frozen=True)
class Site:
    """The service, and what the web adds to it.

    ``origin``: scheme, host and port as browsers see them. ``provider``: the OpenID provider, None
    where nobody can sign in and so nobody may write.
    """

    app: App
    origin: str
    tokens: Tokens
    answers: Answers
    limits: Limits
    live: Live
    provider: StarletteOAuth2App | None = None

    @property
    def writable(self) -> bool:
        """Whether anybody may write."""
        return self.provider is not None

    @property
    def koji_pages(self) -> str:
        """Where Koji shows tasks and builds."""
        return self.app.config.links.koji.rstrip("/")

    @property
    def https(self) -> bool:
        """Whether browsers reach it by https only."""
        return self.origin.startswith("https:")


async def _here(request: Request) -> Site:
    """Return the site; not in a thread, which would cost more than it does."""
    site: Site = request.app.state.site
    return site


Here = Annotated[Site, Depends(_here)]
