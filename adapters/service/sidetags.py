# SPDX-License-Identifier: GPL-3.0-or-later
"""The side tags of a batch, of its builds and its updates: made, found again, seeded, removed."""

from collections.abc import Collection
from typing import Final

import structlog

from adapters.ports.koji import KojiPermanent
from adapters.service.acting import Acting
from adapters.service.lost import Lost
from adapters.service.operation import Operation
from domain.batch import Batch
from domain.batch import acts as do
from domain.batch.decide import IN_FLIGHT
from domain.batch.events import (
    RepoReady,
    RepoRequested,
    Seeded,
    SeedRequested,
    SideTagCreated,
    SideTagRemoved,
    SideTagRequested,
    Unseeded,
)

GONE: Final = "somebody removed it"

_log = structlog.get_logger(__name__)


class SideTags:
    """Each method carries one act out, and returns whether something came of it."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting
        self._lost = Lost(acting)

    def request(self, batch: Batch, act: do.RequestSideTag, operation: Operation) -> bool:
        """Record which there are already, and have one made: it is not idempotent."""
        base, owner = batch.base or "", self._acting.owner()
        mine = self._acting.koji.side_tags(base, owner)
        lost = None if act.update else self._lost.side_tag(batch, mine)
        after = None if lost else self._acting.koji.newest_build_task(owner)
        known = tuple(tag.id for tag in mine)
        if not self._acting.record(batch, operation, SideTagRequested(known, update=act.update)):
            return False
        made = lost or self._acting.koji.create_side_tag(base)
        now = self._acting.open_batch()
        event = SideTagCreated(
            made.id, made.name, adopted=lost is not None, after_task=after, update=act.update
        )
        return now is not None and self._acting.record(now, operation, event)

    def find(self, batch: Batch, act: do.FindSideTag, operation: Operation) -> bool:
        """Adopt the one that appeared since the intent; after a while have another made.

        In a restored log the intent may be an old one: what was used since for anything else than
        these builds is of a batch that is lost, and of which more may be going on in Koji.
        """
        mine = self._acting.koji.side_tags(batch.base or "", self._acting.owner())
        new = [tag for tag in mine if tag.id not in act.side.known]
        unbuilt = self._lost.unbuilt(new)
        found = next((tag for tag in unbuilt if self._is_for(tag.id, act.build_ids)), None)
        if found is not None:
            event = SideTagCreated(found.id, found.name, adopted=True, update=act.update)
            return self._acting.record(batch, operation, event)
        if self._acting.clock() - act.side.since < IN_FLIGHT or batch.abandoned is not None:
            return False
        return self.request(batch, do.RequestSideTag(act.update), operation)

    def seed(self, batch: Batch, act: do.Seed, operation: Operation) -> bool:
        """Ask for the upstream builds; one that is refused is named, and does not stop the rest.

        Raises KojiError where it is not known which were asked for: then it is asked again.
        """
        answers = self._acting.koji.tag_builds(act.tag_id, act.build_ids)
        unsure = [e for e in answers.values() if e and not isinstance(e, KojiPermanent)]
        if unsure:
            raise unsure[0]
        refused = tuple(Unseeded(i, error.why) for i, error in answers.items() if error)
        event = SeedRequested(act.build_ids, refused, update=act.update)
        return self._acting.record(batch, operation, event)

    def await_seeds(self, batch: Batch, act: do.AwaitSeeds, operation: Operation) -> bool:
        """Look which the side tag holds by now; Koji tags by tasks, which no message tells of."""
        side = act.side
        held = self._held(side.tag_id or 0)
        if held is None:
            return self._acting.record(
                batch, operation, SideTagRemoved(side.tag_id or 0, GONE, act.update)
            )
        refused = {each.build_id for each in side.refused}
        missing = [i for i in side.asked or () if i not in held | refused]
        if missing and not act.overdue:
            return False
        failed = (*side.refused, *(Unseeded(i, "it was not tagged in time") for i in missing))
        for each in failed:
            _log.warning("not tagged into the side tag", build=each.build_id, why=each.reason)
        tagged = tuple(i for i in side.asked or () if i in held)
        return self._acting.record(batch, operation, Seeded(tagged, failed, update=act.update))

    def _is_for(self, tag_id: int, build_ids: Collection[int]) -> bool:
        """Whether it holds nothing but these: nothing at all, unless it was lost with its seeds."""
        held = self._held(tag_id)
        return held is not None and held <= {*build_ids}

    def _held(self, tag_id: int) -> set[int] | None:
        """Return what a side tag holds; None where somebody removed it."""
        try:
            return {build.build_id for build in self._acting.koji.tagged(tag_id)}
        except KojiPermanent:
            if self._acting.koji.tag(tag_id) is not None:
                raise
            return None

    def request_repo(self, batch: Batch, act: do.RequestRepo, operation: Operation) -> bool:
        """Ask for a repository of the tag as it is now; asked twice, the hub makes one."""
        asked = self._acting.koji.request_repo(act.tag_id)
        if asked.id is None:
            return self._acting.record(batch, operation, RepoReady(asked.repo_id or 0))
        return self._acting.record(batch, operation, RepoRequested(asked.id))

    def await_repo(self, batch: Batch, act: do.AwaitRepo, operation: Operation) -> bool:
        """Look whether it is there; where the request failed, ask anew."""
        found = self._acting.koji.repo_request(act.request_id)
        if found.repo_id is not None:
            return self._acting.record(batch, operation, RepoReady(found.repo_id))
        if not found.active and batch.side is not None and batch.side.tag_id is not None:
            self.request_repo(batch, do.RequestRepo(batch.side.tag_id), operation)
        return False

    def remove(self, batch: Batch, act: do.RemoveSideTag, operation: Operation) -> bool:
        """Remove it; what is gone already is removed."""
        self._acting.koji.remove_side_tag(act.tag_id)
        return self._acting.record(
            batch, operation, SideTagRemoved(act.tag_id, act.reason, act.update)
        )
