# SPDX-License-Identifier: GPL-3.0-or-later
"""What Koji and Bodhi tell of the configuration: the dist, and which tag Rawhide is."""

from collections.abc import Callable
from typing import Final

import structlog
from msgspec.structs import replace

from adapters.ports import Configuration
from adapters.ports.bodhi import Bodhi
from adapters.ports.koji import Koji
from domain.errors import EbsError, NotFound
from domain.service.decide import RAWHIDE, Offered
from domain.values import package_name

DIST_MACRO: Final = "rpm.macro.eln"

_log = structlog.get_logger(__name__)


class Observed:
    """Another configuration, with what the hub and Bodhi say of it now.

    What cannot be read is not offered, so that what is in force stays; that is warned of.
    """

    def __init__(self, inner: Configuration, koji: Koji, bodhi: Bodhi, build_target: str) -> None:
        self._inner = inner
        self._koji = koji
        self._bodhi = bodhi
        self._build_target = build_target

    def offered(self) -> Offered:
        """Read everything anew; Bodhi only where the policy is to follow Rawhide."""
        offered = self._inner.offered()
        policy = offered.policy
        follows = policy is not None and policy.trigger_tag == RAWHIDE
        return replace(
            offered,
            dist=_if_read("dist", self._dist),
            rawhide=_if_read("rawhide", self._bodhi.rawhide_tag) if follows else None,
        )

    def _dist(self) -> str:
        target = self._koji.build_target(self._build_target)
        if target is None:
            raise NotFound(
                f"Koji has no target {self._build_target}",
                do="check koji.build_target in the static configuration",
            )
        dist = self._koji.dist(target.build_tag.id)
        if dist is None:
            raise NotFound(f"the tag {target.build_tag.name} has no {DIST_MACRO}")
        return package_name(dist)


def _if_read(what: str, read: Callable[[], str]) -> str | None:
    try:
        return read()
    except EbsError as error:
        _log.warning("not read, the last one stays", what=what, reason=str(error))
        return None
