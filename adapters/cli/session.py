# SPDX-License-Identifier: GPL-3.0-or-later
"""The service as a verb uses it: opened with the options given, and closed again.

What is heavy is imported here when it is needed, so that --help and a typing error cost nothing.
"""

import getpass
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from adapters.cli.output import talk
from adapters.errors import NotPermitted
from adapters.service.operation import Operation
from adapters.words import plain
from domain.errors import Invalid, NotFound, Refused
from domain.values import Via, user_name

TEMPORARY: Final = "/ebs-demo-"
"""How the name of the demo's own folder begins."""

if TYPE_CHECKING:
    from adapters.app import App, Reading
    from adapters.config.dynamic import LoadedPolicy
    from adapters.config.static import Config
    from adapters.ports import Configuration
    from adapters.service.work import Hub
    from adapters.store.archive.read import Archive
    from adapters.store.log import EventLog
    from domain.service.decide import Offered


def configured(**more: Any) -> "Config":
    """Load the configuration, ``more`` and the options given first, and set up the logs by it."""
    from adapters import logs, tracing  # noqa: PLC0415 - see above
    from adapters.cli.options import given  # noqa: PLC0415
    from adapters.config.static import load  # noqa: PLC0415

    options = given() | {name: value for name, value in more.items() if value is not None}
    logs.set_up("warning", options.get("log_format", "auto"), notice)
    config = load(**options)
    logs.set_up(config.log_level, config.log_format, notice)
    tracing.set_up()
    return config


def notice(text: str) -> None:
    """Say what was changed on this machine, but not of a folder that is gone afterwards."""
    what, _, where = text.partition(": ")
    kept = [each for each in where.split(", ") if TEMPORARY not in each]
    if kept:
        named = f": {', '.join(kept)}" if where else ""
        talk(f"note: {what[:1].lower()}{what[1:]}{named}")


@contextmanager
def opened(*, rehearse: bool = False, **more: Any) -> Iterator["App"]:
    """Open the service for who asks no hub; to ``rehearse`` is to record nothing."""
    config = configured(**more)
    from adapters.app import open_app  # noqa: PLC0415 - see above

    with open_app(config) as app:
        yield _rehearsing(app) if rehearse else app


@contextmanager
def opened_log() -> Iterator["EventLog"]:
    """Open the log alone, as it is: no projection is brought up to it."""
    config = configured()
    from adapters.app import open_log  # noqa: PLC0415 - see above

    with open_log(config) as (log, _):
        yield log


@contextmanager
def opened_archive(name: str) -> Iterator["Archive"]:
    """Open a file that 'ebs export' wrote."""
    configured()
    from adapters.store.archive.read import Archive  # noqa: PLC0415 - see above

    with file_or_stdin(name) as (file, called), Archive(file, called) as archive:
        yield archive


@contextmanager
def opened_outside(
    *,
    rehearse: bool = False,
    reading: "Reading" = lambda configuration: configuration,
    asked: Callable[[], None] = lambda: None,
    **more: Any,
) -> Iterator["App"]:
    """Open the service with the hub, if there is one; ``reading``: when its word is asked for.

    ``asked`` is called after each request to the hub.
    """
    config = configured(**more)
    from adapters.app import look_outside, open_app  # noqa: PLC0415 - see above

    with look_outside(config, reading, asked) as outside, open_app(config, outside=outside) as app:
        yield _rehearsing(app) if rehearse else app


class Once:
    """A configuration that is read once, however often it is asked for."""

    def __init__(self, inner: "Configuration") -> None:
        self._inner = inner
        self._read: Offered | None = None

    def offered(self) -> "Offered":
        """Read everything the first time."""
        if self._read is None:
            self._read = self._inner.offered()
        return self._read


def _rehearsing(app: "App") -> "App":
    from adapters.service.baseline import Baselines  # noqa: PLC0415 - see above
    from adapters.service.catchup import CatchUp  # noqa: PLC0415
    from adapters.service.gate import Gate  # noqa: PLC0415
    from adapters.service.operators import Operators  # noqa: PLC0415
    from adapters.service.rehearsal import Rehearsal  # noqa: PLC0415

    journal = Rehearsal(app.log)
    online = app.config.koji.online
    gate = Gate(journal, app.configuration, app.clock, online=online)
    hub = app.hub
    if hub is not None and app.koji is not None:
        hub = replace(hub, catch_up=CatchUp(journal, app.koji))
    return replace(
        app,
        journal=journal,
        gate=gate,
        operators=Operators(journal),
        baselines=Baselines(journal, gate),
        hub=hub,
    )


def hub_of(app: "App") -> "Hub":
    """Return the use cases that need Koji. Raises Refused where none is configured."""
    if app.hub is None:
        raise Refused(
            "there is no Koji to ask",
            why="no hub is configured",
            do="give koji.profile or koji.url",
        )
    return app.hub


def loaded_policy(location: str, config: "Config") -> "LoadedPolicy":
    """Read a policy from a file or from git, and say what is odd about it."""
    from adapters.config import dynamic  # noqa: PLC0415 - see above

    loaded = dynamic.load(location, cache=config.state_dir / "git")
    talk(*(f"warning: {warning}" for warning in loaded.warnings))
    return loaded


def operation(app: "App", via: Via = "person") -> Operation:
    """Return an operation of the person at the keyboard."""
    return Operation(actor(), via, app.clock())


def actor() -> str:
    """Return who we are; in a container the user may have no name."""
    try:
        return user_name(getpass.getuser())
    except (OSError, KeyError, Invalid):
        return f"uid-{os.getuid()}"


@contextmanager
def file_or_stdin(name: str) -> Iterator[tuple[BinaryIO, str]]:
    """Open a file for reading, ``-`` being stdin; yield it with what to call it in messages.

    Raises NotFound, NotPermitted, or Invalid for what cannot be read as a file.
    """
    if name == "-":
        if sys.stdin is None:
            raise Invalid("there is no standard input", do="name a file, or pipe one in")
        yield sys.stdin.buffer, "stdin"
        return
    try:
        file = open(name, "rb")  # noqa: SIM115, PTH123 - closed below; a name may be no path
    except FileNotFoundError:
        raise NotFound(f"there is no file {plain(name)}", do="check the path") from None
    except PermissionError as error:
        raise NotPermitted(f"{plain(name)} cannot be read", why=_why(error)) from None
    except (OSError, ValueError) as error:
        raise Invalid(f"{plain(name)} cannot be read", why=_why(error), do="name a file") from None
    with file:
        yield file, plain(name)


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
