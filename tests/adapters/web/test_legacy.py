# SPDX-License-Identifier: GPL-3.0-or-later
"""What ELNBuildSync's users call: its addresses, its methods, its answers."""

import logging

import pytest
from msgspec.structs import replace

from domain.service.events import LogLevelSet
from tests.adapters.service.given import World
from tests.adapters.web.conftest import Asker
from tests.adapters.web.test_api import code
from tests.domain.given import tagged


def test_the_status_leads_to_the_board(web: Asker) -> None:
    """/status and /status.html lead to the board, and take along what was asked for."""
    for path in ("/status", "/status.html"):
        for query in ("", "?name=bash"):
            told = web.get(f"{path}{query}")
            assert (told.status_code, told.headers["location"]) == (307, f"/{query}")


def test_the_probes_answer(web: Asker) -> None:
    """/startup and /alive say so, and are not kept."""
    for path, text in (("/startup", "started"), ("/alive", "alive")):
        told = web.get(path)
        assert (told.status_code, told.text) == (200, text)
        assert told.headers["cache-control"] == "no-cache"
        head = web.client.head(path)
        assert (head.status_code, head.content) == (200, b"")


def test_packages_are_triggered_as_before(web: Asker, world: World) -> None:
    """A JSON array of downstream names, a Bearer token, and text that says whose request it is."""
    world.hear(tagged(1, 10), tagged(2, 10, package="freeipa"))

    told = web.post("/trigger", ["ipa", "bash", "nosuch"])

    assert told.status_code == 200
    assert told.text.splitlines() == [
        "User token/ci requesting builds of:",
        "ipa",
        "bash",
        "Not requested:",
        "nosuch: no build of nosuch was ever seen in a watched tag",
    ]
    assert len(world.events("requested")) == 2
    world.passes()
    assert world.queued("freeipa") == [2]


def test_who_accepts_json_gets_verdicts(web: Asker, world: World) -> None:
    """A verdict for each name, the request's id, and whether anything is built now."""
    world.hear(tagged(1, 10))
    world.app.operators.pause("x", None, world.by())
    headers = {"Authorization": f"Bearer {web.token}", "Accept": "application/json"}

    told = web.post("/trigger", ["bash", "zsh"], headers=headers)

    asked = told.json()
    assert asked["request_id"] == told.headers["x-request-id"]
    assert asked["paused"] is True
    assert [each["verdict"] for each in asked["verdicts"]] == ["requested", "unknown"]


def test_a_faulty_trigger_is_refused(web: Asker, world: World) -> None:
    """No JSON is 415, no array of names 400, nobody 401: as before."""
    bearer = {"Authorization": f"Bearer {web.token}"}

    form = web.client.post("/trigger", data={"a": "b"}, headers=bearer)
    assert code(form) == (415, "wrong-type")
    for body in ({"a": 1}, "bash", [1], []):
        assert code(web.post("/trigger", body)) == (400, "invalid")
    assert code(web.post("/trigger", ["bash"], headers={})) == (401, "unauthenticated")
    assert world.events("requested") == []


def test_who_opens_the_trigger_is_led_to_sign_in(web: Asker) -> None:
    """/trigger in a browser: sign in first, then be told how."""
    told = web.get("/trigger")
    assert (told.status_code, told.headers["location"]) == (307, "/login?return_to=/trigger")
    bearer = {"Authorization": f"Bearer {web.token}"}
    assert "JSON array" in web.get("/trigger", headers=bearer).text


def test_the_service_is_paused_and_unpaused(web: Asker, world: World) -> None:
    """By GET and by POST; a pause is on record, with who paused."""
    bearer = {"Authorization": f"Bearer {web.token}"}
    for act in (web.get, web.post):
        assert act("/control/pause", headers=bearer).text == "paused\n"
        assert world.service.pause is not None
        assert act("/control/unpause", headers=bearer).text == "unpaused\n"
        assert world.service.pause is None
    recorded = world.log.head()
    assert web.get("/control/unpause", headers=bearer).status_code == 200
    assert world.log.head() == recorded


def test_a_pause_of_somebody_else_keeps_its_reason(web: Asker, world: World) -> None:
    """Paused without an end already: it stays as it is. The policy's pause nobody lifts."""
    world.app.operators.pause("branching f43", None, world.by())
    web.post("/control/pause")

    assert [event.reason for event in world.events("paused")] == ["branching f43"]
    web.post("/control/unpause")
    world.outside.policy = replace(world.outside.policy, pause=True)
    world.passes()
    assert code(web.post("/control/unpause")) == (409, "refused")


def test_the_log_level_is_set(web: Asker, world: World) -> None:
    """By its name in any case, on record with who did; another word is 400 and changes nothing."""
    bearer = {"Authorization": f"Bearer {web.token}"}
    before = logging.getLogger().level
    try:
        assert web.get("/loglevel/debug", headers=bearer).text == "Log level set to DEBUG\n"
        assert logging.getLogger().level == logging.DEBUG
        assert code(web.post("/loglevel/loud", headers=bearer)) == (400, "invalid")
        assert code(web.get("/loglevel/debug")) == (401, "unauthenticated")
        [recorded] = world.log.read(topics=["log-level-set"])
        assert recorded.envelope.event == LogLevelSet("DEBUG")
        assert recorded.envelope.meta.actor == "token/ci"
    finally:
        logging.getLogger().setLevel(before)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/trigger", "GET, HEAD, POST"),
        ("/control/pause", "GET, HEAD, POST"),
        ("/loglevel/debug", "GET, HEAD, POST"),
        ("/status.json", "GET, HEAD"),
        ("/api/v1/pause", "POST"),
        ("/static/style.css", "GET, HEAD"),
    ],
)
def test_other_methods_are_refused(web: Asker, path: str, allowed: str) -> None:
    """405, and which methods there are, by whatever route."""
    told = web.client.delete(path)

    assert code(told) == (405, "method-not-allowed")
    assert told.headers["allow"] == allowed
