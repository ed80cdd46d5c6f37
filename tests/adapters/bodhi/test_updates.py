# SPDX-License-Identifier: GPL-3.0-or-later
"""Updates by bodhi's own client: made once, found by their side tag, never waited for for ever."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.bodhi.client import BodhiServer
from adapters.bodhi.login import Login
from adapters.errors import DependencyDown, NotPermitted
from adapters.ports.bodhi import (
    BodhiAmbiguous,
    BodhiError,
    BodhiPermanent,
    BodhiTransient,
)
from adapters.sandbox.bodhi import SimulatedBodhi
from adapters.sandbox.bodhi.updates import UNSIGNED
from adapters.sandbox.hub import Mishap, VirtualClock, World, release, sidetags, tagging
from adapters.sandbox.hub.model import Tag

NOTES = "what this is"


@pytest.fixture
def world() -> World:
    """A hub in which bash and zsh were built for ELN."""
    made = World(VirtualClock())
    made.add_tag("eln")
    made.add_tag("eln-build", parents=("eln",))
    for name in ("bash", "zsh"):
        made.add_build(name, "1", "1.eln142")
    return made


@pytest.fixture
def bodhi(world: World) -> Iterator[SimulatedBodhi]:
    """Its Bodhi, in which updates are stable after ten minutes."""
    with SimulatedBodhi(world=world, delay=600) as made:
        yield made


def side_tag(world: World, *names: str) -> Tag:
    """A side tag with builds of these packages."""
    tag = sidetags.create(world, world.tag("eln-build"), world.user("ebs"))
    for name in names:
        release(world, world.build(f"{name}-1-1.eln142"), tag.name)
    return tag


def asking(bodhi: SimulatedBodhi, folder: Path) -> BodhiServer:
    """The adapter, logged in, which repeats nothing."""
    return BodhiServer(bodhi.url, login=bodhi.login(folder), timeout=5, retry_for=1e-6)


@pytest.fixture
def tagged(world: World, bodhi: SimulatedBodhi, tmp_path: Path) -> tuple[str, BodhiServer]:
    """A side tag, and who may ask for its update; of another one it has been done."""
    server = asking(bodhi, tmp_path)
    server.submit(side_tag(world, "zsh").name, NOTES)
    return side_tag(world, "bash").name, server


def test_an_update_of_a_side_tag(world: World, bodhi: SimulatedBodhi, tmp_path: Path) -> None:
    """Made of what the side tag holds, found by its name alone, stable after a while."""
    tag, other = side_tag(world, "bash"), side_tag(world, "zsh")
    server = asking(bodhi, tmp_path)
    assert server.update_of(tag.name) is None

    alias = server.submit(tag.name, NOTES)

    assert server.update_of(tag.name) == alias
    assert server.update_of(other.name) is None
    [made] = bodhi.updates.made
    assert ([build.name for build in made.builds], made.notes) == (["bash"], NOTES)
    clock = world._clock
    assert isinstance(clock, VirtualClock)
    clock.advance(599)
    bodhi.updates.work()
    assert not tagging.tagged(world, world.tag("eln"))
    clock.advance(1)
    bodhi.updates.work()
    assert [row.build.name for row in tagging.tagged(world, world.tag("eln"))] == ["bash"]
    assert tag.config is None, "Bodhi removes the side tag"


def test_asked_twice_it_names_the_first(
    world: World, bodhi: SimulatedBodhi, tmp_path: Path
) -> None:
    """'Already exists' is an answer; of another side tag's update it is a refusal."""
    tag, other = side_tag(world, "bash"), side_tag(world, "bash")
    server = asking(bodhi, tmp_path)
    alias = server.submit(tag.name, NOTES)

    assert server.submit(tag.name, NOTES) == alias
    assert len(bodhi.updates.made) == 1
    with pytest.raises(BodhiPermanent, match=r"bash-1-1\.eln142 already exists"):
        server.submit(other.name, NOTES)


