# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that appends batches of 100 events for ever, and says the head after each."""

import sys
from itertools import count

from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from tests.adapters.store.examples import envelopes, tagged

with EventLog(sys.argv[1], EVENTS) as log:
    for batch in count():
        log.append(envelopes(*map(tagged, range(100)), version=batch * 100))
        print(log.head(), flush=True)  # noqa: T201 - tells the test
