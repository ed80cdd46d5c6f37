# SPDX-License-Identifier: GPL-3.0-or-later
"""Examples of what is asked and answered, as the OpenAPI document shows them."""

from typing import Any, Final

AT: Final = "2024-08-14T00:00:00Z"
NVR: Final = "bash-5.2.26-4.fc41"

Example = dict[str, Any]

THEN: Final[Example] = {
    "time": {"value": AT, "summary": "a time with its offset"},
    "position": {"value": "1204", "summary": "a position of the log"},
    "ago": {"value": "-6h", "summary": "so long ago"},
}
PACKAGES: Final[Example] = {
    "position": 1204,
    "at": None,
    "targets": [
        {
            "package": "bash",
            "downstream": "bash",
            "state": "queued",
            "reason": "due",
            "decided": True,
            "build_id": 2503918,
            "nvr": NVR,
        }
    ],
}
STEP: Final[Example] = {
    "position": 1200,
    "at": AT,
    "event": "queued",
    "build_id": 2503918,
    "nvr": NVR,
    "tag": "f41",
    "verdict": "queued",
    "reason": "due",
    "row": 9,
    "told": "queued",
    "links": {"build": "https://koji.fedoraproject.org/koji/buildinfo?buildID=2503918"},
}
STORY: Final[Example] = {"package": "bash", "target": True, "steps": [STEP]}
WHY: Final[Example] = {
    "package": "bash",
    "target": True,
    "steps": [STEP],
    "build_id": 2503918,
    "nvr": NVR,
    "answer": ["bash-5.2.26-4.fc41 is queued, by the verdict at position 1200: it was due."],
    "position": 1204,
}
QUEUE: Final[Example] = {
    "position": 1204,
    "queue": [
        {"package": "bash", "build_id": 2503918, "nvr": NVR, "position": 1200, "batch": None}
    ],
}
VERDICT: Final[Example] = {
    "package": "bash",
    "build_id": 2503918,
    "nvr": NVR,
    "tag": "f41",
    "row": 9,
    "verdict": "queued",
    "reason": "due",
    "evidence": [],
    "provisional": False,
}
PLAN: Final[Example] = {
    "plan": "21aa6d4757f8",
    "position": 1204,
    "held": False,
    "held_reason": None,
    "counts": {"queued": 1, "skipped-as-retag": 0, "skipped": 0},
    "verdicts": [VERDICT],
}
FAILED: Final[Example] = {
    "position": 1204,
    "failed": [
        {
            "package": "bash",
            "build_id": 2503918,
            "nvr": NVR,
            "source": "git+https://src.fedoraproject.org/rpms/bash#0123456789012345678901234567890123456789",
            "outcome": "failed",
            "at": AT,
            "position": 1203,
            "batch": 7,
            "detail": "mock exited with status 1",
        }
    ],
}
BATCHES: Final[Example] = {
    "position": 1204,
    "batches": [
        {
            "batch": 7,
            "state": "open",
            "builds": 2,
            "built": 1,
            "failed": 1,
            "published": 0,
            "started": AT,
            "ended": None,
        }
    ],
}
TASK: Final[Example] = {
    "package": "bash",
    "build_id": 2503918,
    "nvr": NVR,
    "task_id": 121212121,
    "state": "building",
    "built": None,
    "detail": "",
    "started": AT,
    "ended": None,
    "downstream": None,
}
BATCH: Final[Example] = {
    "batch": 7,
    "state": "open",
    "side_tag": "eln-build-side-23",
    "slices": [{"order": 1000, "attempts": [{"attempt": 1, "tasks": [TASK]}]}],
    "failed": [],
    "promoted": [],
    "started": AT,
    "ended": None,
    "why": "",
}
EVENT: Final[Example] = {
    "position": 1204,
    "id": "service@17",
    "stream": "service",
    "version": 17,
    "event": "paused",
    "recorded_at": AT,
    "occurred_at": AT,
    "via": "person",
    "actor": "ada",
    "correlation": "5a1d0c57a7a24d2b8c3b9d7f1e0a6b42",
    "causation": "",
    "koji_event": None,
    "data": {"reason": "mass re-tag"},
}
EVENTS: Final[Example] = {"events": [EVENT], "next": 1204}
DONE: Final[Example] = {
    "request_id": "5a1d0c57a7a24d2b8c3b9d7f1e0a6b42",
    "events": ["service@17"],
    "position": 1204,
}
ASKED: Final[Example] = {
    "request_id": "5a1d0c57a7a24d2b8c3b9d7f1e0a6b42",
    "verdicts": [
        {"package": "bash", "verdict": "requested", "why": "", "event": "package:bash@9"},
        {
            "package": "zlib",
            "verdict": "refused",
            "why": "zlib-1.3-1.fc41 is queued already",
            "event": None,
        },
    ],
    "paused": False,
}
REASON: Final[Example] = {"reason": "looked at, and it is all right"}
PAUSING: Final[Example] = {"reason": "mass re-tag", "until": AT}
TRIGGERING: Final[Example] = {"packages": ["bash", "zlib"], "reason": "a fix is needed"}
CLEARING: Final[Example] = {"packages": ["bash"], "reason": "gcc is fixed"}
NOTING: Final[Example] = {"text": "Koji was restarted", "at": AT}
TIMELINE: Final[Example] = {
    "timeline": {
        "window": {"after": 1200, "upto": 1204, "since": AT, "until": AT},
        "lanes": [{"kind": "service", "name": "service", "tracks": []}],
        "counts": {"shown": 0, "folded": 0, "hidden": 4},
        "figures": [],
    },
    "head": 1204,
    "digest": "5a1d0c57a7a24d2b8c3b9d7f1e0a6b42",
}
