# SPDX-License-Identifier: GPL-3.0-or-later
"""The API: what is asked is answered as documented, and a write is an event with its actor."""

from datetime import timedelta
from xml.etree import ElementTree as Xml

import httpx2

from adapters.store.connections import connect
from adapters.store.embedded import Database
from domain.batch import stream
from domain.batch.events import (
    AttemptStarted,
    BatchEvent,
    BuildFinished,
    BuildSubmitted,
    Finished,
    Planned,
    PlannedBuild,
    SliceStarted,
)
from domain.package.events import Requested
from domain.service.events import Paused, PlanApproved, PlanRejected, Resumed
from tests.adapters.service.given import NOTHING_PASSES, World
from tests.adapters.web.conftest import Asker, Serve
from tests.domain.given import BASH, Fact, commit, ended, tagged

V1 = "/api/v1"


def code(told: httpx2.Response) -> tuple[int, str]:
    """Return the status and the stable code of a problem."""
    assert told.headers["content-type"] == "application/problem+json"
    problem = told.json()
    assert problem["request_id"] == told.headers["x-request-id"]
    assert problem["title"]
    return told.status_code, problem["code"]


def test_what_is_queued_is_listed(web: Asker, world: World) -> None:
    """The queue, as the command line tells it."""
    world.hear(tagged(1, 10))
    world.passes()

    told = web.get(f"{V1}/queue").json()
    [build] = told["queue"]
    assert (build["package"], build["build_id"], build["batch"]) == (BASH, 1, None)
    assert told["position"] == world.log.head()


def test_the_plan_names_every_verdict(web: Asker, world: World) -> None:
    """What a pass would decide now, of what is configured; nothing is recorded."""
    world.hear(tagged(1, 10))
    before = world.log.head()

    told = web.get(f"{V1}/plan").json()
    [verdict] = told["verdicts"]
    assert (verdict["nvr"], verdict["verdict"], verdict["row"]) == ("bash-1-1.fc42", "queued", 9)
    assert told["counts"] == {"queued": 1, "skipped-as-retag": 0, "skipped": 0}
    assert world.log.head() == before


def test_every_target_is_on_the_board(web: Asker, world: World) -> None:
    """The board, whole or some states of it, now and as of a position."""
    world.hear(tagged(1, 10))
    before = world.log.head()
    world.passes()

    def states(query: str = "") -> dict[str, str]:
        told = web.get(f"{V1}/packages{query}").json()
        return {line["downstream"]: line["state"] for line in told["targets"]}

    assert states() == {"bash": "queued", "gcc": "none", "ipa": "none", "zsh": "none"}
    assert states("?state=queued&state=built") == {"bash": "queued"}
    assert states(f"?at={before}") == {**states(), "bash": "waiting"}
    assert code(web.get(f"{V1}/packages?state=nosuch")) == (400, "invalid")


def test_why_and_history_are_told(web: Asker, world: World) -> None:
    """Why a package was rebuilt, by either name, and all that is on record of it."""
    world.hear(tagged(1, 10))
    world.passes()

    told = web.get(f"{V1}/packages/bash/why").json()
    assert (told["build_id"], told["target"]) == (1, True)
    assert told["answer"][0].startswith("bash-1-1.fc42 is queued")
    assert web.get(f"{V1}/packages/bash/why?build=bash-1-1.fc42").json()["build_id"] == 1
    steps = web.get(f"{V1}/packages/bash/history").json()["steps"]
    assert [step["event"] for step in steps] == ["tagged", "queued"]
    for path in ("nosuch/why", "nosuch/history", "bash/why?build=9", "%00/why"):
        assert code(web.get(f"{V1}/packages/{path}")) == (404, "not-found")


def test_the_past_is_as_it_was(web: Asker, world: World) -> None:
    """As of a position or a time, queue, plan and failures are what was on record then."""
    world.hear(tagged(1, 10))
    before = world.log.head()
    world.passes()

    assert len(web.get(f"{V1}/queue").json()["queue"]) == 1
    assert web.get(f"{V1}/queue?at={before}").json() == {"position": before, "queue": []}
    assert web.get(f"{V1}/plan?at={before}").json()["counts"]["queued"] == 1
    assert web.get(f"{V1}/failed?at={before}").json()["failed"] == []
    assert web.get(f"{V1}/queue?at=-0s").json()["position"] == world.log.head()
    assert code(web.get(f"{V1}/queue?at=yesterday")) == (400, "invalid")
    assert code(web.get(f"{V1}/queue?at=2024-08-14T00:00")) == (400, "invalid")
    assert code(web.get(f"{V1}/queue?at=999999")) == (404, "not-found")


