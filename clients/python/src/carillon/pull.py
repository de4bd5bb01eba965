"""The carrier by HTTP: long polls, and settlements in requests of their own."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

from .backoff import Backoff
from .errors import BadAnswerError, CarillonError, ProblemError, TransportError
from .hands import Handed, Hands, Item, Outcome, handed_from
from .models import member

if TYPE_CHECKING:
    from .worker import Worker

#: How long a request waits for deliveries, which a worker that stops has to wait for as well.
_WAIT = 2.0
#: For the answer, after that.
_GRACE = 10.0
_MOST_PULLED = 1_000
_MOST_SETTLED = 1_000
#: What could not be given back so long comes again after its deadline.
_RELEASE_SECONDS = 3.0


class PullCarrier:
    """Two threads: this one pulls, the other one settles and extends."""

    def __init__(self, worker: Worker, hands: Hands) -> None:
        self._worker = worker
        self._hands = hands
        self._pulled_all = False
        self._fatal: Optional[CarillonError] = None

    def run(self) -> None:
        settler = threading.Thread(target=self._settle_all, name=f"carillon-{self._worker.name}-settle", daemon=True)
        settler.start()
        try:
            self._pull_all()
        finally:
            self._pulled_all = True
            self._hands.notify()
            settler.join()
        if self._fatal is not None:
            raise self._fatal

    # -- pulling ------------------------------------------------------------------

    def _pull_all(self) -> None:
        backoff = Backoff()
        while not self._worker.is_stopping and self._fatal is None:
            room = self._hands.wait_for_room(0.2)
            if room == 0:
                continue
            began = time.monotonic()
            try:
                self._worker.ensure_declared()
                deliveries = self._pull(min(room, _MOST_PULLED))
            except (TransportError, ProblemError) as why:
                self._worker.interrupted(why)
                self._worker.pause(backoff.next(getattr(why, "retry_after", None) or 0.0))
                continue
            if self._worker.is_stopping:
                self._release(deliveries)
                return
            self._hands.accept(deliveries, 0)
            if deliveries or time.monotonic() - began > _WAIT / 4:
                backoff.reset()
            else:
                # A node that is about to stop answers at once.
                self._worker.pause(backoff.next())

    def _pull(self, most: int) -> List[Handed]:
        body = {"max": most, "waitMs": int(_WAIT * 1000), "worker": self._worker.identity}
        answer = self._worker.port.once("POST", self._path("pull"), body, deadline=time.monotonic() + _WAIT + _GRACE)
        out = handed_from(answer)
        if len(out) > most:
            raise BadAnswerError("the node handed over more than it was asked for")
        return out

    def _path(self, call: str) -> str:
        return f"/api/consumers/{self._worker.name}/{call}"

    def _release(self, deliveries: List[Handed]) -> None:
        """Gives back what was not begun."""
        for i in range(0, len(deliveries), _MOST_SETTLED):
            self._tell("release", {}, deliveries[i : i + _MOST_SETTLED], _RELEASE_SECONDS)

    # -- settling -----------------------------------------------------------------

    def _settle_all(self) -> None:
        while not (self._pulled_all and self._hands.is_empty):
            try:
                self._hands.wait_for_work(min(0.2, self._hands.ack_timeout / 6))
                if self._worker.is_stopping:
                    self._release([handed for _, handed in self._hands.take_back()])
                self._extend(self._hands.due_extensions())
                self._settle(self._hands.outcomes())
            except CarillonError as why:
                self._fatal = why
                return
            except Exception as why:
                # Without settlements the worker would stand still and seem to work.
                self._fatal = CarillonError(f"a fault of the worker: {type(why).__name__}: {why}")
                raise

    def _settle(self, outcomes: List[Tuple[Item, Handed, Outcome]]) -> None:
        groups: Dict[Tuple[Optional[str], float, bool], List[Tuple[Item, Handed]]] = {}
        for item, handed, x in outcomes:
            groups.setdefault((x.failure, x.delay, x.dead), []).append((item, handed))
        for (failure, delay, dead), members in groups.items():
            call, more = "ack", {}
            if failure is not None:
                call, more = "nack", _nack(failure, delay, dead)
            for i in range(0, len(members), _MOST_SETTLED):
                self._settle_some(call, more, members[i : i + _MOST_SETTLED])

    def _settle_some(self, call: str, more: Dict[str, Any], members: List[Tuple[Item, Handed]]) -> None:
        # Afterwards the node has given them away, and would not take the settlement.
        self._tell(call, more, [handed for _, handed in members], self._hands.ack_timeout)
        for item, handed in members:
            self._hands.settled(item, handed)

    def _extend(self, due: List[Tuple[Item, Handed]]) -> None:
        for i in range(0, len(due), _MOST_SETTLED):
            part = [handed for _, handed in due[i : i + _MOST_SETTLED]]
            more = {"ms": max(1, int(self._hands.ack_timeout * 1000))}
            self._tell("extend", more, part, self._hands.ack_timeout / 3)

    def _tell(self, call: str, more: Dict[str, Any], members: List[Handed], seconds: float) -> None:
        """Tries for so long; what the node had given away is lost."""
        body = {"deliveries": [{"id": x.id, "fence": x.fence} for x in members], **more}
        try:
            answer = self._worker.port.call(
                "POST", self._path(call), body, deadline=time.monotonic() + max(1.0, seconds)
            )
            stale = member(answer, "stale", list)
            # By delivery, not by id: the event may have come again meanwhile.
            self._hands.lose(lambda handed, _: handed.id in stale and any(handed is x for x in members))
        except (TransportError, ProblemError) as why:
            self._worker.interrupted(why)


def _nack(failure: str, delay: float, dead: bool) -> Dict[str, Any]:
    out: Dict[str, Any] = {"reason": failure}
    if delay > 0:
        out["delayMs"] = int(delay * 1000)
    if dead:
        out["dead"] = True
    return out
