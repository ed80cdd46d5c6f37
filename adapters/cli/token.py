# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb about tokens of scripts: token new, token list, token revoke."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from adapters.cli.options import FutureTime, Verbs, as_csv, as_json
from adapters.cli.output import print_csv, print_json, print_table, say, talk
from adapters.cli.session import actor, opened
from adapters.tables import moment
from adapters.words import iso

if TYPE_CHECKING:
    from adapters.app import App
    from adapters.store.tokens import Tokens

FIELDS = ("name", "made_by", "made_at", "expires_at", "revoked_at", "revoked_by")
"""The columns in CSV, the keys in JSON."""


@click.group(
    "token",
    cls=Verbs,
    examples=[
        ("ebs token new --name ci --expires 90d", "for a script; it is shown once"),
        ("ebs token list", "what tokens there are, and until when"),
        ("ebs token revoke ci", "end it at once"),
    ],
)
def token() -> None:
    """Make, list or revoke the tokens by which scripts write on the web."""


@token.command(
    "new",
    examples=[
        ("ebs token new --name ci --expires 90d", "valid for ninety days"),
        ("ebs token new --name ci --expires 2099-01-01 --json", "for a program"),
        ("ebs token new --name ci --expires 90d --dry-run", "see whether the name is free"),
    ],
)
@click.option("--name", required=True, metavar="NAME", help="Who writes by it, in the log.")
@click.option(
    "--expires", required=True, type=FutureTime(), metavar="TIME", help="2099-01-01, or 12h, 90d."
)
@click.option("--dry-run", is_flag=True, help="See whether it could be made, make none.")
@as_json
def new(name: str, expires: datetime, *, dry_run: bool, as_json: bool) -> None:
    """Make a token and print it: nobody can see it again."""
    with opened() as app:
        made = _tokens(app, rehearse=dry_run).new(name, actor(), expires)
    if as_json:
        told = None if dry_run else made
        print_json({"name": name, "token": told, "expires_at": expires})
    elif dry_run:
        talk(f"dry run: no token was made; {name} would be valid until {iso(expires)}")
    else:
        say(made)
        talk(f"valid until {iso(expires)}; it is kept as a digest, and is not shown again")


@token.command("list", examples=[("ebs token list --json", "for a program")])
@as_json
@as_csv
def list_(*, as_json: bool, as_csv: bool) -> None:
    """List the tokens that were made, without what they are."""
    with opened() as app:
        found = _tokens(app).all()
    rows = [tuple(getattr(each, field) for field in FIELDS) for each in found]
    if as_json:
        print_json(found)
    elif as_csv:
        print_csv(FIELDS, rows)
    elif rows:
        times = (moment("MADE"), moment("EXPIRES"), moment("REVOKED"))
        print_table(("NAME", "BY", *times, "BY"), rows)
    else:
        talk("there is no token; 'ebs token new' makes one")


@token.command(
    "revoke",
    examples=[
        ("ebs token revoke ci", "end it at once"),
        ("ebs token revoke ci --dry-run", "see whether it is there"),
    ],
)
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="See whether it is there, end none.")
@as_json
def revoke(name: str, *, dry_run: bool, as_json: bool) -> None:
    """End a token at once."""
    with opened() as app:
        _tokens(app, rehearse=dry_run).revoke(name, actor())
    if as_json:
        print_json({"name": name, "revoked": not dry_run})
    else:
        talk(f"dry run: {name} would be revoked" if dry_run else f"{name} is revoked")


def _tokens(app: "App", *, rehearse: bool = False) -> "Tokens":
    from adapters.store.tokens import Tokens  # noqa: PLC0415 - see session

    return Tokens(app.log.connections, rehearse=rehearse)
