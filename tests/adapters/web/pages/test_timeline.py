# SPDX-License-Identifier: GPL-3.0-or-later
"""The timeline as a page: a picture, the same as a table, where to look next, and notes."""

import re
from datetime import timedelta
from html import unescape
from xml.etree import ElementTree

import pytest

from adapters.web.pages import timeline as page
from tests.adapters.service.given import World
from tests.adapters.web.conftest import Asker
from tests.adapters.web.pages import batch
from tests.domain.given import tagged

SAME = {"Sec-Fetch-Site": "same-origin"}
WHOLE = "/timeline?from=1"


@pytest.fixture(autouse=True)
def _something(world: World) -> None:
    """Two builds, a pause and a note."""
    world.hear(tagged(1, 10), tagged(2, 20, package="gcc"))
    world.passes()
    world.app.operators.pause("a <b>bold</b> re-tag", None, world.by())
    world.app.operators.note("Koji is away", world.by("bob"), package="bash")


def link(text: str, name: str) -> str:
    """Return where a link of a page leads."""
    found = re.search(rf'<a href="([^"]+)"[^>]*>{re.escape(name)}</a>', text)
    assert found, name
    return unescape(found[1])


def test_it_is_drawn_and_told(web: Asker, world: World) -> None:
    """Each mark stands in the picture and in the table, which lead to packages and events."""
    text = web.page(WHOLE)

    picture = text[text.index("<svg") : text.index("</svg>") + 6]
    assert "<style" not in picture
    marks = set(re.findall(r'href="#m(\d+)"', picture))
    assert marks == set(re.findall(r'<tr id="m(\d+)"', text)) != set()
    assert 'href="/packages/bash"' in text
    assert f'href="/events?before={world.log.head() + 1}"' in text
    assert "a &lt;b&gt;bold&lt;/b&gt; re-tag" in text
    assert "<b>" not in text
    assert "note: bash: Koji is away" in text
    assert "Filters:" not in text


def test_filters_tell_what_they_hide(web: Asker) -> None:
    """One of each kind that is named must fit; several names stand in one field."""
    paused = web.page(f"{WHOLE}&topic=paused")
    assert re.search(r"<strong>Filters: \d+ hidden\.</strong>", paused)
    assert "Koji is away" not in paused[paused.index("<svg") :]
    both = web.page(f"{WHOLE}&package=bash,+gcc")
    assert 'href="/packages/bash"' in both
    assert 'href="/packages/gcc"' in both
    assert 'href="/packages/gcc"' not in web.page(f"{WHOLE}&package=bash")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=yesterday", 400),
        ("from=9&to=3", 400),
        ("topic=nosuch", 400),
        ("batch=one", 400),
        ("batch=7", 404),
        ("package=nosuch", 404),
        ("from=99999", 404),
    ],
)
def test_what_makes_no_sense_is_an_error(web: Asker, query: str, status: int) -> None:
    """It is told what, and what to do; nothing is left out in silence."""
    assert web.get(f"/timeline?{query}").status_code == status


def test_one_looks_on_from_a_window(web: Asker, world: World) -> None:
    """Earlier, later, closer and wider are windows beside, within and around it."""
    end = world.clock() - timedelta(hours=6)
    start = end - timedelta(hours=4)
    query = f"/timeline?from={start:%Y-%m-%dT%H:%M:%SZ}&to={end:%Y-%m-%dT%H:%M:%SZ}&actor=ada"
    text = web.page(query)

    def window(name: str) -> list[str]:
        return re.findall(r"(?:from|to)=\d+-\d+-\d+T(\d+)%3A", link(text, name))

    hours = [f"{(start + timedelta(hours=each)):%H}" for each in range(-4, 9)]
    assert window("Earlier") == [hours[0], hours[4]]
    assert window("Later") == [hours[8], hours[12]]
    assert window("Closer") == [hours[5], hours[7]]
    assert window("Wider")[0] == hours[2]
    for name in ("Earlier", "Later", "Closer", "Wider", "Permanent address", "svg"):
        assert "actor=ada" in link(text, name)
        assert web.get(link(text, name)).status_code == 200
    assert "hx-get" not in text
    assert "hx-get" in web.page("/timeline")


