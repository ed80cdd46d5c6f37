# SPDX-License-Identifier: GPL-3.0-or-later
"""The baseline: what trigger tag and stable tag hold, so that nothing done before is done again.

Taken whole or not at all: every line is read before the first fact is recorded, and all facts are
recorded in one transaction with the event that says so.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct

from adapters.errors import UNREADABLE
from adapters.ports.koji import BuildSource, Koji, Progress, TaggedBuild
from adapters.service.gate import Gate
from adapters.service.journal import Draft, Journal, View, package_draft, service_draft
from adapters.service.operation import Operation
from domain.envelope import Recorded
from domain.errors import Invalid, Refused
from domain.package.observe import BaselineRow, observe_baseline
from domain.service.events import Baselined
from domain.values import Moment, nvr_of, package_name, source_url, utc

FAULTS_TOLD = 10


class Taken(Struct, frozen=True, forbid_unknown_fields=True):
    """The optional first line: of which instant the reading is."""

    koji_event: int
    at: datetime


class Reading(Struct, frozen=True):
    """A baseline as it was read, whole."""

    rows: tuple[BaselineRow, ...]
    digest: str
    taken: Taken | None = None


class Baselines:
    """Records baselines."""

    def __init__(self, journal: Journal, gate: Gate) -> None:
        self._journal = journal
        self._gate = gate

    def take(self, reading: Reading, operation: Operation) -> list[Recorded]:
        """Record what the reading adds. Raises Refused without a trigger tag, or Invalid."""
        self._gate.adopt(operation)
        return self._journal.record(lambda view: _facts(view, reading, operation))


def read(lines: Iterable[bytes], name: str) -> Reading:
    """Read JSON lines, each a row, the first perhaps what was taken when. Raises Invalid."""
    faults: list[str] = []
    rows: dict[int, BaselineRow] = {}
    taken: Taken | None = None
    digest = sha256()
    for number, line in enumerate(lines, start=1):
        digest.update(line)
        try:
            if number == 1 and (taken := _taken(line)):
                continue
            if line.strip():
                rows[number] = _row(line)
        except (*UNREADABLE, Invalid) as error:
            faults.append(f"{name}:{number}: {error}")
    faults += [f"{name}:{fault}" for fault in _contradictions(rows)]
    if not rows and not faults:
        faults.append(f"{name}: no line names a build")
    if faults:
        raise _half_read(name, faults)
    return Reading(tuple(rows.values()), digest.hexdigest(), taken)


def ask(koji: Koji, tags: Collection[str], progress: Progress | None = None) -> Reading:
    """Read what these tags hold now, with sources, as of one event of the hub.

    Raises KojiError; Invalid where a tag is unknown or a build cannot be read: half a reading would
    have things built that were done before.
    """
    event = koji.last_event()
    held = [build for tag in sorted(tags) for build in koji.tagged(_tag_id(koji, tag), event.id)]
    sources = koji.sources({build.build_id for build in held}, progress)
    rows = []
    faults = []
    for build in held:
        try:
            rows.append(_checked(_held_row(build, sources.get(build.build_id))))
        except Invalid as error:
            faults.append(f"{build.tag}: {build.nvr}: {error}")
    if faults:
        raise _half_read("of Koji", faults)
    digest = sha256(msgspec.json.encode(rows)).hexdigest()
    return Reading(tuple(rows), digest, Taken(event.id, event.ts))


def _tag_id(koji: Koji, name: str) -> int:
    found = koji.tag(name)
    if found is None:
        raise Invalid(
            "the baseline was not taken",
            why=f"Koji has no tag {name}",
            do="correct trigger_tag in the policy, or koji.stable_tag",
        )
    return found.id


def _held_row(build: TaggedBuild, told: BuildSource | None) -> BaselineRow:
    if told is None:
        raise Invalid("Koji lists the build and does not know it")
    return BaselineRow(
        build.tag, build.name, build.build_id, build.nvr, told.source, build.create_event
    )


def _contradictions(rows: Mapping[int, BaselineRow]) -> Iterator[str]:
    """Yield what two lines say of one build that cannot both be so."""
    first: dict[int, tuple[int, BaselineRow]] = {}
    for number, row in rows.items():
        before, known = first.setdefault(row.build_id, (number, row))
        if (row.package, row.nvr, row.source) != (known.package, known.nvr, known.source):
            yield f"{number}: build {row.build_id} is said to be something else in line {before}"


_decode_row = msgspec.json.Decoder(BaselineRow).decode
_decode_taken = msgspec.json.Decoder(Taken).decode


def _taken(line: bytes) -> Taken | None:
    try:
        taken = _decode_taken(line)
    except UNREADABLE:
        return None
    return Taken(_event(taken.koji_event), utc(taken.at))


def _row(line: bytes) -> BaselineRow:
    return _checked(_decode_row(line))


def _checked(row: BaselineRow) -> BaselineRow:
    package_name(row.package)
    package_name(row.tag)
    nvr_of(row.package, row.nvr)
    _event(row.create_event or 0)
    if not 0 < row.build_id < 2**63:
        raise Invalid("the build id is out of range")
    if row.source is not None:
        source_url(row.source)
    return row


def _event(number: int) -> int:
    if not 0 <= number < 2**63:
        raise Invalid("the Koji event is out of range")
    return number


def _half_read(name: str, faults: list[str]) -> Invalid:
    more = len(faults) - FAULTS_TOLD
    tail = [f"and {more} more"] if more > 0 else []
    return Invalid(
        f"the baseline {name} was not taken",
        why="\n".join([*faults[:FAULTS_TOLD], *tail]),
        do="nothing was recorded; a line is {tag, package, build_id, nvr, source, create_event?}",
    )


def _facts(view: View, reading: Reading, operation: Operation) -> Iterator[Draft]:
    configured = view.service.configured
    if configured.trigger_tag is None:
        raise Refused(
            "the baseline was not taken",
            why="no policy names the trigger tag yet",
            do="name one with EBS_POLICY or --policy",
        )
    stable_tag = configured.settings.stable_tag
    _only_these_tags(reading, {configured.trigger_tag, stable_tag})
    at = reading.taken.at if reading.taken else operation.now
    packages = view.packages({row.package for row in reading.rows})
    first = view.service.baseline is None
    for row in {(row.tag, row.build_id): row for row in reading.rows}.values():
        # Only the first says nothing of when it was tagged; of a later one Koji's history tells.
        meta = operation.meta(moment=Moment(at, (row.create_event or 0) if first else 0))
        package = packages[row.package]
        for event in observe_baseline(package, row, stable_tag=stable_tag, first=first):
            yield package_draft(row.package, event, meta)
    counts = Counter(row.tag for row in reading.rows)
    koji_event = reading.taken.koji_event if reading.taken else 0
    baselined = Baselined(at, dict(sorted(counts.items())), reading.digest, koji_event)
    yield service_draft(baselined, operation.meta())


def _only_these_tags(reading: Reading, tags: set[str]) -> None:
    strange = sorted({row.tag for row in reading.rows} - tags)
    if strange:
        raise Invalid(
            f"the baseline has builds of {', '.join(strange[:FAULTS_TOLD])}",
            why=f"it is of the trigger tag and the stable tag: {', '.join(sorted(tags))}",
            do="leave the other tags out, or adopt the policy that names them first",
        )