def test_events_are_read_from_a_position_on(web: Asker, world: World) -> None:
    """A cursor by position: ask again with what was answered, and nothing is missed or doubled."""
    world.hear(*(tagged(n, n) for n in range(1, 8)))
    found, after = [], 0
    for _ in range(20):
        told = web.get(f"{V1}/events", params={"after": after, "limit": 3}).json()
        found += [event["position"] for event in told["events"]]
        after = told["next"]

    assert found == [*range(1, world.log.head() + 1)]
    some = web.get(f"{V1}/events?topic=tagged&topic=baselined&limit=1000").json()["events"]
    assert {event["event"] for event in some} == {"tagged", "baselined"}
    assert code(web.get(f"{V1}/events?topic=nosuch")) == (400, "invalid")


def test_the_same_is_not_sent_twice(web: Asker, world: World) -> None:
    """An ETag names the position; the log went on, and the answer is another."""
    first = web.get(f"{V1}/events")
    known = {"If-None-Match": first.headers["etag"]}

    assert web.get(f"{V1}/events", headers=known).status_code == 304
    world.hear(tagged(1, 10))
    assert web.get(f"{V1}/events", headers=known).status_code == 200


def test_a_restored_log_is_another(web: Asker, world: World, database: Database) -> None:
    """Where a position holds another event than before, who asked before is told: by the ETag, and
    whoever is further than the log, by an error.
    """
    first = web.get(f"{V1}/events")
    head = world.log.head()
    with connect(database.owner_conninfo) as owner:
        owner.execute("alter table events disable trigger events_append_only")
        owner.execute("update events set digest = '\\x00' where position = %s", (head,))
    known = {"If-None-Match": first.headers["etag"]}

    assert web.get(f"{V1}/events", headers=known).status_code == 200
    assert web.get(f"{V1}/events?after={head}").json() == {"events": [], "next": head}
    assert code(web.get(f"{V1}/events?after={head + 1}")) == (404, "not-found")


def test_what_failed_is_listed_and_cleared(web: Asker, world: World) -> None:
    """What is not tried again, and by an event with its actor it is."""
    world.hear(tagged(1, 10))
    world.passes()
    world.hear(ended(1, "failed"))

    [failure] = web.get(f"{V1}/failed").json()["failed"]
    assert (failure["package"], failure["outcome"]) == (BASH, "failed")
    assert web.get(f"{V1}/failed?package=gcc").json()["failed"] == []
    done = web.post(f"{V1}/failed/clear", {"packages": [BASH], "reason": "gcc is fixed"})
    assert done.status_code == 200
    assert web.get(f"{V1}/failed").json()["failed"] == []
    again = web.post(f"{V1}/failed/clear", {"packages": [BASH], "reason": "x"})
    assert code(again) == (409, "refused")


def test_a_pause_is_on_record_with_who_paused(web: Asker, world: World) -> None:
    """A pause and its end through the API are events of the token, by the request's id."""
    until = world.clock() + timedelta(hours=12)
    paused = web.post(f"{V1}/pause", {"reason": "re-tag", "until": until.isoformat()}).json()
    resumed = web.post(f"{V1}/resume", {"reason": "done"}).json()

    first, second = world.log.read(topics=["paused", "resumed"])
    assert first.envelope.event == Paused("re-tag", until)
    assert second.envelope.event == Resumed("done")
    for told, recorded in ((paused, first), (resumed, second)):
        meta = recorded.envelope.meta
        assert (meta.actor, meta.via) == ("token/ci", "person")
        assert (meta.correlation, told["events"]) == (told["request_id"], [recorded.envelope.id])
    assert code(web.post(f"{V1}/resume", {"reason": "x"})) == (409, "refused")


