# SPDX-License-Identifier: GPL-3.0-or-later
"""One session a thread, renewed by us, and none of the client's own repetitions."""

import gc
from threading import Barrier
from typing import Any

import koji
import pytest
from pydantic import SecretStr

from adapters.app import look_outside
from adapters.config.sections import Koji
from adapters.config.static import Config
from adapters.koji.client import KojiHub
from adapters.koji.options import Gssapi, HubOptions, Password
from adapters.koji.session import Call, Client, Sessions
from adapters.ports.koji import KojiDenied, KojiTransient
from adapters.sandbox.hub import Mishap
from tests.adapters.koji.given import BATCH, Site, at_once

THREADS = 8


def test_each_thread_has_a_session(site: Site) -> None:
    """Threads that ask at the same time get every answer: none confuses another's call numbers."""
    hub, together = site.koji(), Barrier(THREADS)

    def ask(_: int) -> object:
        together.wait()
        answers = [hub.sources(site.ids()) for _ in range(5)]
        hub.close()
        return answers

    answers = at_once(THREADS, ask)

    assert answers == [[hub.sources(site.ids())] * 5] * THREADS
    assert site.requests("login") == THREADS + 1
    hub.close()


def test_threads_write_each_once(site: Site) -> None:
    """Builds submitted by threads at the same time are each submitted once."""
    hub, together = site.koji(), Barrier(THREADS)

    def submit(number: int) -> object:
        together.wait()
        return hub.submit([f"x#{number}-{i}" for i in range(7)], "eln", {})

    at_once(THREADS, submit)

    wanted = {f"x#{number}-{i}" for number in range(THREADS) for i in range(7)}
    assert sorted(site.build_requests()) == sorted(wanted)


def test_a_session_is_used_again(site: Site, koji: KojiHub) -> None:
    """Calls of a thread share a login; a refusal of one of them is no reason for another."""
    for _ in range(3):
        koji.last_event()
        with pytest.raises(Exception, match="No such tagInfo"):
            koji.tagged("nosuch")

    assert site.requests("login") == 1


def test_a_new_login_before_the_old_one_expires(site: Site) -> None:
    """Koji's renewal makes the calls after it fail: a session is left before that."""
    now = [0.0]
    sessions = Sessions(site.options(login_for=100), lambda: now[0])
    logins = []
    for now[0] in (0, 99, 100, 199, 200):
        sessions.call("getLastEvent")
        logins.append(site.requests("login"))
    sessions.close()

    assert logins == [1, 1, 2, 2, 3]


def test_a_session_is_not_renewed(site: Site, koji: KojiHub) -> None:
    """An expired session is thrown away: one more login, not one SequenceError after another."""
    for _ in range(5):
        koji.last_event()
    site.hub.sessions.expire()
    koji.last_event()

    assert site.requests("login") == 2
    assert site.requests("getLastEvent") == 5 + 2
    assert [s.callnum for s in site.hub.sessions.open.values() if not s.expired] == [0]


def test_the_client_sends_once(site: Site) -> None:
    """The client by itself sends again what was lost with the connection; ours does not."""
    sessions = site.sessions(retry_for=0.001)
    sessions.call("getLastEvent")
    site.troubles.at[3] = Mishap.LOST_BEFORE
    sent = len(site.troubles.seen)

    with pytest.raises(KojiTransient):
        sessions.call("getLastEvent")
    assert len(site.troubles.seen) == sent + 1
    sessions.close()


def test_a_write_after_a_long_silence(site: Site, koji: KojiHub) -> None:
    """A connection that died while nobody used it leaves no doubt about the next write."""
    koji.last_event()
    site.server.stop()
    site.server.start()
    (task,) = koji.submit(["x#1"], "eln", {})

    assert task.error is None


def test_no_session_is_left(site: Site, koji: KojiHub) -> None:
    """Closed, it logs out and may be used again; closed twice, nothing happens."""
    koji.last_event()
    koji.close()
    koji.close()

    assert site.hub.sessions.open == {}
    assert koji.last_event().id > 0


def test_closing_does_not_wait_for_a_hub(site: Site, koji: KojiHub) -> None:
    """A hub that is gone is no reason not to close."""
    koji.last_event()
    site.server.stop()
    koji.close()


def test_garbage_does_not_call(site: Site) -> None:
    """A client that is collected makes no request: koji's own would log out then."""
    sessions = site.sessions()
    sessions.call("getLastEvent")
    seen = len(site.troubles.seen)
    del sessions
    gc.collect()

    assert len(site.troubles.seen) == seen


def test_each_request_is_told_of(site: Site) -> None:
    """Who waits for a long call knows that it goes on: after each request, a failed one too."""
    told: list[str] = []
    config = Config(koji=Koji(url=site.server.url, retry=2, multicall=BATCH))
    with look_outside(config, asked=lambda: told.append("asked")) as outside:
        assert outside.koji is not None
        outside.koji.sources(site.ids())
        assert len(told) == site.requests("multiCall") > 1
        site.server.stop()
        with pytest.raises(KojiTransient):
            outside.koji.last_event()
        site.server.start()

    assert len(told) > site.requests("multiCall") + 1


def test_a_wrong_password(site: Site) -> None:
    """A refused login is final, and says so at once."""
    hub = site.koji(login=Password("ebs", SecretStr("wrong")), retry_for=60)

    with pytest.raises(KojiDenied, match="invalid username or password") as caught:
        hub.last_event()
    assert site.requests("login") == 1
    assert caught.value.code == 1002
    assert "password file" in caught.value.do


def test_a_user_who_is_locked_out(site: Site, koji: KojiHub) -> None:
    """Disabled in the midst of it, we are denied after the one login that was worth a try."""
    koji.last_event()
    site.world.user("ebs").enabled = False

    with pytest.raises(KojiDenied, match="not allowed"):
        koji.last_event()
    assert site.requests("login") == 2


def test_a_password_is_not_told() -> None:
    """The password is in no text of the options."""
    options = HubOptions(url="https://hub", login=Password("ebs", SecretStr("hunter2")))

    assert "hunter2" not in repr(options) + str(options)


def test_a_call_is_given_no_longer_than_is_left(site: Site) -> None:
    """The last of the attempts ends with the time for all of them, give or take a second."""
    now = [0.0]
    sessions = Sessions(site.options(timeout=30, retry_for=60), lambda: now[0])
    asked = [sessions._timeout(deadline) for deadline in (60, 30, 10, 0.5, -5)]

    assert asked == [30, 30, 10, 1, 1]


def test_a_login_by_kerberos_takes_a_ticket() -> None:
    """Without one the hub would be read anonymously, and nobody would know."""
    with pytest.raises(ValueError, match="takes a ticket"):
        Sessions(HubOptions(url="https://hub.test", login=Gssapi()))


def test_a_multicall_of_many_methods(site: Site) -> None:
    """Calls of a multicall answer in their order, each with its own fault in place."""
    sessions = site.sessions()
    calls = [Call("getTag", "f42"), Call("nosuch"), Call("getBuild", 999, strict=True)]
    answers: list[Any] = list(sessions.read_all([*calls, Call("getAPIVersion")]))

    assert answers[0]["name"] == "f42"
    assert [str(answer) for answer in answers[1:3]] == [
        "Koji's nosuch failed: Invalid method: nosuch",
        "Koji's getBuild failed: No such build: 999",
    ]
    assert answers[3] == 1
    sessions.close()


def test_the_names_do_not_clash() -> None:
    """Our package of the same name does not hide the library."""
    assert issubclass(Client, koji.ClientSession)
    assert koji.__name__ == "koji"
