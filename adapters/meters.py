# SPDX-License-Identifier: GPL-3.0-or-later
"""What a process counts of its own doings, for Prometheus; in one place, so that it fits together.

Labels are few by design: a method, an outcome, never a package, a build, a message or an address.
What the log knows is read from the log, in ``adapters/web/metrics.py``.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from time import perf_counter
from typing import Final, Literal

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from adapters.errors import MEANINGS
from adapters.tracing import span

Server = Literal["koji", "bodhi"]

Answer = Literal["answered", "refused", "failed"]
"""``refused``: it answered that it will not; ``failed``: there was no answer that counts."""

# A sample more of each, which Prometheus does not ask for.
disable_created_metrics()  # type: ignore[no-untyped-call] # it has no types

_WAITS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_PASSES: Final = (0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0)

REQUESTS: Final = Histogram(
    "ebs_request_duration_seconds",
    "Requests to Koji and Bodhi, by method (of a multicall, its first call) and how they ended.",
    ["server", "method", "outcome"],
    buckets=_WAITS,
)

MESSAGES: Final = Histogram(
    "ebs_bus_message_duration_seconds",
    "Messages that the bus delivered, by what became of them, until they were safe.",
    ["outcome"],
    buckets=_WAITS,
)

DATABASE_ERRORS: Final = Counter(
    "ebs_database_errors", "What the database did not do, by kind of error.", ["kind"]
)
for _meaning in MEANINGS.values():
    DATABASE_ERRORS.labels(_meaning.code)  # 0 until there is one: the first is to be seen

ANSWERS: Final = Histogram(
    "ebs_web_request_duration_seconds",
    "Requests to the web side, by the status of the answer; 0 where nobody took it.",
    ["status"],
    buckets=_WAITS,
)

PASS: Final = Histogram(
    "ebs_pass_duration_seconds",
    "Passes of the worker, by how they ended.",
    ["outcome"],
    buckets=_PASSES,
)

PASSED: Final = Gauge(
    "ebs_pass_last_timestamp_seconds", "When the worker last ended a pass; 0 before the first."
)

LEADING: Final = Gauge("ebs_worker_leading", "1 while this worker leads, 0 while it is a spare.")

TICKET_ENDS: Final = Gauge(
    "ebs_ticket_ends_timestamp_seconds",
    "When the Kerberos ticket ends; without a sample before there was one.",
    ["principal"],
)


class Told:
    """How what was done ended, told by who did it; what was left by an error has failed."""

    outcome: str = "failed"


@contextmanager
def _timed(histogram: Histogram, name: str, **labels: str) -> Iterator[Told]:
    """Time and trace what is done inside."""
    told, began = Told(), perf_counter()
    with span(name, **labels):
        try:
            yield told
        finally:
            spent = perf_counter() - began
            histogram.labels(**labels, outcome=told.outcome).observe(spent)


def asking(server: Server, method: str) -> AbstractContextManager[Told]:
    """Time and trace a request to a server, whose outcome is one of Answer."""
    return _timed(REQUESTS, f"{server} {method}", server=server, method=method)


def hearing() -> AbstractContextManager[Told]:
    """Time and trace a message, until it is safe."""
    return _timed(MESSAGES, "message")


@contextmanager
def passing() -> Iterator[None]:
    """Time and trace a pass of the worker."""
    with _timed(PASS, "pass") as told:
        try:
            yield
            told.outcome = "done"
        finally:
            PASSED.set_to_current_time()
