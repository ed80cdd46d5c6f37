# SPDX-License-Identifier: GPL-3.0-or-later
"""What the event store's library makes its parts with; it finds this by the module's name."""

from typing import Final, NoReturn

from eventsourcing.persistence import InfrastructureFactory, NotSupportedError
from eventsourcing.utils import Environment, EnvType

from adapters.store.connections import Connections
from adapters.store.recorder import Recorder

CONNINFO: Final = "EBS_DATABASE_URL"


class Factory(InfrastructureFactory[Recorder]):
    """One recorder serves events, tracking and both together."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self.connections = Connections(self.env[CONNINFO])
        self._recorder = Recorder(self.connections)

    def application_recorder(self) -> Recorder:
        return self._recorder

    def process_recorder(self) -> Recorder:
        return self._recorder

    def tracking_recorder(
        self,
        tracking_recorder_class: type[Recorder] | None = None,  # noqa: ARG002 - the library's
    ) -> Recorder:
        return self._recorder

    def aggregate_recorder(self, purpose: str = "events") -> NoReturn:
        raise NotSupportedError(f"There are no {purpose} apart from the log")

    def close(self) -> None:
        self._recorder.close()
        self.connections.close()
