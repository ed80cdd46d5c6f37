# SPDX-License-Identifier: GPL-3.0-or-later
"""``ebs demo``: the incident of August 2024 once more, with a log that knows what was done."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from msgspec import Struct
from rich.console import Console

from adapters.sandbox import incident, vendored
from adapters.sandbox import scenario as times
from adapters.sandbox.scenario import Key, Scenario
from adapters.sandbox.screen import Screen
from adapters.sandbox.stage import Stage, open_stage
from adapters.service.outlook import Outlook
from domain.admission.table import RETAG_ROWS
from domain.envelope import Recorded
from domain.package import stream
from domain.package.events import Queued, Skipped, SkippedAsRetag
from projections import story

VERDICTS: Final = (Queued.topic, SkippedAsRetag.topic, Skipped.topic)
WHY_PAUSED: Final = "mass re-tag for branching"


class DemoResult(Struct, frozen=True):
    """What came of it, as ``ebs demo --json`` prints it.

    ``needless``: builds queued that were done already or never due; ``missed``: due and not queued;
    both are counted from the scenario. ``without_the_log``: what EBS would have queued.
    """

    packages: int
    retagged: int
    queued: int
    needless: int
    missed: int
    without_the_log: int
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether exactly what was due is queued."""
        return not self.needless and not self.missed


def run(*, console: Console | None, keep: Path | None = None) -> DemoResult:
    """Play the incident and judge it; ``keep`` is where the log stays, to be asked afterwards."""
    started = perf_counter()
    screen = Screen(console)
    with ExitStack() as stack:
        with screen.working("reading the scenario"):
            scenario = incident.incident(vendored.fedora(), vendored.eln())
        folder = stack.enter_context(_folder(keep))
        with screen.working("starting the database"):
            stage = stack.enter_context(open_stage(folder))
        return _Demo(stage, screen, scenario, started).play()


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
    else:
        with TemporaryDirectory(prefix="ebs-demo-") as folder:
            yield Path(folder)


