# SPDX-License-Identifier: GPL-3.0-or-later
"""fedora-messaging's own consumer, in a process of its own."""

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import structlog
from fedora_messaging import exceptions
from fedora_messaging.config import CallbackType, conf
from fedora_messaging.twisted import consumer as library
from fedora_messaging.twisted.monitor import monitor_service
from fedora_messaging.twisted.service import FedoraMessagingServiceV2
from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError, ReactorNotRunning
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure
from twisted.python.log import PythonLoggingObserver

from adapters.bus.callback import Callback, unread
from adapters.bus.settings import certificate_ends
from adapters.ports.bus import Pulse
from adapters.supervision import Supervision, die_when_told_again
from domain.errors import Conflict, EbsError, Invalid

BEAT: Final = 20.0
"""Seconds between two signs of life."""

EXIT_CODES: Final = (
    (exceptions.BadDeclaration, 10),
    (exceptions.ConsumerCanceled, 12),
    (exceptions.ConnectionException, 14),
    (exceptions.PermissionException, 15),
)
"""Those of ``fedora-messaging consume``, the first that fits; for what else happens:"""

NOT_REGISTERED: Final = 11
HALTED: Final = 13

reactor: Any = _reactor  # its type fits no use of it, as Twisted says itself
_log = structlog.get_logger(__name__)


class Consumer:
    """Consumes until it is told to stop, or cannot go on.

    ``beat`` is given a sign of life now and then, in a thread; it may raise EbsError. The library's
    configuration was loaded. Raises EbsError where what it names cannot be used.
    """

    def __init__(
        self, callback: Callback, beat: Callable[[Pulse], None], supervision: Supervision
    ) -> None:
        self._callback = callback
        self._beat = beat
        self._supervision = supervision
        self._certificate_ends = certificate_ends()
        self._service = _service()
        self._connection: Deferred[Any] | None = None
        self._stopping = False
        self._error: EbsError | None = None
        self._code = 0

    def run(self) -> int:
        """Return 0 once stopped by a signal, else the exit code of fedora-messaging that fits.

        Raises EbsError where a message could not be taken, and is the broker's still. A broker that
        is not reached is tried again for ever.
        """
        PythonLoggingObserver().start()  # type: ignore[no-untyped-call]
        library.get_message = unread  # type: ignore[attr-defined] # it is the library's own import
        if conf["monitoring"]:
            monitor_service(self._service, **conf["monitoring"])
        reactor.callWhenRunning(self._start)
        reactor.addSystemEventTrigger("before", "shutdown", self._stop)
        reactor.run()
        _log.info("stopped")
        if error := self._error or self._callback.error:
            raise error
        return self._code

    def _start(self) -> None:
        try:
            self._service.startService()  # type: ignore[no-untyped-call]
        except CannotListenError as error:
            why, do = str(error), "give each consumer a port of its own under monitoring"
            self._error = Conflict("its state cannot be told", why=why, do=do)
            self._end()
            return
        factory = self._service.factory
        callback = cast("CallbackType", self._callback)  # it is given what unread makes
        registered = factory.consume(callback, conf["bindings"], conf["queues"])
        registered.addCallbacks(self._consuming, self._fail, errbackArgs=(NOT_REGISTERED,))
        LoopingCall(self._live).start(BEAT)
        LoopingCall(self._go_on).start(self._supervision.pace)

    def _stop(self) -> Deferred[Any]:
        """Finish the message at hand, and none after it."""
        self._stopping = True
        die_when_told_again()
        self._supervision.stopping()
        self._callback.stop()
        return self._service.stopService()

    def _consuming(self, consumers: Sequence[library.Consumer]) -> None:
        for consumer in consumers:
            _log.info("consuming", queue=consumer.queue)
            consumer.result.addCallbacks(lambda _: self._end(), self._fail, errbackArgs=(HALTED,))
        self._supervision.ready("consuming")
        self._live()

    def _fail(self, failure: Failure, otherwise: int) -> None:
        """End with the code that says why, unless we are ending already."""
        if self._stopping:
            return
        error = failure.value
        if not isinstance(error, exceptions.HaltConsumer):
            self._code = next(
                (code for kind, code in EXIT_CODES if isinstance(error, kind)), otherwise
            )
            _log.error("the consumer cannot go on", reason=str(error), exit=self._code)
        self._end()

    def _end(self) -> None:
        try:
            reactor.stop()
        except ReactorNotRunning:
            _log.debug("ending already")

    def _live(self) -> Deferred[None]:
        """Say that we live, in a thread: the database may be slow."""
        pulse = Pulse(
            connected=self._connected(),
            heard=self._callback.heard,
            heard_at=self._callback.heard_at,
            certificate_ends=self._certificate_ends,
        )
        return deferToThread(self._tell, pulse)

    def _go_on(self) -> None:
        """Say that we go on, unless the message at hand does not."""
        if not self._callback.is_stuck:
            broker = "consuming" if self._connected() else "the broker does not answer"
            self._supervision.beat(f"{broker}; messages so far: {self._callback.heard}")

    def _connected(self) -> bool:
        """Whether there is a connection: then the library keeps its promise of one at once."""
        if self._connection is None or self._connection.called:
            self._connection = self._service.factory.when_connected()
            self._connection.addErrback(lambda _: None)
        return self._connection.called

    def _tell(self, pulse: Pulse) -> None:
        try:
            self._beat(pulse)
        except EbsError as error:
            _log.warning("no sign of life can be given", reason=str(error))


def _service() -> FedoraMessagingServiceV2:
    try:
        return FedoraMessagingServiceV2(conf["amqp_url"])
    except (
        exceptions.ConfigurationException,
        AttributeError,
        OSError,
        TypeError,
        ValueError,
    ) as error:
        why = getattr(error, "message", str(error))
        do = "correct amqp_url and tls in fedora-messaging's configuration"
        raise Invalid("the bus cannot be connected to", why=why, do=do) from None