def test_an_approval_is_on_record_with_who_approved(web: Asker, world: World) -> None:
    """A held plan is approved by a person who signed in, and what was due is queued."""
    world.outside.guard = NOTHING_PASSES
    world.hear(tagged(1, 10))
    world.passes(2)
    plan = world.service.held[0].plan
    headers = {
        "Cookie": web.signed_in("ada", "eln-sig"),
        "Sec-Fetch-Site": "same-origin",
    }

    done = web.post(f"{V1}/plans/{plan}/approve", {"reason": "looked at"}, headers=headers)

    assert done.status_code == 200, done.text
    [approved] = world.log.read(topics=["plan-approved"])
    assert approved.envelope.event == PlanApproved(plan, "looked at")
    assert approved.envelope.meta.actor == "ada"
    assert world.queued() == [1]
    again = web.post(f"{V1}/plans/{plan}/approve", {"reason": "x"})
    assert code(again) == (409, "refused")
    assert "it was approved by ada at position" in again.json()["detail"]
    assert code(web.post(f"{V1}/plans/0/approve", {"reason": "x"})) == (404, "not-found")


def test_a_rejection_is_on_record(web: Asker, world: World) -> None:
    """What of a held plan is due ends as rejected."""
    world.outside.guard = NOTHING_PASSES
    world.hear(tagged(1, 10))
    world.passes(2)
    plan = world.service.held[0].plan

    done = web.post(f"{V1}/plans/{plan}/reject", {"reason": "a mistake"})
    assert len(done.json()["events"]) == 2
    assert world.events("plan-rejected") == [PlanRejected(plan, "a mistake")]


def test_each_package_gets_a_verdict(web: Asker, world: World) -> None:
    """One that is unknown or not due keeps no other back; the events bear the request's id."""
    world.hear(tagged(1, 10), tagged(2, 11, package="zsh"))
    world.passes()
    world.hear(tagged(3, 20, package="gcc"))

    asked = web.post(f"{V1}/trigger", {"packages": ["gcc", BASH, "nosuch"], "reason": "x"}).json()

    assert [(v["package"], v["verdict"]) for v in asked["verdicts"]] == [
        ("gcc", "requested"),
        (BASH, "refused"),
        ("nosuch", "unknown"),
    ]
    assert "queued already" in asked["verdicts"][1]["why"]
    [recorded] = world.log.read(topics=["requested"])
    assert recorded.envelope.event == Requested("x", 3)
    assert recorded.envelope.meta.correlation == asked["request_id"]


def test_batches_are_told(web: Asker, world: World) -> None:
    """The list of batches, one of them whole, and feeds of those that are finished."""
    world.hear(*_batch())

    [line] = web.get(f"{V1}/batches").json()["batches"]
    assert (line["batch"], line["state"], line["built"]) == (1, "finished", 1)
    assert web.get(f"{V1}/batches/1").json()["batch"] == 1
    assert code(web.get(f"{V1}/batches/2")) == (404, "not-found")
    feed = web.get(f"{V1}/feeds/batches.json")
    assert feed.headers["content-type"] == "application/feed+json"
    [item] = feed.json()["items"]
    assert item["title"] == "Batch 1 is finished: 1 of 1 built"
    assert item["content_text"] == "bash: bash-1-1.eln142"
    assert web.get(item["url"].removeprefix(web.site.origin)).status_code == 200
    atom = web.get(f"{V1}/feeds/batches.atom")
    [entry] = Xml.fromstring(atom.content).findall("{http://www.w3.org/2005/Atom}entry")  # noqa: S314
    assert entry.findtext("{http://www.w3.org/2005/Atom}title") == item["title"]


def test_batches_are_told_as_of_then(web: Asker, world: World) -> None:
    """As of a position a batch is the fold of its stream up to there: before it began, none."""
    before = world.log.head()
    world.hear(*_batch())
    running = before + 4

    def told(at: int) -> tuple[object, ...]:
        [line] = web.get(f"{V1}/batches?at={at}").json()["batches"]
        whole = web.get(f"{V1}/batches/1?at={at}").json()
        [task] = whole["slices"][0]["attempts"][0]["tasks"]
        return line["state"], line["built"], whole["state"], task["state"]

    assert web.get(f"{V1}/batches?at={before}").json() == {"position": before, "batches": []}
    assert code(web.get(f"{V1}/batches/1?at={before}")) == (404, "not-found")
    assert told(running) == ("open", 0, "open", "building")
    assert told(world.log.head()) == ("finished", 1, "finished", "built")
    assert code(web.get(f"{V1}/batches?at={world.log.head() + 1}")) == (404, "not-found")
    assert code(web.get(f"{V1}/batches/1?at=nosuch")) == (400, "invalid")