def test_what_came_in_one_update(world: World, bodhi: SimulatedBodhi) -> None:
    """Each build that Bodhi knows, by its NVR; who asks needs no login."""
    bash, zsh, llvm = (world.add_build(name, "2", "1.fc42") for name in ("bash", "zsh", "llvm"))
    both = bodhi.updates.came(bash, zsh).alias
    alone = bodhi.updates.came(llvm).alias
    server = BodhiServer(bodhi.url)

    found = server.updates_of_builds([bash.nvr, llvm.nvr, "tree-1-1.fc42"])

    assert {nvr: found.get(nvr) for nvr in (bash.nvr, llvm.nvr, "tree-1-1.fc42")} == {
        bash.nvr: both,
        llvm.nvr: alone,
        "tree-1-1.fc42": None,
    }
    assert server.updates_of_builds([]) == {}
    assert bodhi.asked == 1


def test_many_builds_are_asked_for_in_few_requests(world: World, bodhi: SimulatedBodhi) -> None:
    """Fifty at once, whose updates are on one page even where each came alone."""
    builds = [world.add_build(f"pkg{n}", "1", "1.fc42") for n in range(120)]
    expected = {build.nvr: bodhi.updates.came(build).alias for build in builds}

    assert BodhiServer(bodhi.url).updates_of_builds([*expected]) == expected
    assert bodhi.asked == 3


@pytest.mark.parametrize("builds", [b"7", b"[7]", b'[{"nvr": 7}]', b"[{}]"])
def test_an_update_of_builds_that_are_none(bodhi: SimulatedBodhi, builds: bytes) -> None:
    """An answer that makes no sense is none."""
    bodhi.reply = (200, b'{"updates": [{"alias": "FEDORA-2024-1", "builds": ' + builds + b"}]}")

    with pytest.raises(BodhiPermanent, match="gave no answer"):
        BodhiServer(bodhi.url).updates_of_builds(["bash-1-1.fc42"])


def test_an_objection_is_told_in_bodhis_words(
    world: World, bodhi: SimulatedBodhi, tmp_path: Path
) -> None:
    """With the name of the build that it is about."""
    bodhi.updates.objections["bash"] = UNSIGNED
    tag = side_tag(world, "bash", "zsh")

    with pytest.raises(BodhiPermanent) as told:
        asking(bodhi, tmp_path).submit(tag.name, NOTES)

    assert told.value.why == "bash-1-1.eln142 is not signed"
    assert not bodhi.updates.made


@pytest.mark.parametrize(
    ("mishap", "error", "made"),
    [
        (Mishap.LOST_BEFORE, BodhiAmbiguous, False),
        (Mishap.LOST_AFTER, BodhiAmbiguous, True),
        (Mishap.BROKEN, BodhiAmbiguous, False),
        (Mishap.EXPIRED, BodhiTransient, False),
    ],
)
def test_what_befalls_the_request_itself(
    tagged: tuple[str, BodhiServer], bodhi: SimulatedBodhi, mishap: Mishap, error: type, made: bool
) -> None:
    """Where it may have been carried out that is said, and it is found by its side tag."""
    tag, server = tagged
    bodhi.trouble.at = {2 * bodhi.asked: mishap}  # its POST is the last of as many

    with pytest.raises(BodhiError) as told:
        server.submit(tag, NOTES)

    assert bodhi.trouble.seen[-1] == "POST /updates/"
    assert type(told.value) is error
    assert (server.update_of(tag) is not None) == made


@pytest.mark.parametrize(
    "mishap", [Mishap.LOST_BEFORE, Mishap.LOST_AFTER, Mishap.BROKEN, Mishap.OFFLINE]
)
def test_what_befalls_the_requests_before(
    tagged: tuple[str, BodhiServer], bodhi: SimulatedBodhi, mishap: Mishap
) -> None:
    """The login's server, the login, the token against forgery: nothing was done."""
    tag, server = tagged
    for number in range(1, bodhi.asked):
        bodhi.trouble.at = {bodhi.asked + number: mishap}
        with pytest.raises(BodhiTransient):
            server.submit(tag, NOTES)
        assert "POST" not in bodhi.trouble.seen[-1]


