# SPDX-License-Identifier: GPL-3.0-or-later
"""Which events: the options by which the verbs that read the log are told."""

import click

from domain.catalogue import EVENTS

of_packages = click.option(
    "--package",
    "packages",
    multiple=True,
    metavar="PKG",
    help="Of this package, by either name; may be repeated.",
)
of_batches = click.option(
    "--batch",
    "batches",
    type=click.IntRange(1),
    multiple=True,
    metavar="N",
    help="Of this batch; may be repeated.",
)
of_types = click.option(
    "--type",
    "types",
    type=click.Choice(sorted(EVENTS)),
    multiple=True,
    metavar="TYPE",
    help="Of this type, like queued or paused; may be repeated.",
)
