# SPDX-License-Identifier: GPL-3.0-or-later
"""People who use the forms of pages, as a browser sends them."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import httpx2

from tests.adapters.web.conftest import Asker

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SAME = {"Sec-Fetch-Site": "same-origin"}
ADMIN = "eln-sig"


def ada(web: Asker) -> dict[str, str]:
    """Return the headers of one who administers, on a page of ours."""
    return {**BROWSER, **SAME, "Cookie": web.signed_in("ada", ADMIN)}


def reader(web: Asker) -> dict[str, str]:
    """Return those of one who signed in and may only read."""
    return {**BROWSER, **SAME, "Cookie": web.signed_in("bob", "others")}


def send(
    web: Asker, path: str, fields: Mapping[str, Any], headers: dict[str, str] | None = None
) -> httpx2.Response:
    """Send a form, as Ada where nobody else is named."""
    return web.client.post(path, data=fields, headers=ada(web) if headers is None else headers)


def hidden(text: str) -> dict[str, str]:
    """Return what a page that asks once more lets its button send."""
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text)
    return {name: unescape(value) for name, value in fields}


def refused_everywhere(web: Asker, path: str, fields: Mapping[str, Any]) -> None:
    """Assert that neither a reader, nor nobody, nor another site's page gets anything done."""
    assert send(web, path, fields, reader(web)).status_code == 403
    assert send(web, path, fields, {**BROWSER, **SAME}).status_code == 401
    elsewhere = {**ada(web), "Sec-Fetch-Site": "cross-site"}
    assert send(web, path, fields, elsewhere).status_code == 403
    json = web.client.post(path, json=fields, headers=ada(web))
    assert json.status_code == 415
