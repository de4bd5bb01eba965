"""A worker of a remote consumer: docs/workers.md."""

from __future__ import annotations

import datetime
import inspect
import logging
import math
import os
import re
import signal
import socket
import ssl
import threading
import time
from importlib.util import find_spec
from typing import Any, Dict, List, Literal, Mapping, Optional, Sequence, Union

from .backoff import Backoff
from .errors import CarillonError, MissingPackageError, NotFoundError, ProblemError, TransportError
from .hands import Handler, Hands, WorkerStats
from .jobs import JobWorker
from .models import Moment, member, to_text
from .transport import Port

log = logging.getLogger("carillon")

Order = Literal["none", "per_key", "total"]
Carrier = Literal["auto", "pull", "websocket"]

_NAME = re.compile(r"[a-z0-9._-]{1,64}")
_DECLARE_SECONDS = 10.0


class Worker:
    """Takes deliveries of a consumer, has them handled by threads, and settles them.

    `Carillon.subscribe` makes them. The parameters:

    - `types`, `filter`, `company_id`, `order`, `key`, `start`, `max_attempts`, `max_in_flight`, `max_per_key`, `rate`
      (a second): settings of the consumer, as docs/workers.md describes them; `retry_schedule` and `ack_timeout`
      are in seconds.
    - `concurrency`: how many events are handled at a time, each by a thread of its own.
    - `prefetch`: so many more deliveries wait for a thread.
    - `longest`: a delivery is extended while its handler runs, but not longer than so many seconds.
    - `carrier`: `pull`, `websocket` (needs the package websockets), or `auto`: WebSocket if it is there.
    """

    def __init__(
        self,
        port: Port,
        name: str,
        handler: Handler,
        *,
        types: Optional[Sequence[str]] = None,
        filter: Optional[Mapping[str, Any]] = None,
        order: Optional[Order] = None,
        key: Optional[str] = None,
        concurrency: int = 1,
        company_id: Optional[str] = None,
        start: Optional[Union[Moment, int]] = None,
        max_attempts: Optional[int] = None,
        retry_schedule: Optional[Sequence[float]] = None,
        ack_timeout: Optional[float] = None,
        max_in_flight: Optional[int] = None,
        max_per_key: Optional[int] = None,
        rate: Optional[float] = None,
        prefetch: int = 10,
        longest: float = 3600.0,
        carrier: Carrier = "auto",
        ssl_context: Optional[ssl.SSLContext] = None,
    ) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"a consumer's name has 1 to 64 of a-z 0-9 . _ -, not {name!r}")
        if inspect.iscoroutinefunction(handler):
            raise TypeError("a handler is a plain function; it may call asyncio.run")
        if not 1 <= concurrency <= 1000 or not 0 <= prefetch <= 9000:
            raise ValueError("concurrency is 1 to 1000, prefetch 0 to 9000")
        if carrier == "websocket" and find_spec("websockets") is None:
            raise MissingPackageError("the carrier 'websocket' needs the package websockets")
        self.name = name
        self.port = port
        self.ssl_context = ssl_context
        #: For the operators of the node.
        self.identity = f"{socket.gethostname()}:{os.getpid()}"[:100]
        #: Why it ended by itself: the node does not accept it.
        self.error: Optional[CarillonError] = None
        self._carrier = carrier
        self._handler = handler
        self._concurrency = concurrency
        self._prefetch = prefetch
        self._longest = longest
        self._declared = False
        self._settings = _settings(
            types=None if types is None else list(types),
            filter=None if filter is None else dict(filter),
            companyId=company_id,
            order=order,
            key=key,
            start=_start(start),
            maxAttempts=max_attempts,
            retrySchedule=None if retry_schedule is None else [_milliseconds(x) for x in retry_schedule],
            ackTimeoutMs=None if ack_timeout is None else _milliseconds(ack_timeout),
            maxInFlight=max_in_flight,
            maxPerKey=max_per_key,
            ratePerSecond=rate,
        )
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._hands: Optional[Hands] = None
        self._thread: Optional[threading.Thread] = None
        self._lock = threading.Lock()

    # -- life ---------------------------------------------------------------------

    @property
    def stats(self) -> WorkerStats:
        """Counts since the start."""
        return WorkerStats() if self._hands is None else self._hands.stats

    @property
    def carrier(self) -> str:
        """The one in use: `pull` or `websocket`."""
        if self._carrier == "auto":
            return "pull" if find_spec("websockets") is None else "websocket"
        return self._carrier

    @property
    def is_running(self) -> bool:
        return self._thread is not None and not self._ended.is_set()

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def declare(self, deadline: Optional[float] = None) -> None:
        """Makes the consumer unless it is there. Raises ProblemError and TransportError."""
        until = time.monotonic() + _DECLARE_SECONDS if deadline is None else deadline
        answer = self.port.call(
            "PUT", f"/api/consumers/{self.name}", self._settings, deadline=until, wait=self._stopping.wait
        )
        self.adopt_ack_timeout(member(answer, "ackTimeoutMs", int))
        self._declared = True

    def start(self) -> None:
        """Begins, in threads of its own; a node that is not there yet is waited for."""
        with self._lock:
            if self._thread is not None:
                raise RuntimeError("a worker is started once")
            self._hands = self._make_hands()
            self._hands.start()
            self._thread = threading.Thread(target=self._live, name=f"carillon-{self.name}", daemon=True)
            self._thread.start()

    def begin_stop(self) -> None:
        """Takes no further deliveries; returns at once. Any thread, and a signal's handler, may call it."""
        self._stopping.set()

    def stop(self, timeout: float = 30.0) -> bool:
        """Takes no further deliveries, gives back those that no thread has begun, and waits until the others
        are handled and settled.

        False if that takes longer: the node gives what is left to another worker, after its deadline.
        """
        end = time.monotonic() + timeout
        self.begin_stop()
        if self._thread is None or self._hands is None:
            return True
        self._hands.notify()
        self._ended.wait(timeout)
        done = self._hands.is_empty and self._ended.is_set()
        return self._hands.end(max(0.0, end - time.monotonic())) and done

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Until it has ended; raises `error` if it ended by itself. False if the time is over."""
        ended = self._ended.wait(timeout)
        if ended and self.error is not None:
            raise self.error
        return ended

    def run(self, timeout: float = 30.0) -> bool:
        """Starts, works until SIGTERM or SIGINT, and stops as `stop` does. From the main thread."""
        self.start()
        run_until_signal([self])
        done = self.stop(timeout)
        if self.error is not None:
            raise self.error
        return done

    # -- for the carriers ---------------------------------------------------------

    def pause(self, seconds: float) -> bool:
        """True if the worker is to stop."""
        return self._stopping.wait(seconds)

    def adopt_ack_timeout(self, milliseconds: int) -> None:
        """As the node has it, which decides."""
        self._ack_timeout = max(0.001, milliseconds / 1000)
        if self._hands is not None:
            self._hands.ack_timeout = self._ack_timeout

    def redeclare(self) -> None:
        """Before the next connection: the node does not know the consumer any more."""
        self._declared = False

    def ensure_declared(self) -> None:
        """Raises CarillonError, which ends the worker, if this is no port that has consumers."""
        if self._declared:
            return
        try:
            self.declare()
        except NotFoundError as why:
            raise CarillonError(f"{self.port.url} has no remote consumers: {why}") from why

    def interrupted(self, why: BaseException) -> None:
        """Counts a failure that another attempt may mend; raises one that it cannot."""
        if isinstance(why, NotFoundError):
            self.redeclare()
        elif isinstance(why, ProblemError) and not why.is_temporary and why.status < 500:
            raise why
        self.stats.interruptions += 1
        if not self._stopping.is_set():
            log.warning("the worker of %s waits for the node: %s", self.name, why)

    # -- threads ------------------------------------------------------------------

    _ack_timeout = 30.0

    def _make_hands(self) -> Hands:
        return Hands(
            self._handler,
            self._concurrency,
            self._concurrency + self._prefetch,
            self._ack_timeout,
            self._longest,
            self.name,
        )

    def _live(self) -> None:
        assert self._hands is not None
        try:
            self._wait_for_node()
            if self.carrier == "websocket":
                from .websocket import SocketCarrier

                SocketCarrier(self, self._hands).run()
            else:
                from .pull import PullCarrier

                PullCarrier(self, self._hands).run()
        except CarillonError as why:
            self.error = why
            log.error("the worker of %s ends: %s", self.name, why)
        except Exception as why:
            self.error = CarillonError(f"a fault of the worker: {type(why).__name__}: {why}")
            log.exception("the worker of %s ends", self.name)
        finally:
            self._stopping.set()
            self._ended.set()
            self._hands.end(0.0)

    def _wait_for_node(self) -> None:
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                return self.ensure_declared()
            except (TransportError, ProblemError) as why:
                self.interrupted(why)
            self.pause(backoff.next())


def run_until_signal(workers: Sequence[Union[Worker, JobWorker]]) -> None:
    """Returns after SIGTERM or SIGINT, or when a worker has ended. A second signal acts as usual."""
    signals = (signal.SIGTERM, signal.SIGINT)
    came = threading.Event()
    before: Dict[int, Any] = {}

    def on_signal(number: int, frame: object) -> None:
        signal.signal(number, before[number])
        came.set()

    for number in signals:
        before[number] = signal.getsignal(number)
    for number in signals:
        signal.signal(number, on_signal)
    try:
        while not came.wait(0.2):
            if not workers or any(not worker.is_running for worker in workers):
                return
    finally:
        # The second signal has its handler back; one that did not come gets it now.
        for number in signals:
            if signal.getsignal(number) is on_signal:
                signal.signal(number, before[number])


def _settings(**members: Any) -> Dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _milliseconds(seconds: float) -> int:
    return math.ceil(seconds * 1000)


def _start(start: Optional[Union[Moment, int]]) -> Optional[Union[str, int]]:
    if isinstance(start, (datetime.date, str)):
        return to_text(start)
    return start


__all__: List[str] = ["Carrier", "Order", "Worker", "run_until_signal"]
