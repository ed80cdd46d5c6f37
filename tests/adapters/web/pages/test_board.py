# SPDX-License-Identifier: GPL-3.0-or-later
"""The board: every target with how it is; searched, filtered, sorted and paged by its address."""

import re

from domain.policy import PackageList
from tests.adapters.service.given import World
from tests.adapters.web.conftest import Asker
from tests.domain.given import built, ended, tagged


def shown(web: Asker, query: str = "") -> list[str]:
    """The packages on the page, from its top."""
    return re.findall(r'<th scope="row"><a href="/packages/(.+?)">', web.page(f"/{query}"))


def test_it_shows_every_target_and_how_it_is(web: Asker, world: World) -> None:
    """By its name downstream, with its newest build, whether on record or foreseen."""
    world.hear(tagged(1, 10), tagged(2, 10, package="freeipa"), tagged(3, 10, package="gcc"))
    world.passes()
    world.hear(ended(1, "failed"))

    page = web.get("/")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert shown(web) == ["bash", "gcc", "ipa", "zsh"]
    assert 'from freeipa</span></th>\n<td><span class="badge queued">queued' in web.page("/")
    assert "buildinfo?buildID=3" in page.text
    assert "ended before: failed <span" in page.text


def test_its_address_says_what_is_shown(web: Asker, world: World) -> None:
    """Name (either one), state and view filter; what makes no sense filters nothing."""
    world.outside.packages = PackageList({"bash": "eln", "gcc": "extras", "zsh": "eln"})
    world.hear(tagged(1, 10))
    world.passes()

    assert shown(web, "?name=FREEIPA") == shown(web, "?view=override") == ["ipa"]
    assert shown(web, "?view=extras") == ["gcc"]
    assert shown(web, "?state=queued") == ["bash"]
    assert shown(web, "?state=none&name=s") == ["zsh"]
    assert shown(web, "?state=nosuch&page=x&sort=nosuch") == ["bash", "gcc", "ipa", "zsh"]
    assert "No package is like that" in web.page("/?name=nosuch")


def test_it_is_sorted_by_its_columns(web: Asker, world: World) -> None:
    """Up and down; the head of the column says so, and leads to the other way."""
    world.hear(tagged(1, 10), tagged(2, 30, package="gcc"), tagged(3, 20, package="zsh"))
    world.passes()

    assert shown(web, "?sort=-name") == ["zsh", "ipa", "gcc", "bash"]
    assert shown(web, "?sort=-since")[:3] == ["gcc", "zsh", "bash"]
    assert shown(web, "?sort=state")[-1] == "ipa"
    assert 'aria-sort="descending"><a href="/?sort=since">' in web.page("/?sort=-since")


def test_it_has_pages(web: Asker, world: World) -> None:
    """What does not fit on a page is on the next; a page that is not there is the last."""
    world.outside.packages = PackageList({f"package-{n:03}": "eln" for n in range(450)})
    world.passes()

    assert len(shown(web)) == len(shown(web, "?page=2")) == 200
    assert len({*shown(web), *shown(web, "?page=2"), *shown(web, "?page=3")}) == 451
    assert shown(web, "?page=99") == shown(web, "?page=3")
    assert shown(web, "?page=x") == shown(web, "?page=0") == shown(web)
    assert 'rel="next" href="/?name=package&amp;page=2"' in web.page("/?name=package")


def test_it_says_what_keeps_the_service(web: Asker, world: World) -> None:
    """Above it stands who paused, and what waits for a person; in the present and in the past."""
    assert "Paused" not in web.page("/")
    world.app.operators.pause("a <b>bold</b> reason", None, world.by())
    paused = world.log.head()
    assert "a &lt;b&gt;bold&lt;/b&gt; reason" in web.page("/")
    world.app.operators.resume(world.by(), "done")
    assert "bold" not in web.page("/")

    then = web.page(f"/?at={paused}")
    assert "Was paused" in then
    assert "This is the past" in then
    assert "hx-get=" not in then.partition("<main")[2].partition(">")[0]
    assert 'href="/?at=' in then


def test_who_has_it_already_is_told_so(web: Asker, world: World) -> None:
    """Its ETag names the position and who looks; another one's copy is nobody else's."""
    first = web.get("/")
    known = {"If-None-Match": first.headers["etag"]}

    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "Cookie"
    assert web.get("/", headers=known).status_code == 304
    ada = {"Cookie": web.signed_in("ada", "eln-sig")}
    assert web.get("/", headers={**known, **ada}).status_code == 200
    assert "<strong>ada</strong>" in web.page("/", headers=ada)
    assert "<strong>ada</strong>" not in web.page("/")
    world.app.operators.pause("x", None, world.by())
    assert web.get("/", headers=known).status_code == 200


def test_who_signs_in_comes_back_to_it(web: Asker) -> None:
    """To what was looked at; nothing that was put into the address besides comes along."""
    page = web.page("/?name=ba+sh&state=failed&evil=1")

    assert 'href="/login?return_to=/%3Fname%3Dba%2Bsh%26state%3Dfailed"' in page


def test_what_waits_or_went_wrong_comes_first(web: Asker, world: World) -> None:
    """Where nobody says otherwise: it is what somebody has to see."""
    world.hear(tagged(1, 10, package="gcc"), tagged(2, 10, package="zsh"), tagged(3, 10))
    world.passes()
    world.hear(ended(2, "failed", package="zsh"), built(3))

    assert shown(web) == ["zsh", "gcc", "bash", "ipa"]
