# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made for whoever asks: once for each state of the log, and only so much at once."""

import dataclasses
from contextlib import ExitStack
from importlib.metadata import version
from urllib.robotparser import RobotFileParser

import pytest

from adapters.web.answers import Answers, Making
from adapters.web.build import build_web
from adapters.web.problems import TooMany
from adapters.web.server import serving
from tests.adapters.web.conftest import Asker
from tests.adapters.web.test_api import V1, code


def test_only_so_many_different_answers_are_waited_for() -> None:
    """One more is refused; the same one is waited for by all, and whoever is done makes room."""
    making = Making()
    with ExitStack() as others:
        for which in (b"1", b"2", b"3", b"3", b"3"):
            others.enter_context(making.asking(which, 3))
        with pytest.raises(TooMany, match="too much is asked"), making.asking(b"4", 3):
            pass
        with making.asking(b"1", 3):
            pass
    with making.asking(b"4", 3):
        pass


def test_who_is_refused_is_told_when_to_come_again(web: Asker) -> None:
    """By the API, which lists it, and on a page alike."""
    busy = dataclasses.replace(web.site, answers=Answers(web.site.app, at_once=0))
    documented = web.get(f"{V1}/openapi.json").json()["paths"]
    with serving(build_web(busy), "127.0.0.1", 0) as port:
        told = web.get(f"http://127.0.0.1:{port}{V1}/timeline")
        page = web.get(f"http://127.0.0.1:{port}/timeline", headers={"Accept": "text/html"})

    assert code(told) == (429, "too-many")
    assert "ask again in a while" in told.json()["do"]
    assert page.status_code == 429
    assert "too much is asked of this address" in page.text
    assert told.headers["retry-after"] == page.headers["retry-after"] == "10"
    answers = [each["get"]["responses"] for each in documented.values() if "get" in each]
    read = [found for found in answers if "304" in found]
    assert len(read) > 10
    assert all("429" in found for found in read)


def test_another_release_makes_its_own_answers(web: Asker) -> None:
    """A browser that has the page of the release before is not told that nothing changed."""
    told = web.get("/batches").headers["etag"]
    assert version("elnsync") in told
    before = told.replace(version("elnsync"), "0.0.9")

    assert web.get("/batches", headers={"If-None-Match": told}).status_code == 304
    assert web.get("/batches", headers={"If-None-Match": before}).status_code == 200


def test_crawlers_are_asked_to_leave_what_has_no_end(web: Asker) -> None:
    """They may have the board, packages and batches, as they are."""
    rules = RobotFileParser()
    rules.parse(web.get("/robots.txt").text.splitlines())

    assert all(rules.can_fetch("any", path) for path in ("/", "/packages/bash", "/batches/7"))
    left = ("/timeline?from=-1h", "/timeline.svg", "/events", f"{V1}/packages", "/live", "/login")
    assert not any(rules.can_fetch("any", path) for path in left)
