# SPDX-License-Identifier: GPL-3.0-or-later
"""What the verbs have in common: their form, the options before or after them, kinds of values."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click

from adapters.points import future
from domain.errors import Invalid

_GIVEN: Final = "ebs.given"
_FORMS: Final = "ebs.forms"

Example = tuple[str, str]
"""A command line, and what it does."""

Action = Callable[..., int | None]
"""What a verb does; it returns its exit code, None for 0."""


def given() -> dict[str, Any]:
    """Return the options for the service as a whole that were given, before or after the verb."""
    context = click.get_current_context(silent=True)
    return dict(context.meta.get(_GIVEN, {})) if context else {}


def _keep(context: click.Context, option: click.Parameter, value: object) -> None:
    if value is not None and value is not False:
        name, kept = ("log_level", "debug") if option.name == "debug" else (option.name, value)
        context.meta.setdefault(_GIVEN, {})[name] = kept


def _global(*names: str, **attributes: Any) -> click.Option:
    return click.Option(
        names, expose_value=False, is_eager=True, callback=_keep, hidden=True, **attributes
    )


def global_options() -> list[click.Option]:
    """The options that every verb has; each has a variable, and --debug is EBS_LOG_LEVEL=debug."""
    return [
        _global("--state-dir", metavar="DIR", help="Where the embedded database lives."),
        _global("--database-url", metavar="URL", help="A PostgreSQL in place of the embedded one."),
        _global("--policy", metavar="WHERE", help="The policy: a file, or a git URL#ref."),
        _global("--config", metavar="FILE", help="The static configuration, in TOML."),
        _global(
            "--log-format",
            type=click.Choice(["auto", "json", "console"]),
            help="How logs are written; auto is console on a terminal.",
        ),
        _global("--debug", is_flag=True, help="Log everything, and show where an error arose."),
    ]


class Documented(click.Command):
    """A command with examples, and with the options for the service as a whole.

    One that it has itself by the same name is about something else.
    """

    def __init__(self, *args: Any, examples: Sequence[Example] = (), **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = tuple(examples)
        own = {name for option in self.params for name in option.opts}
        self.common = [option for option in global_options() if not own.intersection(option.opts)]
        self.params += self.common

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verb's own options, its verbs where it is a group, then the common ones."""
        self.format_own_options(ctx, formatter)
        with formatter.section("Options of every verb (and their variables)"):
            formatter.write_dl([_described(option) for option in self.common])

    def format_own_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what this verb has besides, and its verbs where it is a group."""
        super().format_options(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        if self.examples:
            with formatter.section("Examples"):
                formatter.write_dl(list(self.examples), col_max=50)
        super().format_epilog(ctx, formatter)


class Verb(Documented):
    """A verb."""


class Verbs(Documented, click.Group):
    """A verb that has verbs of its own."""

    command_class = Verb


class Listing(Verbs):
    """A verb that lists what is named after it, unless that is one of its own verbs."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take whatever is no verb for what is to be listed."""
        own = args and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if own else ["list", *args])

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Say what may stand in place of a verb."""
        return [*self.commands["list"].collect_usage_pieces(ctx), "|", self.subcommand_metavar]

    def format_own_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of the listing, which has no name that people type, and the verbs."""
        click.Command.format_options(self.commands["list"], ctx, formatter)
        self.format_commands(ctx, formatter)


def verb(name: str, *examples: Example, **settings: Any) -> Callable[[Action], Verb]:
    """Make a verb of a function, whose docstring is its help; ``settings`` are of its context."""
    return click.command(name, cls=Verb, examples=examples, context_settings=settings)


def _described(option: click.Option) -> tuple[str, str]:
    names = " ".join(filter(None, [option.opts[0], option.metavar]))
    if isinstance(option.type, click.Choice):
        names = f"{names} [{'|'.join(option.type.choices)}]"
    variable = "EBS_LOG_LEVEL=debug" if option.name == "debug" else f"EBS_{option.name}".upper()
    return names, f"{option.help}  [{variable}]"


class Words(click.ParamType[str]):
    """What a person says: something, and nothing that cannot be shown."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what is empty or would steer a terminal."""
        if not value.strip():
            self.fail("say why: everybody will read it", param, ctx)
        if not value.isprintable():
            self.fail("it must be one line of text that can be printed", param, ctx)
        return str(value)


class FutureTime(click.ParamType[datetime]):
    """A time to come: ISO 8601, in UTC where it bears no offset, or so long from now."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it."""
        try:
            return future(value, datetime.now(UTC))
        except Invalid as error:
            self.fail(str(error), param, ctx)


def _one_form(context: click.Context, _: click.Parameter, value: object) -> object:
    """Refuse --json with --csv, in either order."""
    forms = context.meta.setdefault(_FORMS, [])
    if value:
        forms.append(value)
    if len(forms) > 1:
        raise click.UsageError("give --json or --csv, not both", context)
    return value


as_json = click.option("--json", "as_json", is_flag=True, callback=_one_form, help="Print JSON.")
as_csv = click.option("--csv", "as_csv", is_flag=True, callback=_one_form, help="Print CSV.")
metrics_port = click.option(
    "--metrics-port",
    type=click.IntRange(0, 65_535),
    help="Metrics and probes (/startup, /alive, /readyz) on this port of web.host.",
)
dry_run = click.option(
    "--dry-run", is_flag=True, help="Show what would be recorded, record nothing."
)
yes = click.option("--yes", is_flag=True, help="Ask nothing.")
needed_reason = click.option(
    "--reason", type=Words(), required=True, metavar="TEXT", help="Why; everybody will read it."
)
optional_reason = click.option("--reason", type=Words(), metavar="TEXT", help="Why, for the log.")
