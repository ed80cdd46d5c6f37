# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person is shown where a page cannot be: what, why, what to do; programs get documents."""

import pytest

from tests.adapters.web.conftest import Asker

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nosuch", 404, "there is nothing at this address"),
        ("/?at=yesterday", 400, "is no point in time"),
        ("/?at=99999999", 404, "99999999"),
        ("/control/pause", 401, "sign in first"),
    ],
)
def test_a_browser_is_shown_a_page(web: Asker, path: str, status: int, said: str) -> None:
    """In the layout of all pages, with the status and the request's id."""
    told = web.get(path, headers=BROWSER)

    assert (told.status_code, told.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert said in told.text
    assert told.headers["x-request-id"] in told.text
    assert 'aria-label="Site"' in told.text
    assert told.headers["cache-control"] == "no-store"


def test_a_program_gets_a_document(web: Asker) -> None:
    """Whatever asks for no page, and whoever asks the API."""
    for path, headers in (("/nosuch", {}), ("/api/v1/nosuch", BROWSER)):
        told = web.get(path, headers=headers)
        assert told.headers["content-type"] == "application/problem+json"
        assert told.json()["code"] == "not-found"


def test_what_came_in_is_no_markup(web: Asker) -> None:
    """What was asked for is told back as text."""
    told = web.get("/?at=<b>x</b>", headers=BROWSER)

    assert "&lt;b&gt;x&lt;/b&gt;" in told.text
    assert "<b>x" not in told.text