def test_the_past_is_documented(web: Asker) -> None:
    """Of every read that looks at the past, `at` has examples, each of which can be asked."""
    paths = web.get(f"{V1}/openapi.json").json()["paths"]
    asked = {
        path: parameter["examples"]
        for path, told in paths.items()
        for parameter in told.get("get", {}).get("parameters", ())
        if parameter["name"] == "at"
    }
    assert {f"{V1}/batches", f"{V1}/batches/{{number}}", f"{V1}/queue"} <= set(asked)
    for examples in asked.values():
        points = [example["value"] for example in examples.values()]
        assert {web.get(f"{V1}/batches?at={at}").status_code for at in points} <= {200, 404}


def test_a_package_has_feeds(web: Asker, world: World) -> None:
    """What was decided on a package and what came of it, the newest first."""
    world.hear(tagged(1, 10))
    world.passes()
    world.hear(ended(1, "failed"))

    items = web.get(f"{V1}/feeds/packages/bash.json").json()["items"]
    assert {item["url"] for item in items} == {f"{web.site.origin}/packages/bash?build=1"}
    assert [item["title"] for item in items] == ["bash-1-1.fc42: failed", "bash-1-1.fc42: queued"]
    assert b"bash-1-1.fc42: failed" in web.get(f"{V1}/feeds/packages/bash.atom").content
    assert code(web.get(f"{V1}/feeds/packages/nosuch.json")) == (404, "not-found")


def _batch() -> list[Fact]:
    build = PlannedBuild(BASH, 1, "bash-1-1.fc42", commit(1))
    events: tuple[BatchEvent, ...] = (
        Planned((build,), "eln", "live"),
        SliceStarted(1000),
        AttemptStarted(1, (1,)),
        BuildSubmitted(1, 1001),
        BuildFinished(1, "built", 1001, 501, "bash-1-1.eln142"),
        Finished(1, 0),
    )
    return [Fact(stream(1), event, at) for at, event in enumerate(events)]


FAULTY: list[object] = [
    {},
    {"reason": ""},
    {"reason": " "},
    {"reason": "\x1b[31mred"},
    {"reason": "x", "until": "yesterday"},
    {"reason": "x", "until": "2099-01-01T00:00:00"},
    {"reason": "x", "until": "2001-01-01T00:00:00Z"},
    {"reason": "x", "nosuch": 1},
    ["x"],
]


def test_a_faulty_body_is_refused_whole(web: Asker, world: World) -> None:
    """What cannot be read is an error that says why; nothing of it is taken."""
    before = world.log.head()

    assert {code(web.post(f"{V1}/pause", body)) for body in FAULTY} == {(400, "invalid")}
    assert code(web.post(f"{V1}/pause")) == (415, "wrong-type")
    assert world.log.head() == before


def test_a_type_may_be_written_in_large_letters(web: Asker, world: World) -> None:
    """As every media type: what it says counts, not how."""
    told = {
        "Authorization": f"Bearer {web.token}",
        "Content-Type": "Application/JSON; charset=UTF-8",
    }

    assert web.client.post(f"{V1}/pause", content=b'{"reason": "x"}', headers=told).is_success
    assert len(world.events("paused")) == 1


def test_without_a_provider_it_is_read_only(serve: Serve, world: World) -> None:
    """Where nobody can sign in nobody writes, not by a token either, and it says so."""
    web = serve(issuer=None)

    assert code(web.post(f"{V1}/pause", {"reason": "x"})) == (403, "not-permitted")
    assert code(web.get("/login")) == (404, "not-found")
    assert "Read-only" in web.get("/").text
    assert web.get(f"{V1}/queue").status_code == 200


def test_the_documents_examples_are_true(web: Asker) -> None:
    """The OpenAPI document names every address below /api/v1, each with an example."""
    document = web.get(f"{V1}/openapi.json").json()

    assert {*document["paths"]} >= {f"{V1}/queue", f"{V1}/plans/{{plan}}/approve"}
    for path, operations in document["paths"].items():
        assert path.startswith(V1)
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                for content in answer.get("content", {}).values():
                    assert status != "200" or "example" in content
