# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that builds and publishes one package, traced as OTEL_* say: see test_tracing."""

import sys

from structlog.contextvars import bound_contextvars

from adapters import tracing
from adapters.config.sections import Bodhi
from adapters.meters import passing
from adapters.service.operation import new_id
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from tests.adapters.service.online import Rawhide


def main(conninfo: str) -> None:
    """Make passes, each as the worker makes it, until the package is in the stable tag."""
    tracing.set_up()
    publishing = Bodhi(url="https://bodhi.example/")
    with EventLog(conninfo, EVENTS) as log, Rawhide(log, publishing=publishing) as rawhide:
        rawhide.baseline()
        rawhide.build("bash")
        rawhide.listen()
        while not rawhide.events("published"):
            rawhide.later(minutes=6)
            correlation = new_id()
            with bound_contextvars(correlation=correlation), passing():
                rawhide.app.work.run(correlation)


if __name__ == "__main__":
    main(sys.argv[1])
