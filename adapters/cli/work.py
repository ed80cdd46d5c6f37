# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs that let the gate decide: work, run."""

from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from adapters.cli.options import as_json, metrics_port, verb
from adapters.cli.outlook import tell_why_nothing
from adapters.cli.output import print_json, print_pairs, talk
from adapters.cli.session import configured, opened_outside
from adapters.words import counted

if TYPE_CHECKING:
    from adapters.ports import Configuration
    from adapters.service.work import Pass


@verb(
    "work",
    ("ebs work", "decide until stopped, by SIGTERM or Ctrl-C"),
    ("ebs work --once", "make one pass: drain the inbox, decide, record"),
    ("ebs work --once --json", "the same, and the counts for a program"),
    ("ebs work --shadow", "decide beside another service, build nothing"),
    ("ebs work --spare", "wait while another worker leads, and go on when it dies"),
    ("ebs work --metrics-port 9109", "metrics for Prometheus, and the probes of a cluster"),
)
@click.option("--once", is_flag=True, help="Make one pass.")
@click.option("--shadow", is_flag=True, help="Decide in a ledger of its own, and build nothing.")
@click.option("--spare", is_flag=True, help="Wait while another worker leads.")
@metrics_port
@as_json
def work(*, once: bool, shadow: bool, spare: bool, metrics_port: int | None, as_json: bool) -> None:
    """Let the gate record what pause, guard and lull allow.

    One worker at a time: a second one is a conflict, unless it is a spare.
    """
    if as_json and not once:
        raise click.UsageError("--json goes with --once")
    if once and (spare or metrics_port is not None):
        raise click.UsageError("--spare and --metrics-port go without --once")
    mode = "shadow" if shadow else None
    if once:
        _once(mode, as_json=as_json)
    else:
        _work(mode, spare=spare, metrics_port=metrics_port)


@verb("run", ("ebs run", "start the service and keep it going until SIGTERM or Ctrl-C"))
def run() -> None:
    """Start all of the service: worker, consumer, web side.

    It consumes where there is a bus, and serves where [web] names a port.
    A consumer that ends is started again; 'ebs consume --help' says what its exit codes mean.
    """
    _work(beside=True)


def _once(mode: str | None, *, as_json: bool) -> None:
    from adapters.service.operation import new_id  # noqa: PLC0415 - see session
    from adapters.store.leader import leadership  # noqa: PLC0415

    with opened_outside(mode=mode) as app, leadership(app.log.connections.conninfo):
        app.notifications.adopt(new_id())
        done = app.work.run(new_id())
        troubles = app.notifications.run(new_id())
    talk(*(f"not told, and tried again: {trouble}" for trouble in troubles))
    if as_json:
        print_json(_document(done))
    else:
        _for_people(done)


def _work(
    mode: str | None = None,
    *,
    beside: bool = False,
    spare: bool = False,
    metrics_port: int | None = None,
) -> None:
    from adapters.cli.beside import consuming  # noqa: PLC0415 - see session
    from adapters.cli.serve import probed, served  # noqa: PLC0415
    from adapters.cli.worker import Periodic, Worker, stopping  # noqa: PLC0415
    from adapters.supervision import supervised  # noqa: PLC0415

    config = configured(mode=mode)
    every = config.timers.configuration

    def now_and_then(outside: "Configuration") -> Periodic:
        return Periodic(outside, config.settings(), every)

    with (
        stopping() as stop,
        supervised() as supervision,
        opened_outside(reading=now_and_then, asked=supervision.beat, mode=mode) as app,
        consuming(stop) if beside and config.bus.conf else nullcontext(),
        served(app) if beside and config.web.port is not None else nullcontext(),
        probed(app, supervision, metrics_port),
    ):
        Worker(app, stop, supervision, spare=spare).run()


def _document(done: "Pass") -> dict[str, object]:
    outlook = done.outlook
    holds = [(hold.plan, hold.reason, len(hold.builds)) for hold in outlook.holds]
    return {
        "position": done.position,
        "facts": done.facts,
        "recorded": done.recorded,
        "blocked": outlook.blocked or None,
        "held": [dict(zip(("plan", "reason", "builds"), hold, strict=True)) for hold in holds],
        "lull": round(outlook.passage.lull),
        "troubles": done.troubles,
    }


def _for_people(done: "Pass") -> None:
    told = (f"{topic} {count}" for topic, count in sorted(done.recorded.items()))
    pairs: list[tuple[str, object]] = [
        ("position", done.position),
        ("recorded", ", ".join(told) or "nothing new"),
    ]
    if done.facts:
        read = (f"{outcome} {count}" for outcome, count in sorted(done.facts.items()))
        pairs.append(("messages", ", ".join(read)))
    print_pairs(pairs)
    talk(*(f"Koji does not answer: {trouble}" for trouble in done.troubles))
    tell_why_nothing(done.outlook)
    if done.outlook.passage.lull:
        waiting = counted(len(done.outlook.passage.waiting), "build")
        talk(f"{waiting} wait for the lull: {done.outlook.passage.lull:.0f} s left")
