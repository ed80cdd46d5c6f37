# SPDX-License-Identifier: GPL-3.0-or-later
"""``ebs demo``: the incident of August 2024 once more, with a log that knows what was done.

A hub is served over HTTP and asked by koji's own client; messages come in through the inbox, and
what is queued is built by the worker. Only time is not real: it is the story's.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from rich.console import Console

from adapters.sandbox import incident, vendored
from adapters.sandbox import scenario as times
from adapters.sandbox.bodhi import SimulatedBodhi
from adapters.sandbox.hub import Hub, Server
from adapters.sandbox.incident import Story
from adapters.sandbox.result import DemoResult, judge, verdicts
from adapters.sandbox.screen import Screen
from adapters.sandbox.stage import Stage, open_stage
from adapters.sandbox.words import in_words
from adapters.service.work import Pass
from domain.batch.events import BuildFinished, Finished
from domain.package.events import Queued
from projections.points import Span
from projections.whatif import Premise, imagine

WHY_PAUSED: Final = "mass re-tag for branching"

LOOK_EVERY: Final = timedelta(minutes=10)
"""Between two passes of the worker, while Koji builds."""

PATIENCE: Final = 12
"""Passes after which the demo waits for no build any longer."""

TESTS: Final = 300
"""Seconds that Bodhi takes for an update."""


Afterwards = Callable[[Stage, Story], None]
"""What is done while all of it is still there."""


def run(
    *, console: Console | None, keep: Path | None = None, afterwards: Afterwards | None = None
) -> DemoResult:
    """Play the incident and judge it; ``keep`` is where the log stays, to be asked afterwards."""
    started = perf_counter()
    screen = Screen(console)
    with ExitStack() as stack:
        folder = stack.enter_context(_folder(keep))
        with screen.working("starting"):
            story = incident.Story(vendored.fedora(), vendored.eln())
            bodhi = stack.enter_context(SimulatedBodhi(41, world=story.world, delay=TESTS))
            # Its builders, and Bodhi, go on when it is asked, and when the story does.
            hub = Hub(story.world, story.builders, bodhi.updates.work)
            server = stack.enter_context(Server(hub, tick=3_600))
            stage = stack.enter_context(open_stage(folder, server.url, bodhi, story.clock))
        screen.title(f"August 2024, with {story.packages:,} packages of Fedora")
        screen.say(
            f"A simulated Koji at 127.0.0.1:{server.port}, and a Bodhi, asked by their own clients."
        )
        result = _Demo(stage, screen, story, started).play()
        if afterwards is not None:
            afterwards(stage, story)
        return result


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
    else:
        with TemporaryDirectory(prefix="ebs-demo-") as folder:
            yield Path(folder)


class _Demo:
    """Plays the story on the stage, and tells what happens."""

    def __init__(self, stage: Stage, screen: Screen, story: Story, started: float) -> None:
        self._stage, self._screen, self._story = stage, screen, story
        self._started = started

    def play(self) -> DemoResult:
        """Play it from the baseline to the verdict on the verdicts."""
        self._baseline()
        self._ordinary()
        self._paused()
        self._preview()
        pause = self._stage.app.log.head()
        self._resume()
        self._build(pause)
        result = self._judged(pause)
        self._stories()
        self._sum_up(result)
        return result

    # --- what happens --------------------------------------------------------------------------

    def _baseline(self) -> None:
        stage, screen, story = self._stage, self._screen, self._story
        with screen.working("making Fedora's past"):
            story.baseline()
        stage.configure("f41", vendored.eln())
        screen.happens(times.BASELINE, "Baseline: what f41 and eln hold, with sources.")
        screen.types("ebs baseline")
        with screen.working("asking Koji") as bar:
            builds = stage.baseline(bar.to)
        screen.say(f"{builds:,} builds, each with the commit it was built from.")

    def _ordinary(self) -> None:
        stage, screen, story = self._stage, self._screen, self._story
        stage.clock.at(times.ORDINARY)
        screen.happens(times.ORDINARY, "An ordinary morning: builds come into f41.")
        self._ingest("ordinary", story.ordinary())
        before = stage.app.log.head()
        stage.clock.at(times.MORNING_OVER)
        self._work()
        self._build(before)

    def _paused(self) -> None:
        stage, screen, story = self._stage, self._screen, self._story
        stage.configure("f42")
        screen.happens(times.TRIGGER, "The policy's trigger_tag becomes f42, for the next pass.")
        stage.clock.at(times.PAUSE)
        screen.happens(
            times.PAUSE,
            "A minute later, before any pass, it is paused. Facts are still recorded.",
        )
        screen.types(f"ebs pause --reason '{WHY_PAUSED}'")
        stage.app.operators.pause(WHY_PAUSED, None, stage.by("eln-operator"))
        self._ingest("paused", story.paused())
        screen.happens(times.RETAG, "Releng tags everything in f41 into f42, too.")
        with screen.working("tagging"):
            lines = story.retag()
        self._ingest("retag", lines, f", {story.retagged:,} of them re-tags")
        screen.happens(times.BRANCHED, "Rawhide goes on, straight into f42.")
        screen.happens(times.DIST, "The dist becomes eln142. That alone rebuilds nothing.")
        self._ingest("branched", story.branched())
        screen.happens(
            stage.clock(), "A pass adopts trigger tag and dist. It is paused: it decides nothing."
        )
        self._work()

    def _preview(self) -> None:
        """Show what a resume would do."""
        stage, screen = self._stage, self._screen
        stage.clock.at(times.RESUME)
        screen.happens(times.RESUME, "What would happen if the pause ended now?")
        screen.types("ebs resume --dry-run")
        with screen.working("judging all packages"):
            preview = stage.app.gate.outlook(resumed=True)
        judgements = preview.plan.judgements
        screen.counts(
            f"plan {preview.name}", Counter((j.row.kind, j.finding.reason) for j in judgements)
        )

    def _resume(self) -> None:
        stage, screen = self._stage, self._screen
        screen.types("ebs resume")
        stage.app.operators.resume(stage.by("eln-operator"))
        for hold in self._work().outlook.holds:
            screen.say(f"The guard holds it, nothing is queued yet: {hold.reason}.")
            screen.types(f"ebs approve {hold.plan}")
            with screen.working("queueing"):
                stage.app.gate.approve(hold.plan, stage.by("eln-operator"), "all of it is new")
            self._work()

    def _build(self, since: int) -> None:
        """Let the worker make passes until what is queued behind a position is built."""
        stage, screen = self._stage, self._screen
        queued = len(list(stage.app.log.read(since, topics=[Queued.topic])))
        built = 0
        for _ in range(PATIENCE):
            stage.clock.at(stage.clock() + LOOK_EVERY)
            with screen.working("building", queued) as bar:
                bar.to(built)
                recorded = stage.work().recorded
            built += recorded.get(BuildFinished.topic, 0)
            if told := in_words(recorded):
                screen.happens(stage.clock(), told)
            if Finished.topic in recorded:
                break

    # --- what came of it -----------------------------------------------------------------------

    def _judged(self, pause: int) -> DemoResult:
        log, screen = self._stage.app.log, self._screen
        with screen.working("reading the record"):
            decided = verdicts(log, pause)
        screen.counts("the decisions on record since the pause", decided)
        screen.types(f"ebs replay --from {pause + 1} --without retag")
        with screen.working("deciding once more"):
            premise = Premise(Span(pause, log.head()), without=frozenset({"retag"}))
            ebs = imagine(log.read(), premise)
            took = perf_counter() - self._started
            result = judge(log, self._story, pause, ebs.queued, took)
        screen.say(f"Without the log it would be {ebs.queued:,} builds: every target again.")
        return result

    def _stories(self) -> None:
        for name, title in (
            (self._story.retagged_done, "re-tagged, and done already"),
            (self._story.retagged_due, "re-tagged, and due all the same"),
        ):
            self._screen.types(f"ebs why {name}")
            found = self._stage.app.inquiries.why(name)
            self._screen.say(found.answer[0])
            self._screen.story(name, f"{name}: {title}", found.steps)

    def _sum_up(self, result: DemoResult) -> None:
        self._screen.figures(
            "what came of it",
            {
                "packages in Fedora": result.packages,
                "builds re-tagged from f41 into f42": result.retagged,
                "EBS would have rebuilt": result.without_the_log,
                "queued here, after one approval": result.queued,
                "of these built by Koji": result.built,
                "of these in the stable tag": result.published,
                "of these done already or not due": result.needless,
                "due and not queued": result.missed,
                "seconds": f"{result.seconds:.1f}",
            },
        )
        self._screen.say("Not one needless build." if result.ok else "This is not as it must be.")

    # --- how it is done ------------------------------------------------------------------------

    def _ingest(self, name: str, lines: Sequence[bytes], remark: str = "") -> None:
        self._screen.types(f"ebs ingest {name}.jsonl")
        with self._screen.working("reading messages", len(lines)) as bar:
            for report in self._stage.ingest(name, lines):
                bar.to(report.read)
        self._screen.say(
            f"{report.read:,} messages: {report.recorded:,} new facts{remark}, "
            f"{report.duplicates:,} delivered twice, {report.ignored:,} of no interest."
        )

    def _work(self) -> Pass:
        self._screen.types("ebs work --once")
        with self._screen.working("a pass of the worker"):
            made = self._stage.work()
        if told := in_words(made.recorded):
            self._screen.say(told)
        return made