class _Demo:
    """Plays the scenario on the stage, and tells what happens."""

    def __init__(self, stage: Stage, screen: Screen, scenario: Scenario, started: float) -> None:
        self._stage, self._screen, self._scenario = stage, screen, scenario
        self._started = started

    def play(self) -> DemoResult:
        """Play it from the baseline to the verdict on the verdicts."""
        self._before()
        self._paused()
        without = self._preview()
        before = self._stage.app.log.head()
        self._resume()
        result = self._judged(before, without)
        self._stories()
        self._sum_up(result)
        return result

    # --- what happens --------------------------------------------------------------------------

    def _before(self) -> None:
        stage, screen, scenario = self._stage, self._screen, self._scenario
        screen.title(f"August 2024, with {scenario.packages:,} packages of Fedora")
        stage.configure("f41", vendored.eln())
        stage.dist("eln141")
        stage.at(times.BASELINE)
        screen.happens(times.BASELINE, "Baseline: what f41 and eln hold, with sources.")
        with screen.working("taking the baseline"):
            stage.baseline(scenario.baseline)
        stage.at(times.BASELINE + times.QUIET)
        self._tell(self._pass())
        stage.at(times.ORDINARY)
        screen.happens(times.ORDINARY, "An ordinary morning: builds come into f41.")
        self._ingest("ordinary", scenario.ordinary)
        stage.at(times.TRIGGER - times.QUIET / 2)
        self._tell(self._pass())

    def _paused(self) -> None:
        stage, screen, scenario = self._stage, self._screen, self._scenario
        stage.configure("f42")
        screen.happens(times.TRIGGER, "The policy's trigger_tag becomes f42, for the next pass.")
        stage.at(times.PAUSE)
        screen.happens(
            times.PAUSE, "A minute later, before any pass, it is paused. Facts are still recorded."
        )
        screen.types(f"ebs pause --reason '{WHY_PAUSED}'")
        stage.app.operators.pause(WHY_PAUSED, None, stage.by("eln-operator"))
        self._ingest("paused", scenario.paused)
        screen.happens(times.RETAG, "Releng tags everything in f41 into f42, too.")
        stage.at(times.BRANCHED)
        self._ingest("retag", scenario.retag, f", {scenario.retagged:,} of them re-tags")
        screen.happens(times.BRANCHED, "Rawhide goes on, straight into f42.")
        stage.at(times.DIST)
        self._ingest("branched", scenario.branched)
        stage.dist("eln142")
        screen.happens(times.DIST, "The dist becomes eln142. That alone rebuilds nothing.")
        self._pass()
        screen.say("A pass adopts dist and trigger tag. It is paused, so it decides nothing.")

    def _preview(self) -> int:
        """Show what a resume would do; return what it would without the log."""
        stage, screen = self._stage, self._screen
        stage.at(times.RESUME)
        screen.happens(times.RESUME, "What would happen if the pause ended now?")
        screen.types("ebs resume --dry-run")
        with screen.working("judging every package"):
            preview = stage.app.gate.outlook(resumed=True)
            # Taken while nothing is decided: what is queued already would not be counted again.
            ebs = stage.app.gate.outlook(resumed=True, without=RETAG_ROWS)
        judgements = preview.plan.judgements
        screen.counts(
            f"plan {preview.name}", Counter((j.row.kind, j.finding.reason) for j in judgements)
        )
        screen.say(f"Without the log it would be {len(ebs.plan.due):,} builds: every target again.")
        return len(ebs.plan.due)

    def _resume(self) -> None:
        stage, screen = self._stage, self._screen
        screen.types("ebs resume")
        stage.app.operators.resume(stage.by("eln-operator"))
        screen.types("ebs work --once")
        outlook = self._pass()
        for hold in outlook.holds:
            screen.say(f"The guard holds it, nothing is queued yet: {hold.reason}.")
            screen.types(f"ebs approve {hold.plan}")
            with screen.working("queueing"):
                stage.app.gate.approve(hold.plan, stage.by("eln-operator"), "all of it is new")
        self._pass()

    # --- what came of it -----------------------------------------------------------------------

    def _judged(self, before: int, without: int) -> DemoResult:
        """Compare what is on record with what the scenario says is due."""
        log, scenario = self._stage.app.log, self._scenario
        early = list(map(_key, log.read(upto=before, topics=[Queued.topic])))
        late = list(map(_key, log.read(before, topics=[Queued.topic])))
        self._screen.counts(
            "the decisions on record since the pause",
            Counter(_verdict(recorded) for recorded in log.read(before, topics=VERDICTS)),
        )
        return DemoResult(
            packages=scenario.packages,
            retagged=scenario.retagged,
            queued=len(late),
            needless=_more(early, scenario.due_before) + _more(late, scenario.due),
            missed=len(scenario.due_before.difference(early)) + len(scenario.due.difference(late)),
            without_the_log=without,
            seconds=round(perf_counter() - self._started, 1),
        )

    def _stories(self) -> None:
        log = self._stage.app.log
        for name, why in (
            (self._scenario.retagged_done, "re-tagged, and done already"),
            (self._scenario.retagged_due, "re-tagged, and yet to be built"),
        ):
            self._screen.types(f"ebs why {name}")
            self._screen.story(name, f"{name}: {why}", story.tell(log.stream(stream(name))))

    def _sum_up(self, result: DemoResult) -> None:
        self._screen.figures(
            "what came of it",
            {
                "packages in Fedora": result.packages,
                "builds re-tagged from f41 into f42": result.retagged,
                "EBS would have rebuilt": result.without_the_log,
                "queued here, after one approval": result.queued,
                "of these done already or not due": result.needless,
                "due and not queued": result.missed,
                "seconds": f"{result.seconds:.1f}",
            },
        )
        self._screen.say("Not one needless build." if result.ok else "This is not as it must be.")

    # --- how it is done ------------------------------------------------------------------------

    def _ingest(self, name: str, lines: Sequence[bytes], remark: str = "") -> None:
        with self._screen.working("reading messages", len(lines)) as bar:
            for report in self._stage.ingest(name, lines):
                bar.to(report.read)
        self._screen.types(f"ebs ingest {name}.jsonl")
        self._screen.say(
            f"{report.read:,} messages: {report.recorded:,} new facts{remark}, "
            f"{report.duplicates:,} delivered twice, {report.ignored:,} of other tags."
        )

    def _pass(self) -> Outlook:
        with self._screen.working("a pass of the gate"):
            return self._stage.app.gate.run()

    def _tell(self, outlook: Outlook) -> None:
        verdicts = Counter(judgement.row.kind for judgement in outlook.plan.judgements)
        skipped = verdicts.total() - verdicts["queued"]
        self._screen.types("ebs work --once")
        self._screen.say(
            f"{verdicts['queued']:,} builds queued, {skipped:,} skipped with a reason."
        )


def _key(recorded: Recorded) -> Key:
    envelope = recorded.envelope
    return envelope.originator_id.removeprefix("package:"), envelope.event.build_id


def _verdict(recorded: Recorded) -> tuple[str, str]:
    event = recorded.envelope.event
    return event.topic, event.reason


def _more(queued: Sequence[Key], due: frozenset[Key]) -> int:
    """Count what was queued and not due, and what was queued again."""
    return len(queued) - len(due.intersection(queued))
