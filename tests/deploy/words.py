# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what starts a service is what ebs takes: its command line, and its variables."""

import os
from collections.abc import Mapping, Sequence
from unittest.mock import patch

import click

from adapters.cli.main import cli
from adapters.config.static import PREFIX, SECRETS, Config
from adapters.config.unknown import unknown_variables


def faults(words: Sequence[str]) -> list[str]:
    """Return what is wrong with the words after ``ebs``; nothing is run."""
    verb, *rest = words
    command = cli.get_command(click.Context(cli), verb)
    if command is None:
        return [f"there is no verb {verb}"]
    try:
        command.make_context(verb, list(rest), parent=click.Context(cli))
    except click.ClickException as error:
        return [error.format_message()]
    return []


def unknown(variables: Mapping[str, str]) -> set[str]:
    """Return those of our variables that the configuration would warn of."""
    secret_files = [f"{name}_file" for name in SECRETS]
    with patch.dict(os.environ, variables):
        return {*unknown_variables(PREFIX, Config, secret_files)} & variables.keys()
