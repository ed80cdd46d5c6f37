# SPDX-License-Identifier: GPL-3.0-or-later
"""What the measurements work on: the real package names, baselined, and a storm of re-tags."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.app import App
from adapters.config.static import Config, load
from adapters.sandbox import vendored
from adapters.service import baseline
from adapters.service.operation import Operation

BASELINE = datetime(2024, 8, 12, tzinfo=UTC)
RETAG = datetime(2024, 8, 13, 15, tzinfo=UTC)


def configure(
    folder: Path,
    database_url: str | None = None,
    trigger: str = "f41",
    names: Iterable[str] | None = None,
) -> Config:
    """Write policy and package list, and return the configuration that names them."""
    listed = "\n".join(names or vendored.eln()) + "\n"
    (folder / "view-eln-package-name-list--view-eln.txt").write_text(listed)
    set_trigger(folder, trigger)
    return load(
        state_dir=folder / "state",
        policy=str(folder / "policy.yaml"),
        database_url=database_url,
        timers={"lull": 0},
    )


def set_trigger(folder: Path, tag: str) -> None:
    """Name another trigger tag in the policy."""
    resolver = {"view": "eln", "source": "eln", "content_resolver": str(folder)}
    policy = {
        "configuration": {"control": {"pause": False, "trigger_tag": tag}},
        "components": {"autopackagelist": resolver},
    }
    (folder / "policy.yaml").write_text(json.dumps(policy))


def take_baseline(app: App) -> None:
    """Record that f41 holds a build of every package, and ELN one of each target's source."""
    rows = [*_baseline_rows()]
    reading = baseline.read(rows, "bench")
    app.baselines.take(reading, Operation("bench", "baseline", BASELINE))


def storm(folder: Path) -> tuple[Path, int]:
    """Write the messages of the mass re-tag into f42; return the file and how many they are."""
    file = folder / "storm.jsonl"
    with file.open("w") as lines:
        for number, (name, nvr) in enumerate(_builds(), start=1):
            _, version, release = nvr.rsplit("-", 2)
            at = RETAG + timedelta(seconds=number // 10)
            lines.write(json.dumps(_message(number, name, version, release, at)) + "\n")
    return file, number


def _builds() -> Iterator[tuple[str, str]]:
    for package in vendored.fedora():
        yield package.name, f"{package.name}-{package.version}-{package.release}.fc41"


def _source(name: str) -> str:
    return f"git+https://src.fedoraproject.org/rpms/{name}#{'0123456789' * 4}"


def _baseline_rows() -> Iterator[bytes]:
    yield json.dumps({"koji_event": 1, "at": BASELINE.isoformat()}).encode()
    targets = set(vendored.eln())
    for number, (name, nvr) in enumerate(_builds(), start=1):
        row = {"package": name, "source": _source(name)}
        yield json.dumps({**row, "tag": "f41", "build_id": number, "nvr": nvr}).encode()
        if name in targets:
            rebuilt = {"tag": "eln", "build_id": number + 1_000_000, "nvr": f"{name}-1-1.eln141"}
            yield json.dumps({**row, **rebuilt}).encode()


def _message(number: int, name: str, version: str, release: str, at: datetime) -> dict[str, object]:
    body = {"name": name, "version": version, "release": release, "build_id": number}
    koji = {"tag": "f42", "tag_id": 42, "user": "releng", "owner": "packager"}
    hub = {"instance": "primary", "base_url": "https://koji.fedoraproject.org"}
    return {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "topic": "org.fedoraproject.prod.buildsys.tag",
        "headers": {
            "fedora_messaging_schema": "koji_fedoramessaging.tag.TagV1",
            "priority": 2,
            "sent-at": at.isoformat(timespec="seconds"),
        },
        "body": {**body, **koji, **hub},
        "priority": 2,
        "queue": None,
    }
