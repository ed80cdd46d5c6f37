# SPDX-License-Identifier: GPL-3.0-or-later
"""What every verb promises: help with examples, global options, streams, exit codes."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version

import click
import pytest

from adapters.cli import errors
from adapters.cli.main import VERBS, cli
from adapters.cli.options import Documented
from adapters.errors import DependencyDown, NotPermitted
from domain.errors import Conflict, EbsError, Invalid, NotFound, Refused
from tests.adapters.cli.conftest import Ebs, Process, World


def commands(group: click.Group = cli, *path: str) -> Iterator[tuple[str, ...]]:
    """Every verb, as it is typed."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


def find(*path: str) -> click.Command:
    """The command of that path."""
    command: click.Command = cli
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None, path
        command = found
    return command


@pytest.mark.parametrize("path", [(), *commands()], ids=" ".join)
def test_every_verb_has_help_with_examples(typed: Ebs, path: tuple[str, ...]) -> None:
    """`--help` of each verb says what it does and has a section of examples."""
    ran = typed(*path, "--help")

    assert ran.code == 0
    assert re.search(r"^Examples:\n  ebs", ran.out, re.MULTILINE) or "| ebs" in ran.out
    assert find(*path).help


def test_every_verb_that_ends_has_its_answer_in_json() -> None:
    """But what runs until it is stopped, and what prints a document in forms of its own."""
    ends = [path for path in commands() if not isinstance(find(*path), click.Group)]
    without = {
        path for path in ends if all("--json" not in option.opts for option in find(*path).params)
    }

    documents = {("config", "reference"), ("timeline",)}
    assert without == {("sandbox",), ("consume",), ("run",), ("serve",), *documents}


@pytest.mark.parametrize("verb", ["batch", "failed"])
def test_what_lists_tells_what_a_listing_takes(typed: Ebs, verb: str) -> None:
    """Nobody types `list`, so its argument and its options are in the help of the verb itself."""
    told, listing = typed(verb, "--help").out, find(verb, "list")

    assert all(option in told for each in listing.params for option in each.opts if "--" in option)
    assert " ".join(listing.collect_usage_pieces(click.Context(listing))) in told.splitlines()[0]