def test_nobody_listening_is_down(world: World, tmp_path: Path) -> None:
    """A refused connection is a dependency that is down, and nothing was done."""
    with SimulatedBodhi(world=world) as gone:
        server = asking(gone, tmp_path)

    with pytest.raises(DependencyDown, match="refused"):
        server.submit("eln-build-side-1", NOTES)
    with pytest.raises(DependencyDown, match="refused"):
        server.update_of("eln-build-side-1")


def test_a_silent_login_is_down(bodhi: SimulatedBodhi, tmp_path: Path) -> None:
    """The login's server accepts and says nothing: it is waited for no longer than the timeout."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        provider = f"http://127.0.0.1:{silent.getsockname()[1]}/openidc"
        login = Login(bodhi.login(tmp_path).file, provider)
        began = time.monotonic()

        with pytest.raises(DependencyDown, match="timed out"):
            BodhiServer(bodhi.url, login=login, timeout=0.1, retry_for=1e-6).submit("x", NOTES)

        assert time.monotonic() - began < 3


@pytest.mark.parametrize("tokens", [{}, {"access_token": "stale", "token_type": "Bearer"}, None])
def test_without_a_valid_token_nobody_is_asked(
    bodhi: SimulatedBodhi, tmp_path: Path, tokens: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither on the terminal nor with a browser: the login fails, and says what to do."""
    login = bodhi.login(tmp_path)
    if tokens is None:
        login.file.unlink()
    else:
        login.file.write_text(json.dumps({"tokens": {bodhi.provider: tokens}}))

    with pytest.raises(NotPermitted, match=r"token|log in") as told:
        BodhiServer(bodhi.url, login=login, timeout=5).submit("eln-build-side-1", NOTES)

    assert told.value.do
    assert capsys.readouterr().out == ""


def test_who_has_no_token_gets_one_by_kerberos(
    world: World, bodhi: SimulatedBodhi, tmp_path: Path
) -> None:
    """It is kept in the file, and used from then on; also where Bodhi took the old one no more."""
    tag = side_tag(world, "bash")
    server = asking(bodhi, tmp_path)
    bodhi.tickets = True
    (tmp_path / "bodhi-client.json").unlink()
    bodhi.trouble.at = {4: Mishap.EXPIRED}

    assert server.submit(tag.name, NOTES)

    assert bodhi.trouble.seen.count("GET /openidc/authorization") == 2
    assert "access_token" in (tmp_path / "bodhi-client.json").read_text()


def test_what_leads_to_an_update_is_repeated(
    world: World, bodhi: SimulatedBodhi, tmp_path: Path
) -> None:
    """For nothing was done before the one request that writes."""
    server = BodhiServer(bodhi.url, login=bodhi.login(tmp_path), retry_for=10, pause=0.01)
    bodhi.trouble.at = {2: Mishap.BROKEN, 5: Mishap.LOST_BEFORE}

    assert server.submit(side_tag(world, "bash").name, NOTES)


def test_without_a_login_it_is_only_read(bodhi: SimulatedBodhi) -> None:
    """Nothing is asked where there is nothing to log in with."""
    with pytest.raises(NotPermitted, match="none is configured"):
        BodhiServer(bodhi.url).submit("eln-build-side-1", NOTES)

    assert bodhi.asked == 0


@pytest.mark.parametrize("body", [b"7", b"{}", b'{"alias": 7}', b'{"alias": "a b"}', b"<html>"])
def test_an_answer_that_makes_no_sense_is_no_answer(
    bodhi: SimulatedBodhi, tmp_path: Path, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The update may be there: it is looked for."""
    monkeypatch.setattr(bodhi, "post", lambda *_: (200, body))

    with pytest.raises(BodhiAmbiguous):
        asking(bodhi, tmp_path).submit("eln-build-side-1", NOTES)
