# SPDX-License-Identifier: GPL-3.0-or-later
"""The world is told beside the work: no mail server, however slow, keeps a rebuild waiting."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from adapters.app import App
from adapters.service.notifications import Notifications
from adapters.service.operation import new_id

BREATH: Final = 1.0
"""Seconds between two looks at what is to be told."""

FAREWELL: Final = 5.0
"""Seconds that are waited for what is being told; then it is left as by a crash, and told again."""

_log = structlog.get_logger(__name__)


@contextmanager
def telling(app: App) -> Iterator[None]:
    """Tell what is on record, and what is recorded meanwhile, in a thread of its own."""
    app.notifications.adopt(new_id())
    over = threading.Event()
    # A daemon: one that a server hangs up on for hours is to keep no process alive.
    teller = threading.Thread(target=_tell, args=(app.notifications, over), daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join(FAREWELL)


def _tell(notifications: Notifications, over: threading.Event) -> None:
    while not over.is_set():
        try:
            notifications.run(new_id())
        except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again
            _log.warning("cannot tell now", why=str(error))
        over.wait(BREATH)
