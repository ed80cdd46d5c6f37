# SPDX-License-Identifier: GPL-3.0-or-later
"""What a shell offers where a package is to be named; verbs and options it has from click."""

import io
from contextlib import redirect_stderr, suppress

import click

from domain.errors import EbsError


def package_names(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the packages on record that begin so; none where no log can be read."""
    with redirect_stderr(io.StringIO()), suppress(EbsError), context.scope(cleanup=False):
        return [name for name in _on_record() if name.startswith(incomplete)]
    return []


def _on_record() -> list[str]:
    """Return every package. Nothing is made for it: an embedded database must be there already."""
    from adapters.cli.session import configured, opened_log  # noqa: PLC0415 - see session
    from projections.eligibility import all_names  # noqa: PLC0415

    config = configured()
    if config.database_url is None and not (config.state_dir / "pg").exists():
        return []
    with opened_log() as log, log.reading() as cursor:
        return sorted(all_names(cursor))
