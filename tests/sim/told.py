# SPDX-License-Identifier: GPL-3.0-or-later
"""The service with a hub in this process, through a history; and what should come of it.

What should come of it is counted from the sandbox's own tag history: nothing that decides takes
part in it.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final, Self, assert_never

from adapters.koji.client import KojiHub
from adapters.sandbox.hub import Bus, Mischief, release, tagging
from adapters.sandbox.hub.model import Build, Listing
from adapters.sandbox.hub.transactions import Held
from adapters.service.baseline import ask
from adapters.store.log import EventLog
from tests.adapters.service.online import SOURCE, STABLE, TRIGGER, Rawhide
from tests.sim.branching import NAMES, TAGS, Commit, Deed, Hear, History, Move, Pass, Pause, Step
from tests.sim.direct import direct

ENOUGH: Final = 5
"""Passes, each with a catch-up, in which all is worked off."""

Place = tuple[bool, float, int, int]


class Told(Rawhide):
    """Lives through a history, told by a bus that does some mischief."""

    def __init__(self, log: EventLog, mischief: Mischief, seed: int) -> None:
        super().__init__(log, NAMES)
        self.world.bus = Bus(self.heard.append, mischief=mischief, seed=seed)
        mischief.phantoms = tagging.phantoms(self.world, TAGS)
        self.upstream: dict[str, list[Build]] = {name: [] for name in NAMES}
        self.at_baseline: set[int] = set()
        self._held: list[tuple[Held, set[tuple[int, str]]]] = []

    # --- the history ---------------------------------------------------------------------------

    def live(self, history: History) -> Self:
        """Live through it, and then until all is worked off."""
        self.play(history.before)
        self.baseline()
        self.play(history.after)
        while self._held:
            self._commit()
        self._pause(on=False)
        self.listen()
        for _ in range(ENOUGH):
            self.later(minutes=10)
            self.passes()
        return self

    def play(self, steps: Iterable[Step]) -> None:
        """Take these steps."""
        for step in steps:
            match step:
                case Deed():
                    self._do(step)
                case Commit():
                    self._commit()
                case Hear():
                    self.hear()
                case Pass():
                    self.later(seconds=step.seconds)
                    self.app.work.run("")
                case Move():
                    self.configured.move("f42")
                case Pause():
                    self._pause(on=step.on)
                case _:
                    assert_never(step)

    def baseline(self) -> None:
        """Take the baseline, and go on at once; what was sent before it may still arrive."""
        held = self.world.listings.by_tag[self.world.tag(TRIGGER).id]
        self.at_baseline = {row.create_event for row in held if row.revoke_event is None}
        self.app.gate.adopt(self.by("person"))
        assert self.app.koji is not None
        self.app.baselines.take(ask(self.app.koji, {TRIGGER, STABLE}), self.by("baseline"))

    def hear(self) -> None:
        """Take what the bus did not keep back until now."""
        bus, flush = self.world.bus, Bus.flush
        assert bus is not None
        bus.flush = lambda: None  # type: ignore[method-assign]
        try:
            self.listen()
        finally:
            bus.flush = flush.__get__(bus)  # type: ignore[method-assign]

    def _pause(self, *, on: bool) -> None:
        paused = self.service.pause is not None
        if on and not paused:
            self.app.operators.pause("branching", None, self.by("person"))
        if paused and not on:
            self.app.operators.resume(self.by("person"))

    # --- what is done in Koji ------------------------------------------------------------------

    def _do(self, deed: Deed) -> None:
        self.later(seconds=deed.seconds)
        if deed.held:
            before = self.world.last_event()
            with self.world.hold() as held:
                touched = set(self._done(deed))
            self._held.append((held, touched))
        else:
            list(self._done(deed))

    def _done(self, deed: Deed) -> Iterator[tuple[int, str]]:
        """Do it, and yield which builds it moves in which tags."""
        made = self.upstream[deed.name]
        which = made[deed.build % len(made)] if made else None
        match deed.what:
            case "rebuilt":
                if which is not None and (which.name, which.version, "1.eln141") not in self.world.build_ids:
                    self.rebuilt(which)
            case "copy all" | "copy all, old last":
                yield from self._copy(old_last="old" in deed.what)
            case _ if which is None or deed.what == "build":
                yield from self._tag(self._new(deed.name, None), deed.tag)
            case "same commit":
                yield from self._tag(self._new(deed.name, which.source), deed.tag)
            case "tag":
                yield from self._tag(which, deed.tag)
            case "untag":
                yield from self._untag(which, deed.tag)
            case "bounce":
                yield from self._untag(which, deed.tag)
                yield from self._tag(which, deed.tag)
            case "lenient untag":
                yield from self._untag(which, deed.tag, strict=False)
            case never:
                raise AssertionError(never)

    def _new(self, name: str, source: str | None) -> Build:
        self._made += 1
        made = self.world.add_build(
            name, str(self._made), "1.fc41", source=source or SOURCE.format(name, self._made)
        )
        self.upstream[name].append(made)
        return made

    def _free(self, build: Build, tag: str) -> bool:
        """Whether no transaction that is held has locked the row."""
        return all((build.id, tag) not in touched for _, touched in self._held)

    def _tag(self, build: Build, tag: str) -> Iterator[tuple[int, str]]:
        if self._free(build, tag) and not self._is_in(build, tag):
            release(self.world, build, tag)
            yield build.id, tag

    def _untag(self, build: Build, tag: str, *, strict: bool = True) -> Iterator[tuple[int, str]]:
        if self._free(build, tag) and (not strict or self._is_in(build, tag)):
            releng = self.world.user("releng")
            tagging.untag_build(self.world, self.world.tag(tag), build, releng, strict=strict)
            yield build.id, tag

    def _copy(self, *, old_last: bool) -> Iterator[tuple[int, str]]:
        rows = tagging.tagged(self.world, self.world.tag("f41"))
        free = [
            row.build for row in rows
            if self._free(row.build, "f41") and self._free(row.build, "f42")
        ]
        copied = free[::-1] if old_last else free
        tagging.mass_tag(self.world, self.world.tag("f42"), copied, self.world.user("releng"))
        yield from ((build.id, "f42") for build in copied)

    def _is_in(self, build: Build, tag: str) -> bool:
        return (build.id, self.world.tag(tag).id) in self.world.listings.active

    def _commit(self) -> None:
        if self._held:
            held, _ = self._held.pop(0)
            held.commit()

    # --- the hub -------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.start()
        return self

    def wrapped(self, koji: KojiHub) -> Any:
        """Return the hub as the service sees it: here, without a socket."""
        return direct(self.server.hub, "ebs", koji._hub._options.url)

    # --- what should come of it ----------------------------------------------------------------

    def newest(self, name: str) -> Build | None:
        """Return the build of the latest place in the trigger tag."""
        trigger = self.world.tag(self.trigger).id
        held = [b for b in self.upstream[name] if (b.id, trigger) in self.world.listings.active]
        return max(held, key=self._place, default=None)

    @property
    def trigger(self) -> str:
        """The tag whose builds are rebuilt in the end."""
        policy = self.configured.offer.policy
        assert policy is not None
        return policy.trigger_tag

    def _place(self, build: Build) -> Place:
        """The earliest, over f41 and f42, of the latest tagging; the baseline comes first."""
        latest: dict[int, Listing] = {}
        for row in self.world.listings.by_build[build.id]:
            if row.tag.name in TAGS:
                latest[row.tag.id] = max(
                    row, latest.get(row.tag.id, row), key=lambda row: row.create_event
                )
        return min(
            (False, 0.0, row.create_event, build.id)
            if row.create_event in self.at_baseline
            else (True, self.world.events[row.create_event], row.create_event, build.id)
            for row in latest.values()
        )

    def stayed(self, name: str) -> bool:
        """Whether all that was rebuilt of a package is still in the trigger tag."""
        trigger, active = self.world.tag(self.trigger).id, self.world.listings.active
        built = set(self.built_sources())
        return all(
            any(b.source == source and (b.id, trigger) in active for b in self.upstream[name])
            for source in {b.source for b in self.upstream[name]} & built
        )

    def done(self, name: str) -> set[str]:
        """Return the sources of a package that ELN has, or that were rebuilt."""
        eln = self.world.listings.by_tag[self.world.tag(STABLE).id]
        theirs = {row.build.source for row in eln} | set(self.built_sources())
        return {str(b.source) for b in self.upstream[name]} & {str(s) for s in theirs}

    def ever_tagged(self) -> set[str]:
        """Return the sources of all that was ever in f41 or f42."""
        rows = self.world.listings
        ids = [self.world.tag(tag).id for tag in TAGS]
        return {str(row.build.source) for i in ids for row in rows.by_tag[i]}
