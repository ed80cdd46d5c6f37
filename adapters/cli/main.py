# SPDX-License-Identifier: GPL-3.0-or-later
"""`ebs`: every verb by its purpose. A verb's module is imported when the verb is asked for."""

import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from keyword import iskeyword
from typing import Any, Final, NoReturn

import click

from adapters.cli.errors import MEANINGS, guarded
from adapters.cli.options import Documented
from adapters.cli.streams import give_up, occupy

SECTIONS: Final = {
    "See what it does": {"demo": "demo", "sandbox": "sandbox"},
    "Record facts": {
        "baseline": "facts",
        "consume": "consume",
        "ingest": "facts",
        "catch-up": "facts",
        "import": "imports",
    },
    "Decide": {"plan": "gate", "approve": "gate", "reject": "gate", "work": "work", "run": "work"},
    "Control": {
        "pause": "control",
        "resume": "control",
        "trigger": "control",
        "rebuild": "control",
        "failed": "failed",
        "batch": "batch",
        "shadow": "shadow",
        "note": "note",
    },
    "Ask": {
        "status": "ask",
        "queue": "ask",
        "board": "board",
        "diff": "board",
        "why": "story",
        "history": "story",
        "events": "events",
        "timeline": "timeline",
    },
    "Trust it": {"verify": "verify", "export": "export", "replay": "replay"},
    "Run the service": {
        "serve": "serve",
        "token": "token",
        "config": "config",
        "doctor": "doctor",
        "cleanup": "cleanup",
        "migrate": "system",
        "projections": "system",
    },
}
"""What people come for, and the module of each verb."""

VERBS: Final = {name: module for verbs in SECTIONS.values() for name, module in verbs.items()}


class Ebs(Documented, click.Group):
    """The whole command."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return every verb, in the order of the sections."""
        return list(VERBS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's
        cmd_name: str,
    ) -> click.Command | None:
        """Import the verb's module, and return the verb."""
        if cmd_name not in VERBS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name.replace("-", "_")
        command = getattr(import_module(f"adapters.cli.{VERBS[cmd_name]}"), name)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above is wrong
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs by section, and then what the exit codes mean."""
        for title, verbs in SECTIONS.items():
            with formatter.section(title):
                found = [(name, self.get_command(ctx, name)) for name in verbs]
                formatter.write_dl(
                    [(name, verb.get_short_help_str(85)) for name, verb in found if verb]
                )
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in MEANINGS.items()])

    def invoke(self, ctx: click.Context) -> int:
        """Do what was asked, and return the exit code."""
        return guarded(lambda: super(Ebs, self).invoke(ctx))

    def main(  # type: ignore[override] # click's may return, this one always exits
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run, and exit with a code that says how it went."""
        extra["standalone_mode"] = False
        code = guarded(lambda: super(Ebs, self).main(args, prog_name or "ebs", **extra))
        for stream in (sys.stdout, sys.stderr):
            give_up(stream)  # else Python, which finds them full at the end, has a code of its own
        sys.exit(code)


@click.command(
    "ebs",
    cls=Ebs,
    context_settings={"max_content_width": 100},
    examples=[
        ("ebs demo", "replay the branching incident of August 2024"),
        ("ebs --state-dir /srv/ebs status", "ask a service of one's own"),
        ("ebs why bash --json", "why a package was, or was not, rebuilt"),
    ],
)
@click.version_option(package_name="elnsync", message="%(prog)s %(version)s")
def cli() -> None:
    """Rebuild Fedora Rawhide's builds for Fedora ELN.

    What was seen, decided and built is an append-only log; nothing is built twice, and every
    decision can be asked for its reason.
    """


def main() -> NoReturn:
    """The console script."""
    occupy()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal without UTF-8 is no reason to fail half-way through a table.
            stream.reconfigure(errors="backslashreplace")
    # The default looks through all that lives after every 700 new objects; a plan makes a million.
    gc.set_threshold(100_000, 50, 1_000)
    cli.main()


if __name__ == "__main__":
    main()
