# SPDX-License-Identifier: GPL-3.0-or-later
"""A Bodhi in the words of the use cases.

Patience is ours alone: bodhi's client asks once, and would wait for the answer without end.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, Final, TypeVar

import msgspec
import requests
import stamina
from bodhi.client.bindings import BodhiClient
from msgspec import Meta, Struct

from adapters.bodhi.errors import FAILURES, invalid, translated
from adapters.bodhi.login import Login, Writer, denied, refuse
from adapters.meters import asking
from adapters.ports.bodhi import BodhiError, BodhiPermanent, BodhiTransient
from domain.errors import NotFound
from domain.values import package_name

_MOST: Final = 100
"""What Bodhi puts on one page; far fewer releases are pending at a time."""

_AT_ONCE: Final = 50
"""Builds asked for by one request: their names fit well into an address of 8 kB."""

T = TypeVar("T")


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


class Alias(Struct, frozen=True):
    """What matters of an update."""

    alias: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,200}$")]


class Updates(Struct, frozen=True):
    updates: list[Alias]


class Named(Struct, frozen=True):
    """What matters of a build."""

    nvr: str


class WithBuilds(Alias, frozen=True):
    """What matters of an update that is asked for by its builds."""

    builds: list[Named]


class UpdatesWithBuilds(Struct, frozen=True):
    updates: list[WithBuilds]


class BodhiServer:
    """Answers the port ``Bodhi``; for any number of threads. Times in seconds.

    ``timeout``: without a byte of the answer; ``retry_for``: for a question and all its
    repetitions; ``pause``: before the first of them. Without a ``login`` it is only read.
    """

    def __init__(
        self,
        url: str,
        *,
        login: Login | None = None,
        timeout: float = 20,
        retry_for: float = 30,
        pause: float = 0.2,
    ) -> None:
        self._client = Reader(url)
        self._login = login
        self._timeout = timeout
        self._retry_for = retry_for
        self._pause = pause

    def rawhide_tag(self) -> str:
        """Rawhide is a pending release whose number moves on at branching."""
        answer = self._get("releases/", state="pending", rows_per_page=_MOST)
        found = self._read(answer, Releases).releases
        rawhide = (release for release in found if release.branch == "rawhide")
        tags = {release.stable_tag for release in rawhide if release.stable_tag is not None}
        if not tags:
            raise NotFound(
                f"Bodhi at {self._client.base_url} has no pending release of Rawhide",
                do="name the tag itself as trigger_tag in the policy until it has",
            )
        if len(tags) > 1:
            several = f"Rawhide has several tags: {', '.join(sorted(map(repr, tags)))}"
            raise invalid(self._asked, several)
        return package_name(tags.pop())

    def update_of(self, side_tag: str) -> str | None:
        """``from_side_tag_name`` is the filter; ``from_tag`` is passed over without a word."""
        answer = self._get("updates/", from_side_tag_name=side_tag, rows_per_page=_MOST)
        found = self._read(answer, Updates).updates
        return found[0].alias if found else None

    def updates_of_builds(self, nvrs: Sequence[str]) -> dict[str, str]:
        """A build is in one update at most, so that one page holds those of as many builds."""
        found: dict[str, str] = {}
        for start in range(0, len(nvrs), _AT_ONCE):
            builds = ",".join(nvrs[start : start + _AT_ONCE])
            answer = self._get("updates/", builds=builds, rows_per_page=_AT_ONCE)
            for update in self._read(answer, UpdatesWithBuilds).updates:
                found |= {build.nvr: update.alias for build in update.builds}
        return found

    def submit(self, side_tag: str, notes: str) -> str:
        """``save`` with a ``from_tag``; only its own request writes, what leads to it only asks."""
        if self._login is None:
            raise denied("none is configured")
        writer = self._patiently(partial(self._log_in, self._login))
        try:
            with asking("bodhi", "save") as request:
                answer = writer.save(type="unspecified", from_tag=side_tag, notes=notes)
                request.outcome = "answered"
            return msgspec.convert(answer, Alias).alias
        except FAILURES as error:
            return self._made_already(side_tag, translated(error, self._refused, write=True))

    def _made_already(self, side_tag: str, error: BodhiError) -> str:
        """Return the update that is there, where that is why another one is refused."""
        if isinstance(error, BodhiPermanent) and "already exists" in error.why:
            found = self.update_of(side_tag)
            if found is not None:
                return found
        raise error from None

    def _log_in(self, login: Login) -> Writer:
        """Return a client that needs no more than the one request that writes."""
        try:
            writer = Writer(self._client.base_url, login, self._timeout)
            writer.csrf()
        except FAILURES as error:
            raise translated(error, self._asked, write=False) from None
        return writer

    def _get(self, path: str, **params: Any) -> Any:
        return self._patiently(partial(self._once, path, params))

    def _patiently(self, ask: Callable[[], T]) -> T:
        for attempt in stamina.retry_context(
            on=BodhiTransient,
            attempts=None,
            timeout=self._retry_for,
            wait_initial=self._pause,
            wait_jitter=self._pause,
        ):
            with attempt:
                return ask()
        raise AssertionError  # stamina lets the last error through

    def _once(self, path: str, params: dict[str, Any]) -> Any:
        hooks = {"response": refuse}
        try:
            with asking("bodhi", path.rstrip("/")) as request:
                answer = self._client.send_request(
                    path, params=params, timeout=self._timeout, hooks=hooks
                )
                request.outcome = "answered"
        except requests.RequestException as error:
            raise translated(error, self._asked, write=False) from None
        return answer

    def _read(self, answer: Any, shape: type[T]) -> T:
        try:
            return msgspec.convert(answer, shape)
        except msgspec.ValidationError as error:
            raise invalid(self._asked, str(error)) from None

    @property
    def _asked(self) -> str:
        return f"Bodhi at {self._client.base_url} gave no answer"

    @property
    def _refused(self) -> str:
        return f"Bodhi at {self._client.base_url} made no update"