def test_there_is_no_time_before_the_first(web: Asker) -> None:
    """Nor one after the last: a window of all time leads somewhere, too."""
    text = web.page("/timeline?from=0001-01-01T00:00Z&to=9999-12-31T23:59Z")

    for name in ("Earlier", "Closer", "Wider"):
        assert web.get(link(text, name)).status_code == 200, name


def test_a_permanent_address_stays_the_same(web: Asker, world: World) -> None:
    """What comes later is not in it."""
    address = link(web.page(WHOLE), "Permanent address")
    before = web.page(address)
    world.hear(tagged(3, 30, package="zsh"))
    after = web.page(address)

    picture = re.compile(r"<svg.*</svg>", re.DOTALL)
    assert picture.findall(before) == picture.findall(after) != []


@pytest.mark.parametrize("form", ["svg", "md", "csv", "json"])
def test_it_can_be_had_as_a_file(web: Asker, form: str) -> None:
    """As `ebs timeline` makes it, with the command that makes it again."""
    told = web.get(link(web.page(WHOLE), form))

    assert told.headers["content-disposition"] == f'attachment; filename="timeline.{form}"'
    if form == "svg":
        ElementTree.fromstring(told.text)  # noqa: S314 - we made it
    if form == "json":
        assert told.json()["source"]["command"].startswith("ebs timeline --from 1 --to ")
    assert "Koji is away" in told.text
    assert web.get("/timeline.exe").status_code == 400


def test_too_much_is_said_to_be_too_much(
    web: Asker, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many marks are no picture; too many events no timeline, and one can look closer."""
    monkeypatch.setattr(page, "DRAWN", 1)
    monkeypatch.setattr(page, "LISTED", 2)
    text = web.page(WHOLE)
    assert "<svg" not in text
    assert "marks are too many for a picture" in text
    assert "The first 2 of" in text
    monkeypatch.setattr(page, "MOST", 3)
    text = web.page(f"{WHOLE}&actor=")
    assert "events are too many for a timeline" in text
    assert "Earlier" in text


def test_a_note_is_taken_from_who_may(web: Asker, world: World) -> None:
    """By its form, which is shown to administrators; it stands on the timeline with who noted."""
    ada = {"Cookie": web.signed_in("ada", "eln-sig")}
    assert "Add a note" not in web.page(WHOLE)
    assert "Add a note" in web.page(WHOLE, headers=ada)
    form = {"text": "a new hub", "at": "-10m", "batch": "", "package": "gcc", "back": WHOLE}

    def send(**headers: str) -> int:
        return web.client.post("/timeline/notes", data=form, headers=headers).status_code

    assert send(**SAME) == 401
    assert send(**ada) == 403
    assert send(**ada, **SAME) == 303
    form["at"] = "1"
    assert send(**ada, **SAME) == 400
    form["back"] = "//["
    assert send(**ada, **SAME) == 400
    [_, noted] = world.log.read(topics=["note-added"])
    assert noted.envelope.meta.actor == "ada"
    assert noted.envelope.event.package == "gcc"


def test_each_batch_leads_to_its_page(web: Asker, world: World) -> None:
    """What stands in the lane of a batch links to that batch."""
    world.hear(*batch.built())
    text = web.page(WHOLE)

    assert web.get(link(text, "batch 1")).status_code == 200


def test_an_empty_window_leads_to_what_there_is(web: Asker) -> None:
    """Where nothing was recorded in a window, the last of the log is a link away."""
    text = web.page("/timeline?from=2001-01-01T00:00Z&to=2001-01-02T00:00Z")

    assert "Nothing was recorded then" in text
    assert "Koji is away" in web.page(link(text, "The last of what is on record"))
