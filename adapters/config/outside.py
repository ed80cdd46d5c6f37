# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration as it is outside of the log, read anew each time it is asked for."""

from pathlib import Path

import structlog

from adapters.config import dynamic, packagelist
from adapters.config.document import PolicyInvalid
from adapters.config.static import Config
from adapters.errors import DependencyDown
from domain.errors import EbsError
from domain.service.decide import Offered

_log = structlog.get_logger(__name__)


class OutsideConfiguration:
    """Reads the policy and the package list that ``config`` names."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._settings = config.settings()

    @property
    def location(self) -> str:
        """Where the policy is, empty where none was named."""
        return self._config.policy or ""

    def offered(self) -> Offered:
        """Read everything anew.

        A policy or list that is faulty is offered as its faults; one that cannot be reached now is
        not offered at all, and the last good one stays.
        """
        if not self.location:
            return self._without_policy()
        try:
            loaded = dynamic.load(self.location, cache=self._cache())
            packages = packagelist.load(loaded.policy.autopackagelist)
        except DependencyDown as error:
            _log.warning("policy not read, the last one stays", reason=str(error))
            return self._without_policy(unread=str(error))
        except PolicyInvalid as error:
            return self._without_policy(*(str(fault) for fault in error.faults))
        except EbsError as error:
            return self._without_policy(str(error))
        return Offered(
            settings=self._settings,
            policy=loaded.policy,
            packages=packages,
            origin=loaded.origin,
            commit=loaded.commit,
            dist=self._config.dist,
        )

    def _without_policy(self, *faults: str, unread: str = "") -> Offered:
        return Offered(
            settings=self._settings,
            origin=self.location,
            dist=self._config.dist,
            faults=faults,
            unread=unread,
        )

    def _cache(self) -> Path:
        return self._config.state_dir / "git"
