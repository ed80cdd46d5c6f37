# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs: one line an event on stderr, JSON or for people, with what is bound to the context.

What is bound while something is done (``correlation``, ``batch``, ``message``, ``request``) is in
every line meanwhile, also in those of libraries, which log through the same pipe. Every event of
ours is in ``deploy/docs/logs.md``.
"""

import logging
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Final, Literal

import structlog
from structlog.typing import Processor

Style = Literal["auto", "json", "console"]

SERVER: Final = "adapters.store.server"
"""Who says what it made on the machine."""

RETRIES: Final = "stamina"
"""Who says that a request is tried again."""

_PASSWORD: Final = re.compile(r"(?<=://)([^:/@\s]*):[^@/\s]+@|\b(password|passwd)=('[^']*'|\S+)")


def set_up(level: str, style: Style, notice: Callable[[str], None] | None = None) -> None:
    """Send all logs to stderr; may be called again.

    ``auto`` is console on a terminal, else JSON. ``notice`` is told what was changed on the machine
    for the embedded database, which is for the person who caused it; only JSON that was asked for
    has it as a line of the log.
    """
    handler = logging.StreamHandler(sys.stderr)
    if notice is not None and style != "json":
        handler.addFilter(_Notices(notice))
    handler.setFormatter(_Formatter(processors=_renderers(style), foreign_pre_chain=_SHARED))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def leave_retries_out() -> None:
    """Say no more of each request that it is tried again, but where everything is said."""
    root = logging.getLogger()
    if root.level > logging.DEBUG:
        for handler in root.handlers:
            handler.addFilter(lambda record: record.name != RETRIES)


def masked(text: str) -> str:
    """Return the text without the passwords in it."""
    return _PASSWORD.sub(lambda m: f"{m[2]}=***" if m[2] else f"{m[1]}:***@", text)


class _Notices(logging.Filter):
    """Tells a person what was made on the machine, and keeps it out of the log."""

    def __init__(self, notice: Callable[[str], None]) -> None:
        super().__init__()
        self._notice = notice

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name != SERVER or not str(record.msg).startswith("Made "):
            return True
        self._notice(record.getMessage())
        return False


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """The last to see a line, whoever wrote it, and so the place to take secrets out."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


_SHARED: Final[Sequence[Processor]] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def _renderers(style: Style) -> list[Processor]:
    terminal = sys.stderr.isatty()
    processors: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if style == "console" or (style == "auto" and terminal):
        return [*processors, _for_people(colours=terminal and "NO_COLOR" not in os.environ)]
    json = structlog.processors.JSONRenderer()
    return [*processors, structlog.processors.format_exc_info, json]


def _for_people(*, colours: bool) -> Processor:
    plain = structlog.dev.plain_traceback
    return structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain)
