# SPDX-License-Identifier: GPL-3.0-or-later
"""From exceptions to what a person reads and what a script gets: one table of exit codes.

Everything ends here. What is expected says what failed, why and what to do next; what is not
expected says so in a line, and shows where only with --debug.
"""

import errno
import os
import sys
import traceback
from collections.abc import Callable
from typing import Final

import click

from adapters import errors
from adapters.cli.options import given
from adapters.cli.output import Declined, talk
from adapters.cli.streams import give_up
from adapters.words import plain
from domain.errors import EbsError

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
DEGRADED: Final = 8
INTERRUPTED: Final = 130

CODES: Final = {kind: meaning.exit for kind, meaning in errors.MEANINGS.items()}
"""Whatever is not listed has failed (1): a file with faults, a bug."""

MEANINGS: Final = {
    OK: "done",
    FAILED: "failed, or the input has faults",
    USAGE: "wrong usage",
    3: "not found",
    4: "refused by a rule",
    5: "somebody else was faster, or is at it",
    6: "a dependency is down",
    7: "not permitted",
    DEGRADED: "degraded",
    INTERRUPTED: "interrupted, or nobody reads the output",
}

_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What a file says that was open, and takes nothing more."""


def guarded(act: Callable[[], object]) -> int:
    """Do it and return the exit code; a verb returns its own, or None for 0."""
    try:
        outcome = act()
        sys.stdout.flush()
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except (KeyboardInterrupt, BrokenPipeError, click.Abort):
        give_up(sys.stdout)
        return INTERRUPTED
    except Declined:
        talk("nothing was done")
        return FAILED
    except click.ClickException as error:
        return _usage(error)
    except EbsError as error:
        _explain(error)
        _show_where(error)
        return errors.meaning_of(error).exit
    except Exception as error:  # noqa: BLE001 - whatever it is, a person has to read it
        _explain(_unwritten(error) or _unexpected(error))
        _show_where(error)
        return FAILED
    return outcome if isinstance(outcome, int) else OK


def _show_where(error: Exception) -> None:
    if "debug" in (given().get("log_level"), os.environ.get("EBS_LOG_LEVEL", "").lower()):
        from adapters.logs import masked  # noqa: PLC0415 - heavy, and seldom needed

        talk(*masked("".join(traceback.format_exception(error))).splitlines())


def _explain(error: EbsError) -> None:
    talk(f"error: {error.what}")
    for label, text in (("why", error.why), ("do", error.do)):
        for number, line in enumerate(text.splitlines()):
            talk(f"{' ' * (len(label) + 1) if number else f'{label}:'} {line}")


def _usage(error: click.ClickException) -> int:
    context = error.ctx if isinstance(error, click.UsageError) else None
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        talk(*error.format_message().splitlines())
    else:
        talk(f"error: {plain(error.format_message())}")
        talk(f"do: see '{context.command_path if context else 'ebs'} --help'")
    return error.exit_code


def _unwritten(error: Exception) -> EbsError | None:
    """Return what is said where the output takes nothing more; an error of a file names it."""
    if not isinstance(error, OSError) or error.errno not in _NO_ROOM or error.filename:
        return None
    give_up(sys.stdout)
    return EbsError(
        "the output cannot be written",
        why=error.strerror or str(error),
        do="make room where it goes, or send it elsewhere; what was recorded stays",
    )


def _unexpected(error: Exception) -> EbsError:
    return EbsError(
        f"unexpected {type(error).__name__}: {error}",
        do="run it again with --debug to see where; this is a bug",
    )
