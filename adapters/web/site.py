# SPDX-License-Identifier: GPL-3.0-or-later
"""What every address of the web side works with."""

import secrets
from dataclasses import dataclass
from typing import Annotated

from authlib.integrations.starlette_client import StarletteOAuth2App
from fastapi import Depends, Request

from adapters.app import App
from adapters.store.tokens import Tokens
from adapters.web.answers import Answers
from adapters.web.limits import Limits
from adapters.web.live import Live


class Invitation:
    """Good for one person, whose name it is, who knows its key, and for one time."""

    def __init__(self, guest: str) -> None:
        self._guest = guest
        self.key = secrets.token_urlsafe()
        self._good = True

    def take(self, key: str) -> str | None:
        """Return the guest's name for the right key, the first time."""
        good = self._good and secrets.compare_digest(key.encode(), self.key.encode())
        self._good = self._good and not good
        return self._guest if good else None


@dataclass(frozen=True)
class Site:
    """The service, and what the web adds to it.

    ``origin``: scheme, host and port as browsers see them. ``provider``: the OpenID provider.
    ``invitation``: who is let in without one. Where there is neither nobody may write.
    """

    app: App
    origin: str
    tokens: Tokens
    answers: Answers
    limits: Limits
    live: Live
    provider: StarletteOAuth2App | None = None
    invitation: Invitation | None = None

    @property
    def writable(self) -> bool:
        """Whether anybody may write."""
        return self.provider is not None or self.invitation is not None

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