@pytest.mark.parametrize("path", [(), *commands()], ids=" ".join)
def test_every_example_can_be_typed(
    typed: Ebs, path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verbs and options of each example exist and take the values shown."""
    command = find(*path)
    assert isinstance(command, Documented)
    reached: list[click.Command] = []
    monkeypatch.setattr(click.Command, "invoke", lambda self, _: reached.append(self))
    for line, _ in command.examples:
        ran = typed(*shlex.split(line[line.index("ebs ") :])[1:])

        assert (ran.code, ran.err) == (0, "")
        assert command in (cli, *reached)


def test_every_verb_of_the_issue_is_there() -> None:
    """The verbs that people were promised exist."""
    promised = """ingest plan approve reject pause resume trigger rebuild failed batch shadow
    status queue board diff why history events baseline catch-up work run cleanup projections
    config doctor migrate demo import sandbox timeline note verify export replay
    consume serve token"""

    assert set(promised.split()) == set(VERBS)
    assert {("projections", "rebuild"), ("config", "check"), ("config", "show")} <= {*commands()}
    assert ("config", "adopt") in {*commands()}


def test_help_costs_no_heavy_import() -> None:
    """`ebs --help` loads neither the database's driver nor the event store."""
    code = (
        "import sys, contextlib; from adapters.cli.main import cli\n"
        "with contextlib.suppress(SystemExit): cli.main(['--help'])\n"
        "heavy = {'psycopg', 'eventsourcing', 'pydantic', 'structlog', 'requests', 'yaml'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_version_is_that_of_the_distribution(typed: Ebs) -> None:
    """`--version` names the version that is installed."""
    installed = version("elnsync")

    assert typed("--version").out == f"ebs {installed}\n"


@pytest.mark.parametrize("where", ["before", "after"])
def test_global_options_go_before_and_after_the_verb(
    ebs: Ebs, world: World, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A global option counts on either side of the verb, and goes before its variable."""
    monkeypatch.setenv("EBS_POLICY", "nowhere.yaml")
    option = ("--policy", str(world.policy))
    ran = ebs(*option, "config", "adopt") if where == "before" else ebs("config", "adopt", *option)

    assert ran.code == 0
    assert ebs("status", "--json").json["trigger_tag"] == "f41"


def test_a_verb_without_arguments_shows_what_there_is(typed: Ebs) -> None:
    """`ebs` alone is a usage error that shows the verbs."""
    ran = typed()

    assert ran.code == 2
    assert "baseline" in ran.err
    assert ran.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("nosuch",),
        ("plan", "--nosuch"),
        ("approve",),
        ("pause",),
        ("pause", "--reason", " "),
        ("pause", "--reason", "\x1b[31mred"),
        ("pause", "--reason", "x", "--until", "yesterday"),
        ("pause", "--reason", "x", "--until", "2001-01-01"),
        ("status", "--at", "2024-08-20T12:00"),
        ("diff", "--nosuch"),
        ("board", "--state", "nosuch"),
        ("events", "--type", "nosuch"),
        ("events", "--limit", "0"),
        ("events", "--limit", "9" * 30),
        ("rebuild", "--reason", "x"),
        ("rebuild", "bash", "--all", "--reason", "x"),
        ("rebuild", "--all", "--reason", "x"),
        ("work", "--json"),
        ("baseline",),
        ("queue", "--json", "--csv"),
        ("timeline", "--from", "2024-08-13T14:00"),
        ("timeline", "--format", "pdf"),
        ("note",),
        ("note", " "),
        ("note", "\x1b[31mred"),
        ("note", "x", "--at", "yesterday"),
        ("note", "x", "--package", "bash", "--batch", "1"),
        ("plan", "--csv", "--json"),
        ("--log-format", "xml", "plan"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2_and_says_where_to_look(typed: Ebs, arguments: tuple[str, ...]) -> None:
    """What was typed wrongly is a usage error: said on stderr, with the help that tells more."""
    ran = typed(*arguments)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ")
    assert "--help" in ran.err
    assert "\x1b" not in ran.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Invalid("x"), 1),
        (NotFound("x"), 3),
        (Refused("x"), 4),
        (Conflict("x"), 5),
        (DependencyDown("x"), 6),
        (NotPermitted("x"), 7),
        (ValueError("x"), 1),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 130),
        (click.Abort(), 130),
        (click.UsageError("x"), 2),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_each_kind_of_error_has_its_exit_code(error: BaseException, code: int) -> None:
    """One table says with which code which error ends."""

    def fail() -> None:
        raise error

    assert errors.guarded(fail) == code


def test_the_exit_codes_are_documented(typed: Ebs) -> None:
    """`ebs --help` names every exit code."""
    told = typed("--help").out

    for code in (0, 1, 2, *errors.CODES.values(), 8, 130):
        assert re.search(rf"^  {code} +\w", told, re.MULTILINE)


def test_an_error_says_what_why_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """Each part of an error has its line, on stderr, and no control character gets through."""

    def fail() -> None:
        raise EbsError("it \x1b[31mfailed", why="one\ntwo", do="try again")

    assert errors.guarded(fail) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "error: it \\x1b[31mfailed\nwhy: one\n     two\ndo: try again\n"


def test_a_traceback_is_shown_only_with_debug(ebs: Ebs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug ends in a line and exit 1; --debug, or EBS_LOG_LEVEL=debug, shows where it is."""

    def fail(*_: object, **__: object) -> None:
        raise KeyError("bug")

    monkeypatch.setattr("adapters.service.gate.Gate.outlook", fail)
    brief, long = ebs("plan"), ebs("plan", "--debug")

    assert (brief.code, long.code) == (1, 1)
    assert brief.err.startswith("error: unexpected KeyError: 'bug'\ndo: ")
    assert "Traceback" not in brief.err
    assert "Traceback" in long.err
    monkeypatch.setenv("EBS_LOG_LEVEL", "DEBUG")
    assert "Traceback" in ebs("plan").err


def test_nobody_reading_the_output_is_no_error(ready: Ebs, process: Process) -> None:
    """A broken pipe ends quietly."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        started = process("events", "--json", stdout=pipe)
    _, said = started.communicate(timeout=30)

    assert (started.returncode, said) == (130, "")


def test_interrupting_is_quiet(process: Process) -> None:
    """Ctrl-C while a pipe is read ends with 130 and without a traceback."""
    started = process("ingest", "-")
    assert started.stdin is not None
    # More than a pipe holds: once it is written, the verb is at its work.
    started.stdin.write("{}\n" * 100_000)
    started.stdin.flush()
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=30)

    assert (started.returncode, said.strip()) == (130, "")


def test_a_pipe_gets_no_colours(ready: Ebs, process: Process) -> None:
    """What is not a terminal gets plain text, whatever the environment wants."""
    started = process("plan", env={**os.environ, "FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"})
    out, _ = started.communicate(timeout=30)

    assert started.returncode == 0
    assert "bash-1-1.fc41" in out
    assert "\x1b" not in out


def test_a_reading_verb_changes_nothing(ready: Ebs) -> None:
    """No verb that only asks leaves a trace in the log."""
    before = ready("status", "--json").json["position"]
    for verb in (
        "plan",
        "status",
        "queue",
        "why bash",
        "history 1",
        "events",
        "timeline",
        "doctor",
    ):
        assert ready(*verb.split()).code in {0, 8}
    for verb in ("diff 1 2", "status --at 1", "projections", "config show", "resume --dry-run"):
        assert ready(*verb.split()).code == 0

    assert ready("status", "--json").json["position"] == before
