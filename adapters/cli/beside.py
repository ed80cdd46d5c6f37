# SPDX-License-Identifier: GPL-3.0-or-later
"""A consumer of the bus beside the worker: a process of its own, started again where it ends."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import wait
from time import monotonic
from typing import Final

import structlog

from adapters.cli.options import given
from adapters.cli.retry import Retry

LOOK: Final = 0.5
"""Seconds between two looks whether we are to stop."""

_log = structlog.get_logger(__name__)


@contextmanager
def consuming(stop: threading.Event) -> Iterator[None]:
    """Keep a consumer going inside; when we end, it ends, and when we are killed, too."""
    variables = {f"EBS_{name}".upper(): str(value) for name, value in given().items()}
    keeper = threading.Thread(target=_keep, args=(stop, variables), name="consumer")
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def _keep(stop: threading.Event, variables: Mapping[str, str]) -> None:
    retry = Retry()
    while not stop.is_set():
        began = monotonic()
        code = _run(stop, variables)
        if stop.is_set():
            return
        seconds = retry.after(monotonic() - began)
        _log.error("the consumer ended", exit=code, retry_in=seconds)
        stop.wait(seconds)


def _run(stop: threading.Event, variables: Mapping[str, str]) -> int | None:
    """Run a consumer until it ends, or we are to stop; return its exit code."""
    # Not forked: what holds the database here must not be shared.
    process = multiprocessing.get_context("spawn").Process(target=_consume, args=(variables,))
    process.start()
    while not stop.is_set() and not wait([process.sentinel], LOOK):
        pass
    process.terminate()
    process.join()
    return process.exitcode


def _consume(variables: Mapping[str, str]) -> None:
    """Be the consumer."""
    from adapters.cli.main import cli  # noqa: PLC0415 - it imports this

    os.setpgrp()  # a Ctrl-C is for the service, which ends us: told twice we would not end in order
    os.environ.update(variables)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    cli.main(["consume"])


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
