# SPDX-License-Identifier: GPL-3.0-or-later
"""The package list: files of names that Content Resolver computes, or a folder of the same files.

Taken whole or not at all: a list that is half there would silently stop packages being rebuilt.
"""

import re
import time
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import requests

from adapters.config.files import local_path, read
from adapters.errors import DependencyDown
from domain.errors import Invalid, NotFound
from domain.policy import PackageList, PackageListSource
from domain.values import package_name

TIMEOUT: Final = 30.0
"""Seconds that one list may take."""

LIMIT: Final = 10 * 1000 * 1000
"""Bytes that one list may have."""

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


def load(source: PackageListSource | None) -> PackageList:
    """Read every view and source; a name belongs to the first-listed view that has it.

    Raises Invalid, NotFound, NotPermitted or DependencyDown, naming the list.
    """
    views: dict[str, str] = {}
    for view, location in _locations(source) if source else ():
        for name in _names(_content(location), location):
            views.setdefault(name, view)
    return PackageList(views=views)


def _locations(source: PackageListSource) -> Iterator[tuple[str, str]]:
    folder = source.content_resolver.rstrip("/")
    for view in source.view:
        for part in source.source:
            yield view, f"{folder}/view-{part}-package-name-list--view-{view}.txt"


def _names(content: bytes, location: str) -> list[str]:
    if len(content) > LIMIT:
        raise _invalid(location, f"is longer than {LIMIT} bytes")
    if content.lstrip().startswith(b"<"):
        raise _invalid(location, "is HTML or XML, not a list of names")
    lines = (line.rstrip() for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n"))
    names = [_name(line, location, n) for n, line in enumerate(lines, start=1) if line]
    if not names:
        raise _invalid(location, "names no package")
    return names


def _name(line: bytes, location: str, number: int) -> str:
    try:
        # What is not ASCII cannot be a name either, and is then shown as it was.
        return package_name(line.decode(errors="backslashreplace"))
    except Invalid as invalid:
        raise _invalid(location, f"line {number}: {invalid}") from None


def _invalid(location: str, why: str) -> Invalid:
    return Invalid(
        f"the package list {location} cannot be used",
        why=why,
        do="check autopackagelist in the policy, and what is published there",
    )


def _content(location: str) -> bytes:
    found = _SCHEME.match(location)
    scheme = found[1].lower() if found else "file"
    if scheme in {"http", "https"}:
        return _downloaded(location, scheme)
    if scheme != "file":
        raise _invalid(location, f"{scheme} is neither https, http nor file")
    try:
        return read(local_path(location), limit=LIMIT)
    except NotFound as missing:
        raise _missing(location) from missing


def _missing(location: str) -> NotFound:
    return NotFound(
        f"there is no package list {location}", do="check view and source in the policy"
    )


def _downloaded(url: str, scheme: str) -> bytes:
    try:
        with requests.get(url, stream=True, timeout=TIMEOUT) as response:
            if any(urlsplit(r.url).scheme != scheme for r in (*response.history, response)):
                raise _invalid(url, f"it redirects to {response.url}, which is not {scheme}")
            if response.status_code in {requests.codes.not_found, requests.codes.gone}:
                raise _missing(url)
            response.raise_for_status()
            return _body(response, url)
    except ValueError as error:
        # requests' word for an address that is none; a server cannot cause it.
        raise _invalid(url, str(error)) from None
    except requests.RequestException as error:
        raise _down(url, str(error)) from None


def _body(response: requests.Response, url: str) -> bytes:
    """All of it, or one byte more than allowed; a server that trickles is as good as down."""
    body, deadline = bytearray(), time.monotonic() + TIMEOUT
    for chunk in response.iter_content(chunk_size=65536):
        body += chunk
        if time.monotonic() > deadline:
            raise _down(url, f"not there within {TIMEOUT:g} s")
        if len(body) > LIMIT:
            break
    return bytes(body)


def _down(url: str, why: str) -> DependencyDown:
    return DependencyDown(
        f"the package list {url} cannot be fetched", why=why, do="the same call may succeed later"
    )
