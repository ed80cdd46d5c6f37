# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodhi's own client against a simulated Bodhi: Rawhide's tag, and what may come in its place."""

import socket
import time
from collections.abc import Iterator
from threading import Timer

import pytest

from adapters.bodhi.client import BodhiServer
from adapters.errors import DependencyDown
from adapters.ports.bodhi import BodhiDenied, BodhiPermanent, BodhiTransient
from adapters.sandbox.bodhi import SimulatedBodhi, release
from domain.errors import EbsError, Invalid, NotFound


@pytest.fixture
def bodhi() -> Iterator[SimulatedBodhi]:
    """A Bodhi for which Rawhide is f42."""
    with SimulatedBodhi(rawhide=42) as made:
        yield made


def asking(url: str, *, timeout: float = 5, retry_for: float = 0.2) -> BodhiServer:
    """The adapter, which waits for nothing longer than a test may."""
    return BodhiServer(url, timeout=timeout, retry_for=retry_for, pause=0.01)


def test_rawhide_is_the_tag_of_its_release(bodhi: SimulatedBodhi) -> None:
    """The stable tag of the pending release whose branch is rawhide; it moves at branching."""
    assert asking(bodhi.url).rawhide_tag() == "f42"

    bodhi.branch()

    assert asking(bodhi.url).rawhide_tag() == "f43"
    assert bodhi.asked == 2


def test_the_address_may_lack_its_slash(bodhi: SimulatedBodhi) -> None:
    """People leave it out."""
    assert asking(bodhi.url.rstrip("/")).rawhide_tag() == "f42"


@pytest.mark.parametrize("state", ["current", "archived"])
def test_without_a_pending_release_of_rawhide(bodhi: SimulatedBodhi, state: str) -> None:
    """Where none is pending, that is said, and what to do; it is no reason to ask again."""
    bodhi.releases = [release(42, "rawhide", state, "f42"), release(41, "f41", "pending", "f41")]

    with pytest.raises(NotFound, match="no pending release of Rawhide") as error:
        asking(bodhi.url).rawhide_tag()

    assert error.value.do
    assert bodhi.asked == 1


def test_two_tags_are_one_too_many(bodhi: SimulatedBodhi) -> None:
    """Which of two tags is meant is not for us to guess; the same twice is one."""
    bodhi.releases.append(release(42, "rawhide", "pending", "f42"))
    assert asking(bodhi.url).rawhide_tag() == "f42"

    bodhi.releases.append(release(42, "rawhide", "pending", "f42-flatpak"))
    with pytest.raises(Invalid, match=r"'f42', 'f42-flatpak'"):
        asking(bodhi.url).rawhide_tag()


@pytest.mark.parametrize("tag", ["<b>f42</b>", "", "f42\n", "-rf", "f" * 300])
def test_a_tag_that_is_none_gets_no_further(bodhi: SimulatedBodhi, tag: str) -> None:
    """What cannot be a tag's name is refused where it enters."""
    bodhi.releases[-1]["stable_tag"] = tag

    with pytest.raises(Invalid, match="not a name"):
        asking(bodhi.url).rawhide_tag()


def test_a_release_without_a_tag_is_none(bodhi: SimulatedBodhi) -> None:
    """A release that is only being made has no tag yet."""
    bodhi.releases[-1]["stable_tag"] = None

    with pytest.raises(NotFound):
        asking(bodhi.url).rawhide_tag()


@pytest.mark.parametrize(
    ("status", "body", "error", "repeated"),
    [
        (500, b"<html>Internal Server Error</html>", BodhiTransient, True),
        (503, b"{}", BodhiTransient, True),
        (429, b"", BodhiTransient, True),
        (200, b"<html>Please wait</html>", BodhiTransient, True),
        (200, b"", BodhiTransient, True),
        (404, b"{}", BodhiPermanent, False),
        (403, b"{}", BodhiDenied, False),
        (200, b"7", BodhiPermanent, False),
        (200, b"[]", BodhiPermanent, False),
        (200, b'{"errors": [{"description": "no"}]}', BodhiPermanent, False),
        (200, b'{"releases": "f42"}', BodhiPermanent, False),
        (200, b'{"releases": [{"branch": "rawhide", "stable_tag": 42}]}', BodhiPermanent, False),
    ],
)
def test_what_is_no_answer_is_repeated_where_that_may_help(
    bodhi: SimulatedBodhi, status: int, body: bytes, error: type[EbsError], repeated: bool
) -> None:
    """Trouble of the server is asked again, and told as down; what is final is told at once."""
    bodhi.reply = (status, body)

    with pytest.raises(EbsError, match=f"Bodhi at {bodhi.url}") as told:
        asking(bodhi.url).rawhide_tag()

    assert type(told.value) is error
    assert (bodhi.asked > 1) == repeated


def test_trouble_that_passes_is_not_seen(bodhi: SimulatedBodhi) -> None:
    """A server that recovers within the time to retry has answered."""
    bodhi.reply = (502, b"Bad Gateway")
    recovery = Timer(0.2, lambda: setattr(bodhi, "reply", None))
    recovery.start()
    try:
        assert asking(bodhi.url, retry_for=10).rawhide_tag() == "f42"
    finally:
        recovery.join()


def test_nobody_listening_is_down(bodhi: SimulatedBodhi) -> None:
    """A refused connection is a dependency that is down."""
    with SimulatedBodhi() as gone:
        url = gone.url

    with pytest.raises(DependencyDown, match="refused"):
        asking(url).rawhide_tag()


def test_a_server_that_is_silent_is_down() -> None:
    """One that accepts and says nothing is waited for no longer than the timeout."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        began = time.monotonic()

        with pytest.raises(DependencyDown, match="timed out"):
            asking(url, timeout=0.1).rawhide_tag()

        assert time.monotonic() - began < 3
