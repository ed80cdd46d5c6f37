# SPDX-License-Identifier: GPL-3.0-or-later
"""A Bodhi in the words of the use cases.

Patience is ours alone: bodhi's client asks once, and would wait for the answer without end.
"""

from typing import Any, Final

import msgspec
import requests
import stamina
from bodhi.client.bindings import BodhiClient
from msgspec import Struct

from adapters.errors import DependencyDown, NotPermitted
from domain.errors import EbsError, Invalid, NotFound
from domain.values import package_name

_MOST: Final = 100
"""Releases that Bodhi puts on one page; far fewer are pending at a time."""

_SERVER_ERROR: Final = 500
_LATER: Final = {408, 429}
_DENIED: Final = {401, 403}


class Release(Struct, frozen=True):
    """What matters of a release; Rawhide's ``stable_tag`` is where its builds land."""

    branch: str | None = None
    stable_tag: str | None = None


class Releases(Struct, frozen=True):
    releases: list[Release]


class Reader(BodhiClient):  # type: ignore[misc] # bodhi publishes no types
    """Bodhi's client for who only reads."""

    def _build_oidc_client(self, client_id: str, id_provider: str) -> None:
        """Do not ask the login's server what it can do: there is no login."""


class BodhiServer:
    """Answers the port ``Bodhi``; for any number of threads. Times in seconds.

    ``timeout``: without a byte of the answer; ``retry_for``: for a question and all its
    repetitions; ``pause``: before the first of them.
    """

    def __init__(
        self, url: str, *, timeout: float = 20, retry_for: float = 30, pause: float = 0.2
    ) -> None:
        self._client = Reader(url)
        self._timeout = timeout
        self._retry_for = retry_for
        self._pause = pause

    def rawhide_tag(self) -> str:
        """Rawhide is a pending release whose number moves on at branching."""
        answer = self._get("releases/", state="pending", rows_per_page=_MOST)
        try:
            found = msgspec.convert(answer, Releases).releases
        except msgspec.ValidationError as error:
            raise self._invalid(str(error)) from None
        rawhide = (release for release in found if release.branch == "rawhide")
        tags = {release.stable_tag for release in rawhide if release.stable_tag is not None}
        if not tags:
            raise NotFound(
                f"Bodhi at {self._client.base_url} has no pending release of Rawhide",
                do="name the tag itself as trigger_tag in the policy until it has",
            )
        if len(tags) > 1:
            raise self._invalid(f"Rawhide has several tags: {', '.join(sorted(map(repr, tags)))}")
        return package_name(tags.pop())

    def _get(self, path: str, **params: Any) -> Any:
        for attempt in stamina.retry_context(
            on=DependencyDown,
            attempts=None,
            timeout=self._retry_for,
            wait_initial=self._pause,
            wait_jitter=self._pause,
        ):
            with attempt:
                return self._once(path, params)
        raise AssertionError  # stamina lets the last error through

    def _once(self, path: str, params: dict[str, Any]) -> Any:
        try:
            return self._client.send_request(
                path, params=params, timeout=self._timeout, hooks={"response": _refuse}
            )
        except requests.HTTPError as error:
            raise self._answered(error.response.status_code, str(error)) from None
        except requests.RequestException as error:
            raise self._down(str(error)) from None

    def _answered(self, status: int, why: str) -> EbsError:
        if status >= _SERVER_ERROR or status in _LATER:
            return self._down(why)
        return NotPermitted(self._asked, why=why) if status in _DENIED else self._invalid(why)

    def _down(self, why: str) -> DependencyDown:
        return DependencyDown(self._asked, why=why, do="the same question may be answered later")

    def _invalid(self, why: str) -> Invalid:
        return Invalid(self._asked, why=why, do="check bodhi.url in the static configuration")

    @property
    def _asked(self) -> str:
        return f"Bodhi at {self._client.base_url} gave no answer"


def _refuse(answer: requests.Response, **_: Any) -> None:
    """Raise for an HTTP error: bodhi's client would keep its text and lose its number."""
    try:
        answer.raise_for_status()
    except requests.HTTPError:
        answer.close()
        raise
