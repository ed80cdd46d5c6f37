# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb that says whether the log is as it was written: verify."""

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click
from msgspec import Struct

from adapters.cli.errors import FAILED
from adapters.cli.files import writing
from adapters.cli.options import as_json, verb
from adapters.cli.output import print_json, print_table, progress_bar, say, talk
from adapters.cli.points import from_point, spanned, to_point
from adapters.cli.session import opened_archive, opened_log
from adapters.tables import number, prose
from adapters.words import counted
from domain.errors import Invalid

if TYPE_CHECKING:
    from adapters.store.verify import Anchor, Finding, Row, Verification
    from projections.points import Point

MOST: Final = 1_000
"""Findings that are told; where there are more, something else than a row is wrong."""


class Verified(Struct, frozen=True):
    """What came of it: the events behind ``after``, up to ``position``, whose digest is ``digest``.

    ``found`` is how many findings there are, ``findings`` the first of them.
    """

    after: int
    position: int
    events: int
    digest: str
    found: int
    findings: tuple["Finding", ...]


class Walk(NamedTuple):
    """What is to be walked along: rows behind ``start``, which was seen up to ``promised``."""

    start: "Anchor"
    rows: Iterable[list["Row"]]
    promised: int


class Expected(click.ParamType[tuple[int, str]]):
    """A position and the digest that was kept elsewhere."""

    name = "digest"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, str]:
        """Read it."""
        found = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", str(value), re.ASCII)
        if found is None:
            self.fail(f"{value!r} is not POSITION:DIGEST as 'ebs verify' prints it", param, ctx)
        return int(found[1]), found[2]


@verb(
    "verify",
    ("ebs verify", "the whole log: each event's digest covers the one before it"),
    ("ebs verify --from -7d", "what was recorded in the last week"),
    ("ebs verify --metrics ebs.prom", "the whole log, and its result for Prometheus"),
    ("ebs verify august.zip", "an archive of 'ebs export', without a database"),
    (f"ebs verify --expect 1200:{'3f' * 32}", "against a digest that was kept elsewhere"),
)
@click.argument("file", required=False)
@from_point
@to_point
@click.option(
    "--expect",
    "expected",
    type=Expected(),
    multiple=True,
    metavar="POSITION:DIGEST",
    help="A digest printed earlier, and kept where nobody of here can change it.",
)
@click.option(
    "--metrics",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what came of it there too, for node-exporter's textfile collector.",
)
@as_json
def verify(
    file: str | None,
    start: "Point | None",
    end: "Point | None",
    expected: tuple[tuple[int, str], ...],
    metrics: Path | None,
    *,
    as_json: bool,
) -> int | None:
    """Find every event that was changed, taken out, put in, doubled or moved, and name it.

    Exits 1 if there is any. The chain alone cannot tell whether somebody who may write to the
    database computed all of it anew from some event on: therefore keep the digest that is printed
    at the end elsewhere, and give it to --expect next time.
    """
    if file is not None and (start is not None or end is not None):
        raise click.UsageError("an archive is verified whole, without --from and --to")
    with _walk(file, start, end) as walk:
        found = _verified(walk, expected)
    if metrics is not None:
        _keep(found, metrics)
    if as_json:
        print_json(found)
    else:
        _for_people(found)
    return FAILED if found.found else None


@contextmanager
def _walk(file: str | None, start: "Point | None", end: "Point | None") -> Iterator[Walk]:
    with ExitStack() as stack:
        if file is not None:
            archive = stack.enter_context(opened_archive(file))
            yield Walk(archive.manifest.start, archive.rows(), archive.manifest.upto)
            return
        from projections import runner  # noqa: PLC0415 - see session

        log = stack.enter_context(opened_log())
        with log.reading() as cursor:
            span = spanned(cursor, start, end)
            read = max((at for _, at in runner.positions(cursor).values()), default=0)
        promised = span.upto if end is not None else max(span.upto, read)
        yield Walk(log.anchor(span.after), log.rows(span.after, span.upto), promised)


def _verified(walk: Walk, expected: Iterable[tuple[int, str]]) -> Verified:
    from adapters.store.verify import Anchor, Verification  # noqa: PLC0415 - see session

    anchors = [Anchor(position, bytes.fromhex(digest)) for position, digest in expected]
    verification = Verification(walk.start, anchors)
    found, told = 0, []
    try:
        for finding in _findings(verification, walk):
            found += 1
            if found <= MOST:
                told.append(finding)
    except Invalid as error:
        if not found:
            raise
        talk(str(error))
    head = verification.head
    return Verified(
        after=walk.start.position,
        position=head.position,
        events=verification.events,
        digest=head.digest.hex(),
        found=found,
        findings=tuple(told),
    )


def _findings(verification: "Verification", walk: Walk) -> Iterator["Finding"]:
    with progress_bar("events", walk.promised - walk.start.position) as bar:
        for rows in walk.rows:
            yield from verification.walk(rows)
            bar.at(verification.events)
    yield from verification.end(walk.promised)


def _keep(found: Verified, file: Path) -> None:
    """Write the result as metrics: not into the database, which it is about."""
    from prometheus_client import CollectorRegistry, Gauge, write_to_textfile  # noqa: PLC0415

    registry = CollectorRegistry()
    told = {
        "ebs_verify_findings": ("Events that are not as they were written.", found.found),
        "ebs_verify_position": ("Up to where the log was verified.", found.position),
    }
    for name, (what, value) in told.items():
        Gauge(name, what, registry=registry).set(value)
    when = Gauge("ebs_verify_timestamp_seconds", "When the log was verified.", registry=registry)
    when.set_to_current_time()
    with writing(str(file)):
        write_to_textfile(str(file), registry)


def _for_people(found: Verified) -> None:
    print_table(
        (number("POSITION"), "EVENT", "FAULT", prose("WHAT")),
        [
            (f.position, f"{f.stream}@{f.version}" if f.stream else "-", f.fault, f.detail)
            for f in found.findings
        ],
    )
    if found.found > len(found.findings):
        say(f"… and {found.found - len(found.findings)} more")
    events = f"{counted(found.events, 'event')} from position {found.after + 1} on"
    if found.found:
        talk(f"{events}: {counted(found.found, 'finding')}")
        return
    say(f"{found.position}:{found.digest}")
    talk(
        f"{events} are as they were written, one behind the other",
        "keep the line above elsewhere: 'ebs verify --expect' holds the log against it",
    )
