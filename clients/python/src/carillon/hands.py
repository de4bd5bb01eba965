"""The deliveries that a worker has, and the threads that handle them. Both carriers use it."""

from __future__ import annotations

import collections
import logging
import threading
import time
from dataclasses import dataclass
from typing import Any, Callable, Deque, Dict, List, Optional, Sequence, Tuple

from .errors import BadAnswerError
from .models import Delivery, Event, event_from, member

log = logging.getLogger("carillon")

_REASON_CHARACTERS = 900

Handler = Callable[[Event], object]


class Retry(Exception):
    """Raised by a handler: the event comes again, no earlier than `after` seconds from now."""

    def __init__(self, reason: str = "", after: float = 0.0) -> None:
        super().__init__(reason or "the handler asked for another attempt")
        self.after = after


class Reject(Exception):
    """Raised by a handler: no further attempt helps; the event becomes a dead letter."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason or "the handler rejected it")


@dataclass(frozen=True)
class Handed:
    """A delivery as it came over the wire."""

    id: str
    fence: str
    attempt: int
    replay: Optional[int]
    event: Any
    traceparent: Optional[str] = None


def handed_from(document: Any) -> List[Handed]:
    """The `deliveries` of an answer or a message. Raises BadAnswerError."""
    out = []
    for x in member(document, "deliveries", list):
        event_from(member(x, "event", dict))
        out.append(
            Handed(
                member(x, "id", str),
                member(x, "fence", str),
                member(x, "attempt", int),
                member(x, "replay", int, optional=True),
                x["event"],
                member(x, "traceparent", str, optional=True),
            )
        )
    if len({x.id for x in out}) != len(out):
        raise BadAnswerError("the node handed over a delivery twice")
    return out


@dataclass
class Outcome:
    """What became of a delivery: an acknowledgement, or a reason why not."""

    failure: Optional[str] = None
    delay: float = 0.0
    dead: bool = False


@dataclass
class Item:
    """A delivery in hand, from its arrival until the node knows the outcome."""

    handed: Handed
    #: The connection that it came by.
    epoch: int
    arrived: float
    extended: float
    public: Delivery
    running: bool = False
    outcome: Optional[Outcome] = None


@dataclass
class WorkerStats:
    """Counts since the start of a worker."""

    #: Handlers that returned.
    handled: int = 0
    #: Handlers that raised.
    failed: int = 0
    #: Deliveries that the node gave to another worker before this one was done.
    lost: int = 0
    #: Times that the deadline of a delivery was moved.
    extended: int = 0
    #: Connections or requests that failed.
    interruptions: int = 0


class Hands:
    """A bounded number of deliveries, handled by `concurrency` threads.

    A delivery that comes again while it is still handled, since its acknowledgement was late, is not
    handled a second time at once: the handler that runs settles it.
    """

    def __init__(
        self, handler: Handler, concurrency: int, capacity: int, ack_timeout: float, longest: float, name: str
    ) -> None:
        self.capacity = capacity
        self.ack_timeout = ack_timeout
        self.stats = WorkerStats()
        self._longest = longest
        self._handler = handler
        self._changed = threading.Condition()
        self._items: Dict[str, Item] = {}
        self._waiting: Deque[Item] = collections.deque()
        self._listener: Callable[[], None] = lambda: None
        self._ended = False
        self._threads = [
            threading.Thread(target=self._work, name=f"carillon-{name}-{i}", daemon=True) for i in range(concurrency)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def listen(self, listener: Callable[[], None]) -> None:
        """`listener` is called by the threads after each outcome; it must not block."""
        self._listener = listener

    # -- arrivals -----------------------------------------------------------------

    @property
    def room(self) -> int:
        with self._changed:
            return max(0, self.capacity - len(self._items))

    @property
    def is_empty(self) -> bool:
        with self._changed:
            return not self._items

    def wait(self, timeout: float) -> None:
        """Until something changes."""
        with self._changed:
            self._changed.wait(timeout)

    def wait_for_room(self, timeout: float) -> int:
        with self._changed:
            self._changed.wait_for(lambda: len(self._items) < self.capacity, timeout)
            return max(0, self.capacity - len(self._items))

    def wait_for_work(self, timeout: float) -> None:
        """Until an outcome has to be sent or an extension is due."""
        with self._changed:
            self._changed.wait_for(lambda: any(x.outcome for x in self._items.values()), timeout)

    def notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def accept(self, deliveries: Sequence[Handed], epoch: int) -> None:
        now = time.monotonic()
        with self._changed:
            for x in deliveries:
                known = self._items.get(x.id)
                if known is not None:
                    known.handed, known.epoch, known.extended = x, epoch, now
                    known.public.lost = False
                    continue
                item = Item(x, epoch, now, now, Delivery(x.id, x.attempt, x.replay, x.traceparent))
                self._items[x.id] = item
                self._waiting.append(item)
            self._changed.notify_all()

    def take_back(self) -> List[Tuple[Item, Handed]]:
        """Those that no thread handles yet: they leave, since the worker ends."""
        out = []
        with self._changed:
            while self._waiting:
                item = self._waiting.popleft()
                if self._items.get(item.handed.id) is item:
                    del self._items[item.handed.id]
                    out.append((item, item.handed))
            self._changed.notify_all()
        return out

    # -- outcomes -----------------------------------------------------------------

    def outcomes(self) -> List[Tuple[Item, Handed, Outcome]]:
        """What is to be told to the node."""
        with self._changed:
            return [(x, x.handed, x.outcome) for x in self._items.values() if x.outcome is not None]

    def settled(self, item: Item, as_handed: Handed) -> None:
        """The node knows the outcome, or cannot be told any more."""
        with self._changed:
            # It may have come again meanwhile: then that delivery has to be settled, too.
            if item.handed is as_handed and self._items.get(item.handed.id) is item:
                del self._items[item.handed.id]
                self._changed.notify_all()

    def due_extensions(self) -> List[Tuple[Item, Handed]]:
        """Deliveries without an outcome whose deadline is to be moved now."""
        now = time.monotonic()
        out = []
        with self._changed:
            for x in self._items.values():
                is_long = now - x.arrived > self._longest
                if x.outcome is None and not is_long and now - x.extended >= self.ack_timeout / 3:
                    x.extended = now
                    self.stats.extended += 1
                    out.append((x, x.handed))
        return out

    def lose(self, lost: Callable[[Handed, int], bool]) -> None:
        """The node has given these to another worker: those that no thread handles yet are dropped.

        `lost` tells, of a delivery and the connection that it came by, whether it is one of them.
        """
        with self._changed:
            for id, item in list(self._items.items()):
                if not lost(item.handed, item.epoch):
                    continue
                if not item.public.lost:
                    self.stats.lost += 1
                item.public.lost = True
                if not item.running and item.outcome is None:
                    del self._items[id]
            self._changed.notify_all()

    def end(self, timeout: float) -> bool:
        """Ends the threads, which finish what they handle; false if one does not in time."""
        end = time.monotonic() + timeout
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    # -- threads ------------------------------------------------------------------

    def _next(self) -> Optional[Item]:
        with self._changed:
            while True:
                while self._waiting:
                    item = self._waiting.popleft()
                    if self._items.get(item.handed.id) is not item:
                        continue
                    if time.monotonic() - item.extended > self.ack_timeout:
                        # The node has given it away; another worker may have it.
                        del self._items[item.handed.id]
                        self.stats.lost += 1
                        continue
                    item.running = True
                    return item
                if self._ended:
                    return None
                self._changed.wait()

    def _work(self) -> None:
        while True:
            item = self._next()
            if item is None:
                return
            outcome = self._handle(item)
            with self._changed:
                item.running = False
                item.outcome = outcome
                if outcome.failure is None:
                    self.stats.handled += 1
                else:
                    self.stats.failed += 1
                self._changed.notify_all()
            self._listener()

    def _handle(self, item: Item) -> Outcome:
        try:
            result = self._handler(event_from(item.handed.event, item.public))
            if hasattr(result, "__await__"):
                close = getattr(result, "close", None)
                if close is not None:
                    close()
                return Outcome("the handler is asynchronous: it was not run")
            return Outcome()
        except Reject as why:
            return Outcome(_reason(why), dead=True)
        except Retry as why:
            return Outcome(_reason(why), delay=max(0.0, why.after))
        except BaseException as why:  # the thread goes on, whatever ended the handler
            log.exception("the handler of %s failed", item.handed.id)
            return Outcome(f"{type(why).__name__}: {_reason(why)}"[:_REASON_CHARACTERS])


def _reason(why: BaseException) -> str:
    try:
        text = str(why)[:_REASON_CHARACTERS]
    except Exception:
        text = "?"
    # Half of a surrogate pair and a zero byte are not valid in the node's JSON.
    return text.encode("utf-8", "replace").decode().replace("\0", "?")
