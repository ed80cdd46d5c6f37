# SPDX-License-Identifier: GPL-3.0-or-later
"""Publishes through fedora-messaging's own client, by its own configuration file.

The client runs in twisted's thread and makes its connection again by itself; a message counts as
published when the broker confirmed it. With the broker away it would wait for ever: we wait for a
few seconds, and say that it is down.
"""

import logging
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import crochet
from fedora_messaging import config
from fedora_messaging.exceptions import BaseException as Failure
from fedora_messaging.exceptions import ConfigurationException
from fedora_messaging.twisted.service import FedoraMessagingServiceV2
from twisted.internet.defer import Deferred

from adapters.bus import settings
from adapters.bus.schemas import BY_KIND, EbsMessage
from adapters.errors import DependencyDown
from domain.envelope import Recorded
from domain.errors import Invalid
from projections.notices import Announcement

LONGEST_DELAY: Final = 30
"""Seconds between two attempts to connect; by twisted's own measure it would be an hour."""

QUIET: Final = {
    "fedora_messaging": logging.WARNING,
    "pika": logging.CRITICAL,  # what is wrong with the broker we tell ourselves,
    "twisted": logging.CRITICAL + 1,  # and twisted tells of each attempt to connect, as of a bug
}
"""Loggers that say too much, and from which level on they are listened to."""


class Publisher:
    """Answers the port ``Channel`` for announcements; connects when it is first needed.

    ``conf``: the library's configuration file, None for the one that it finds itself; ``timeout``:
    seconds within which the broker must have confirmed a message.
    """

    def __init__(self, conf: Path | None = None, *, timeout: float = 5) -> None:
        self._conf = conf
        self._timeout = timeout
        self._service: FedoraMessagingServiceV2 | None = None

    def deliver(self, notice: Announcement, cause: Recorded) -> None:
        """Return once the broker confirmed it. Raises DependencyDown where it did not.

        A message that is not of its schema is a bug, and raises ValidationError.
        """
        message = announced(notice, cause)
        self._wait(lambda service: service.factory.publish(message, exchange()))

    def check(self) -> str:
        """Return which broker answers. Raises DependencyDown, or Invalid for a faulty file."""
        self._wait(lambda service: service.factory.when_connected())
        return f"{broker()}, exchange {exchange()}"

    def close(self) -> None:
        """Part from the broker; one that does not answer is left."""
        if self._service is not None:
            with suppress(crochet.TimeoutError, Failure):
                _run(self._service.stopService).wait(self._timeout)

    def _wait(self, act: Any) -> None:
        try:
            waiting = _run(act, self._started())
            try:
                waiting.wait(self._timeout)
            except crochet.TimeoutError:
                waiting.cancel()
                raise _down(f"no answer within {self._timeout:g} s") from None
        except ConfigurationException as error:
            raise Invalid(
                "fedora-messaging's configuration cannot be used",
                why=error.message,
                do="correct the file that FEDORA_MESSAGING_CONF names",
            ) from error
        except Failure as error:
            raise _down(str(getattr(error, "reason", None) or error)) from error

    def _started(self) -> FedoraMessagingServiceV2:
        if self._service is None:
            if self._conf is not None:
                settings.load(self._conf)
            for name, level in QUIET.items():
                logging.getLogger(name).setLevel(level)
            crochet.setup()
            self._service = FedoraMessagingServiceV2()
            self._service.factory.maxDelay = LONGEST_DELAY
            _run(self._service.startService).wait(self._timeout)
        return self._service


def _down(why: str) -> DependencyDown:
    return DependencyDown(
        f"the broker {broker()} takes no messages",
        why=why,
        do="check fedora-messaging's configuration; what is due is kept, and tried again",
    )


def announced(notice: Announcement, cause: Recorded) -> EbsMessage:
    """Return the message, with the id of the event that caused it."""
    message = BY_KIND[notice.kind](body=notice.body)
    return message.of_event(cause.envelope.id, cause.envelope.meta.occurred_at)


def broker() -> str:
    """Return where the broker is, without the login."""
    parts = urlsplit(str(config.conf["amqp_url"]))
    return f"{parts.hostname or 'localhost'}:{parts.port or 5672}"


def exchange() -> str:
    """Return where messages are published."""
    return str(config.conf["publish_exchange"])


@crochet.run_in_reactor
def _run(act: Any, *arguments: Any) -> "Deferred[Any] | None":
    return act(*arguments)  # type: ignore[no-any-return] # a deferred, or nothing to wait for
