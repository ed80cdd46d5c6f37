# SPDX-License-Identifier: GPL-3.0-or-later
"""Forms: who may send one, how one is read, and what is told of what came of it."""

import re

import pytest

from adapters.web.pages import PAGES
from tests.adapters.service.given import World
from tests.adapters.web.conftest import Asker
from tests.adapters.web.pages.acting import ada, reader, refused_everywhere, send
from tests.adapters.web.test_hostile import CROSS
from tests.domain.given import tagged

FORMS = sorted(
    re.sub(r"{\w+}", "1", route.path)
    for page in PAGES
    for route in page.router.routes
    if "POST" in getattr(route, "methods", ())
)
"""Wherever a form may be sent to."""


def test_they_are_known() -> None:
    """What is not among these is not looked at below."""
    assert {"/operations/pause", "/plans/1/approve", "/timeline/notes"} < {*FORMS}


@pytest.mark.parametrize("path", FORMS)
def test_only_administrators_send_one_from_here(web: Asker, world: World, path: str) -> None:
    """Whatever another site makes a browser say of itself, and whoever it is not."""
    fields = {"reason": "x", "text": "x", "package": "bash", "sure": "1"}
    before = world.log.head()

    refused_everywhere(web, path, fields)
    cookie = {"Cookie": web.signed_in("ada", "eln-sig")}
    for case, told in CROSS.items():
        assert send(web, path, fields, {**told, **cookie}).status_code == 403, case
    assert web.get(path, headers=ada(web)).status_code in (404, 405)
    assert world.log.head() == before


def test_what_cannot_be_read_is_refused(web: Asker, world: World) -> None:
    """Too many fields, a misspelt one, a value that is none; nobody is shown a fault of ours."""
    many = {f"field{n}": "x" for n in range(1_001)}

    assert send(web, "/operations/pause", many).status_code == 400
    assert send(web, "/operations/pause", {"reason": "x", "untill": "12h"}).status_code == 400
    assert send(web, "/operations/trigger", {"packages": "bash", "sure": "?"}).status_code == 400
    kind = {"Content-Type": "application/x-www-form-urlencoded", **ada(web)}
    raw = b"reason=%ff%00&until=\xff"
    assert web.client.post("/operations/pause", content=raw, headers=kind).status_code == 400
    assert world.events("paused") == []


def test_what_was_recorded_is_told_from_the_log(web: Asker, world: World) -> None:
    """Of one operation, however much was recorded around it; what names nothing tells nothing."""
    world.hear(tagged(1, 10))
    world.app.operators.pause("<b>", None, world.by("bob"))
    [paused] = world.log.read(topics=["paused"])
    at = paused.position
    world.hear(tagged(2, 10))

    told = web.page(f"/operations?recorded={at}-{world.log.head()}")
    assert "<strong>Recorded</strong> by bob" in told
    assert "paused (&lt;b&gt;)" in told
    for nothing in ("0-0", "x-1", f"{at}-x", "99999-99999", "9" * 30, f"{at}-{at - 1}", "-", "²-²"):
        assert "Recorded</strong>" not in web.page(f"/operations?recorded={nothing}")


def test_a_page_says_who_may_not_write(web: Asker, world: World) -> None:
    """And shows them no form."""
    for headers in ({}, reader(web)):
        for path in ("/operations", "/failed", "/queue", "/batches"):
            assert 'method="post"' not in web.page(path, headers=headers)
