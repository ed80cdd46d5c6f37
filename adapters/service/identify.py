# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks up the sources that verdicts wait for: of what is due or near it, and of ELN's own builds.

Killed anywhere, the gate names again what is still unknown.
"""

from collections.abc import Iterator, Mapping, Sequence

import structlog

from adapters.ports.koji import BuildSource, Koji
from adapters.service.journal import Draft, Journal, View, package_draft
from adapters.service.operation import Operation
from domain.admission.plan import Unknown
from domain.envelope import Recorded
from domain.errors import Invalid
from domain.package.events import DestinationSeen, Identified
from domain.package.observe import dist_of
from domain.values import source_url

_log = structlog.get_logger(__name__)


class Identification:
    """Asks Koji for sources, in multicalls, and records them."""

    def __init__(self, journal: Journal, koji: Koji) -> None:
        self._journal = journal
        self._koji = koji

    def run(self, unknown: Sequence[Unknown], operation: Operation) -> list[Recorded]:
        """Record what Koji says of the sources of these builds. Raises KojiError."""
        if not unknown:
            return []
        found = self._koji.sources([each.build_id for each in unknown])
        return self._journal.record_in_parts(lambda view: _facts(view, unknown, found, operation))


def _facts(
    view: View,
    unknown: Sequence[Unknown],
    found: Mapping[int, BuildSource | None],
    operation: Operation,
) -> Iterator[Draft]:
    packages = view.packages({each.package for each in unknown})
    for each in unknown:
        build = packages[each.package].builds.get(each.build_id)
        if build is None or (build.identified and not each.stable):
            continue
        told = found.get(each.build_id)
        source = build.source or _source(told)
        if not each.stable or source is None:
            task = told.task_id if told else None
            event = Identified(each.build_id, source, task)
            yield package_draft(each.package, event, operation.meta())
        elif each.build_id in packages[each.package].unseen(_stable(view)):
            seen = DestinationSeen(each.build_id, build.nvr, source, dist_of(build.nvr))
            latest = build.tags[_stable(view)].latest
            moment = latest.moment if latest else None
            yield package_draft(each.package, seen, operation.meta(moment=moment))


def _stable(view: View) -> str:
    return view.service.configured.settings.stable_tag


def _source(build: BuildSource | None) -> str | None:
    """Return the source; a build that Koji does not know, or a source that is none, has none."""
    if build is None or build.source is None:
        return None
    try:
        return source_url(build.source)
    except Invalid as error:
        _log.warning("a build of Koji's has no sound source", nvr=build.nvr, why=str(error))
        return None
