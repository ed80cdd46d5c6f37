# SPDX-License-Identifier: GPL-3.0-or-later
"""The service, on a real database, through a history that a bus tells it with some mischief."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, Self, assert_never

from msgspec.structs import replace

from adapters.koji.client import KojiHub
from adapters.sandbox.hub import Bus, Mischief, release, tagging
from adapters.sandbox.hub.model import Build
from adapters.sandbox.hub.transactions import Held
from adapters.service.baseline import ask
from adapters.service.operation import new_id
from adapters.store.log import EventLog
from domain.service.events import CatchUpDone
from tests.adapters.service.online import SOURCE, STABLE, TRIGGER, Rawhide
from tests.sim.branching import (
    NAMES,
    TAGS,
    Commit,
    Deed,
    Hear,
    History,
    Move,
    Pass,
    Pause,
    Restart,
    Step,
)
from tests.sim.direct import Direct, through
from tests.sim.oracle import Oracle

ENOUGH: Final = 40
"""Passes, each with a catch-up, in which all is surely worked off."""

LONGEST: Final = 3_000.0
"""Seconds for which a transaction of the hub is open at most."""

Moved = tuple[int, str]
"""A build in a tag."""


class Open(NamedTuple):
    """A transaction that is held, since when, and what it moves: nobody else does meanwhile."""

    held: Held
    since: float
    moves: frozenset[Moved]


class Told(Rawhide):
    """Rawhide, in which a history happens; without a ``socket`` a pass is several times quicker."""

    def __init__(
        self, log: EventLog, mischief: Mischief, seed: int = 0, *, socket: bool = False
    ) -> None:
        super().__init__(log, NAMES)
        phantoms = tagging.phantoms(self.world, TAGS)
        self.bus = Bus(self.heard.append, mischief=replace(mischief, phantoms=phantoms), seed=seed)
        self.world.bus = self.bus
        self.upstream: dict[str, list[Build]] = {name: [] for name in NAMES}
        self._baseline: frozenset[int] = frozenset()
        self._open: list[Open] = []
        self._socket = socket

    def __enter__(self) -> Self:
        if self._socket:
            return super().__enter__()
        self.start()
        return self

    def wrapped(self, koji: KojiHub) -> Any:
        """Return the hub as the service sees it."""
        self._line = Direct(self.server.hub, "ebs")
        return koji if self._socket else through(self._line)

    @property
    def oracle(self) -> Oracle:
        """What should have come of it."""
        policy = self.configured.offer.policy
        assert policy is not None
        return Oracle(self.world, policy.trigger_tag, self._baseline)

    def is_idle(self) -> bool:
        """Whether no batch is open, and nothing waits to be built or confirmed."""
        with self.app.journal.look() as view:
            waits = any(p.queued or p.hints for p in view.everything().values())
            return view.batch is None and not waits

    # --- the history ---------------------------------------------------------------------------

    def live(self, history: History) -> Self:
        """Live through it, and then until all is worked off."""
        self._play(history.before)
        self._take_baseline()
        if history.lost:
            self.bus.flush()
            self.heard.clear()
        self._play([*history.after, *[Commit()] * len(history.after), Pause(on=False)])
        self.listen()
        for _ in range(ENOUGH):
            self.later(minutes=10)
            if self.passes().recorded.keys() <= {CatchUpDone.topic} and self.is_idle():
                break
        return self

    def _play(self, steps: Iterable[Step]) -> None:
        for step in steps:
            match step:
                case Deed():
                    self._do(step)
                case Commit():
                    self._commit(anew=step.anew)
                case Hear():
                    self.hear()
                case Pass():
                    self._pass(step)
                case Move():
                    self.configured.move("f42")
                case Pause():
                    self._pause(on=step.on)
                case Restart():
                    self.start()
                case _:
                    assert_never(step)

    def _pass(self, step: Pass) -> None:
        self._wait(step.seconds)
        self._line.answers = step.answers
        self.app.work.run(new_id())
        self._line.answers = None

    def _take_baseline(self) -> None:
        """Take it and go on at once; what was sent before it may still arrive."""
        self._baseline = frozenset(
            row.create_event for row in tagging.tagged(self.world, self.world.tag(TRIGGER))
        )
        self.app.gate.adopt(self.by("person"))
        assert self.app.koji is not None
        self.app.baselines.take(ask(self.app.koji, {TRIGGER, STABLE}), self.by("baseline"))

    def _wait(self, seconds: float) -> None:
        while self._open and self.hub_clock() + seconds > self._open[0].since + LONGEST:
            self._commit(anew=True)
        self.later(seconds=seconds)

    def _pause(self, *, on: bool) -> None:
        paused = self.service.pause is not None
        if on and not paused:
            self.app.operators.pause("branching", None, self.by("person"))
        if paused and not on:
            self.app.operators.resume(self.by("person"))

    # --- what is done in Koji ------------------------------------------------------------------

    def _do(self, deed: Deed) -> None:
        self._wait(deed.seconds)
        if not deed.held or deed.what.startswith("clone"):
            list(self._moves(deed))
            return
        since = self.hub_clock()
        with self.world.hold() as held:
            moves = frozenset(self._moves(deed))
        self._open.append(Open(held, since, moves))

    def _commit(self, *, anew: bool) -> None:
        if self._open:
            held = self._open.pop(0).held
            for message in held.messages if anew else ():
                message["headers"]["sent-at"] = self.now().replace(microsecond=0).isoformat()
            held.commit()

    def _moves(self, deed: Deed) -> Iterator[Moved]:
        """Do it, and yield what it moves; without a build of the package yet, make the first."""
        made = self.upstream[deed.name]
        if deed.what.startswith("copy all"):
            yield from self._copy(old_last=deed.what.endswith("old last"))
        elif deed.what.startswith("clone"):
            self._clone()
        elif not made or deed.what == "build":
            yield from self._tag(self._new(deed.name), deed.tag)
        else:
            yield from self._ways[deed.what](made[deed.build % len(made)], deed.tag)

    @property
    def _ways(self) -> Mapping[str, Callable[[Build, str], Iterator[Moved]]]:
        return {
            "same commit": lambda b, tag: self._tag(self._new(b.name, b.source), tag),
            "tag": self._tag,
            "untag": self._untag,
            "bounce": lambda b, tag: iter([*self._untag(b, tag), *self._tag(b, tag)]),
            "untag what is not tagged": self._untag_in_vain,
            "rebuilt": self._rebuild,
        }

    def _new(self, name: str, source: str | None = None) -> Build:
        self._made += 1
        commit = source or SOURCE.format(name, self._made)
        made = self.world.add_build(name, str(self._made), "1.fc41", source=commit)
        self.upstream[name].append(made)
        return made

    def _tag(self, build: Build, tag: str) -> Iterator[Moved]:
        if self._is_free(build, tag) and not self._is_in(build, tag):
            release(self.world, build, tag)
            yield build.id, tag

    def _untag(self, build: Build, tag: str) -> Iterator[Moved]:
        if self._is_free(build, tag) and self._is_in(build, tag):
            self._take_out(build, tag)
            yield build.id, tag

    def _untag_in_vain(self, build: Build, tag: str) -> Iterator[Moved]:
        """The hub says that it untagged the build, which was not tagged."""
        if self._is_free(build, tag) and not self._is_in(build, tag):
            self._take_out(build, tag)
        yield from ()

    def _take_out(self, build: Build, tag: str) -> None:
        releng = self.world.user("releng")
        tagging.untag_build(self.world, self.world.tag(tag), build, releng, strict=False)

    def _rebuild(self, build: Build, _: str) -> Iterator[Moved]:
        if (build.name, build.version, "1.eln141") not in self.world.build_ids:
            yield self.rebuilt(build).id, STABLE

    def _copy(self, *, old_last: bool) -> Iterator[Moved]:
        """What is in f42 already is tagged there again, silently."""
        held = (row.build for row in tagging.tagged(self.world, self.world.tag("f41")))
        free = [b for b in held if all(self._is_free(b, tag) for tag in TAGS)]
        copied = free[::-1] if old_last else free
        tagging.mass_tag(self.world, self.world.tag("f42"), copied, self.world.user("releng"))
        yield from ((build.id, "f42") for build in copied)

    def _clone(self) -> None:
        """Delete f42, silently, and make it anew of what f41 holds, the latest first."""
        if not self._open:
            releng = self.world.user("releng")
            tagging.delete_tag(self.world, self.world.tag("f42"), releng)
            source = self.world.tag("f41")
            latest_first = [row.build for row in reversed(tagging.tagged(self.world, source))]
            tagging.clone(self.world, source, "f42", releng, latest_first)

    def _is_free(self, build: Build, tag: str) -> bool:
        return all((build.id, tag) not in each.moves for each in self._open)

    def _is_in(self, build: Build, tag: str) -> bool:
        return (build.id, self.world.tag(tag).id) in self.world.listings.active
