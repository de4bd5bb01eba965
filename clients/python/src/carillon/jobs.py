"""Jobs: work in queues, docs/jobs.md."""

from __future__ import annotations

import inspect
import logging
import os
import re
import socket
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Tuple, Union

from .backoff import Backoff
from .batches import parts_of, send_part
from .errors import CarillonError, ProblemError, TransportError
from .hands import Reject, Retry
from .models import Moment, member, new_id, to_json, to_text
from .transport import Port

log = logging.getLogger("carillon")

_QUEUE = re.compile(r"[a-z][a-z0-9_-]{0,63}")
#: How long a request waits for a job, which a worker that stops has to wait for as well.
_WAIT = 2.0
#: For the answer, after that.
_GRACE = 10.0
#: After so many seconds a job has failed unless it is extended, if the node does not say.
_ACK_SECONDS = 30.0
#: For the end of a job to reach the node.
_END = 30.0
_REASON_CHARACTERS = 900
_RESULT_BYTES = 32 * 1024


@dataclass(frozen=True)
class Enqueued:
    """The job is on disk."""

    id: int
    queue: str
    kind: str
    key: str
    #: It was enqueued before; `id` is that of the first time.
    duplicate: bool


@dataclass
class NewJob:
    """A job to enqueue. Its key is made here: enqueuing the same object again adds nothing."""

    queue: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    #: What is to be done: the queue, a dot and more; without it, the queue.
    kind: Optional[str] = None
    key: str = field(default_factory=new_id)
    company_id: Optional[str] = None
    #: Not before.
    run_at: Optional[Moment] = None
    #: -100 to 100; the highest goes first.
    priority: Optional[int] = None
    #: The trace that it belongs to (W3C Trace Context); one that is not understood is left out.
    traceparent: Optional[str] = None

    def to_wire(self) -> Dict[str, Any]:
        """As `POST /api/jobs` takes it; members that are None are left out."""
        members = {
            "queue": self.queue,
            "kind": self.kind,
            "payload": self.payload,
            "key": self.key,
            "companyId": self.company_id,
            "runAt": None if self.run_at is None else to_text(self.run_at),
            "priority": self.priority,
            "traceparent": self.traceparent,
        }
        return {name: value for name, value in members.items() if value is not None}


@dataclass(frozen=True)
class Progress:
    """What a worker said last."""

    note: str
    percent: Optional[int]
    at: str


@dataclass(frozen=True)
class JobState:
    """A job as the node has it."""

    id: int
    queue: str
    kind: str
    key: str
    #: `queued`, `running`, `done`, `dead` or `cancelled`.
    state: str
    attempts: int
    payload: Dict[str, Any]
    company_id: Optional[str]
    last_error: Optional[str]
    #: What the worker returned.
    result: Any
    progress: Optional[Progress]


class Job:
    """A job in the hands of a worker."""

    def __init__(self, port: Port, document: Any, hold: float = _ACK_SECONDS) -> None:
        inner = member(document, "job", dict)
        self.id = member(inner, "id", int)
        self.queue = member(inner, "queue", str)
        self.kind = member(inner, "kind", str)
        self.key = member(inner, "key", str)
        self.company_id = member(inner, "companyId", str, optional=True)
        self.payload: Dict[str, Any] = member(inner, "payload", dict)
        #: 1 for the first one.
        self.attempt = member(document, "attempt", int)
        #: The trace to go on with: the span of this attempt if the node records it, else what the job came with.
        self.traceparent = member(document, "traceparent", str, optional=True)
        #: The node has given the job to another worker: what this one does may be done twice.
        self.lost = False
        #: Seconds to which it is extended from then on, three times as often.
        self._hold = hold
        self._port = port
        self._ref = {"id": member(document, "id", str), "fence": member(document, "fence", str)}

    def progress(self, note: str = "", percent: Optional[int] = None) -> bool:
        """Says how far it is: a note of at most 500 bytes, a number of 0 to 100, or both. False if it is lost."""
        more: Dict[str, Any] = {} if percent is None else {"percent": percent}
        return self._tell("progress", {"note": note, **more}, 5.0)

    def extend(self, seconds: float) -> bool:
        """It has so much time from now on, at most an hour. False if it is lost."""
        return self._tell("extend", {"ms": max(1, int(seconds * 1000))}, max(1.0, self._hold / 3))

    def _tell(self, call: str, more: Mapping[str, Any], seconds: float) -> bool:
        answer = self._port.call(
            "POST", f"/api/jobs/queues/{self.queue}/{call}", {**self._ref, **more}, deadline=time.monotonic() + seconds
        )
        self.lost = self.lost or bool(member(answer, "stale", list))
        return not self.lost


JobHandler = Callable[[Job], Any]


class JobWorker:
    """Threads that take jobs of a queue, one each at a time. `Jobs.work` makes them."""

    def __init__(self, port: Port, queue: str, handler: JobHandler, concurrency: int, longest: float) -> None:
        if not _QUEUE.fullmatch(queue):
            raise ValueError(f"a queue's name has 1 to 64 of a-z 0-9 _ - and begins with a letter, not {queue!r}")
        if inspect.iscoroutinefunction(handler):
            raise TypeError("a handler is a plain function; it may call asyncio.run")
        if not 1 <= concurrency <= 1000:
            raise ValueError("concurrency is 1 to 1000")
        self.queue = queue
        #: Why it ended by itself: the node does not accept it.
        self.error: Optional[CarillonError] = None
        #: Jobs that were done, that failed, and that the node gave to another worker meanwhile.
        self.done = 0
        self.failed = 0
        self.lost = 0
        self._port = port
        self._handler = handler
        self._longest = longest
        self._identity = f"{socket.gethostname()}:{os.getpid()}"[:100]
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        #: When each running job began, and when it is to be extended.
        self._running: Dict[Job, Tuple[float, float]] = {}
        self._threads = [
            threading.Thread(target=self._live, name=f"carillon-{queue}-{i}", daemon=True) for i in range(concurrency)
        ]
        self._extender = threading.Thread(target=self._extend_all, name=f"carillon-{queue}-extend", daemon=True)

    @property
    def is_running(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def start(self) -> None:
        for thread in (*self._threads, self._extender):
            thread.start()

    def begin_stop(self) -> None:
        """Takes no further jobs; returns at once."""
        self._stopping.set()

    def stop(self, timeout: float = 30.0) -> bool:
        """Takes no further jobs, and waits until those in hand are done; false if that takes longer."""
        end = time.monotonic() + timeout
        self.begin_stop()
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not self.is_running

    # -- threads ------------------------------------------------------------------

    def _live(self) -> None:
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                job = self._pull()
                backoff.reset()
                if job is not None:
                    self._do(job)
            except (TransportError, ProblemError) as why:
                if isinstance(why, ProblemError) and not why.is_temporary and why.status < 500:
                    self._give_up(why)
                    return
                log.warning("a worker of the queue %s waits for the node: %s", self.queue, why)
                self._stopping.wait(backoff.next(getattr(why, "retry_after", None) or 0.0))
            except CarillonError as why:
                self._give_up(why)
                return

    def _give_up(self, why: CarillonError) -> None:
        self.error = why
        self._stopping.set()
        log.error("the worker of the queue %s ends: %s", self.queue, why)

    def _pull(self) -> Optional[Job]:
        body = {"max": 1, "waitMs": int(_WAIT * 1000), "worker": self._identity}
        began = time.monotonic()
        answer = self._port.once(
            "POST", f"/api/jobs/queues/{self.queue}/pull", body, deadline=began + _WAIT + _GRACE
        )
        found = member(answer, "deliveries", list)
        if not found and time.monotonic() - began < _WAIT / 4:
            # A node that is about to stop answers at once.
            self._stopping.wait(_WAIT / 4)
        hold = member(answer, "ackTimeoutMs", int, optional=True)
        return Job(self._port, found[0], _ACK_SECONDS if hold is None else hold / 1000) if found else None

    def _do(self, job: Job) -> None:
        began = time.monotonic()
        with self._lock:
            self._running[job] = (began, began + job._hold / 3)
        try:
            call, more = self._run(job)
        finally:
            with self._lock:
                del self._running[job]
        if job._tell(call, more, _END):
            with self._lock:
                self.done += call == "ack"
                self.failed += call == "nack"
        else:
            with self._lock:
                self.lost += 1

    def _run(self, job: Job) -> "tuple[str, Dict[str, Any]]":
        try:
            result = self._handler(job)
            if result is None:
                return "ack", {}
            if len(to_json(result)) > _RESULT_BYTES:
                return "nack", {"reason": "the result has more than 32 KiB", "dead": True}
            return "ack", {"result": result}
        except Reject as why:
            return "nack", {"reason": _reason(why), "dead": True}
        except Retry as why:
            return "nack", {"reason": _reason(why), "delayMs": int(max(0.0, why.after) * 1000)}
        except BaseException as why:  # the thread goes on, whatever ended the handler
            log.exception("job %s of the queue %s failed", job.id, self.queue)
            return "nack", {"reason": f"{type(why).__name__}: {_reason(why)}"[:_REASON_CHARACTERS]}

    def _extend_all(self) -> None:
        """Until the threads have ended: a job that runs keeps its worker."""
        pause = threading.Event()
        while self.is_running:
            pause.wait(0.1)
            now = time.monotonic()
            with self._lock:
                due = [job for job, (began, at) in self._running.items() if at <= now < began + self._longest]
                for job in due:
                    self._running[job] = (self._running[job][0], now + job._hold / 3)
            for job in due:
                try:
                    job.extend(job._hold)
                except CarillonError as why:
                    log.warning("job %s could not be extended: %s", job.id, why)


class Jobs:
    """The jobs of a node: `Carillon.jobs`."""

    def __init__(self, port: Port, timeout: float) -> None:
        self._port = port
        self._timeout = timeout
        self._lock = threading.Lock()
        self._workers: List[JobWorker] = []

    @property
    def workers(self) -> List[JobWorker]:
        """What `work` has made."""
        with self._lock:
            return list(self._workers)

    def enqueue(
        self,
        queue: str,
        payload: Optional[Mapping[str, Any]] = None,
        *,
        kind: Optional[str] = None,
        key: Optional[str] = None,
        company_id: Optional[str] = None,
        run_at: Optional[Moment] = None,
        priority: Optional[int] = None,
        traceparent: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> Enqueued:
        """Enqueues a job; returns when it is on disk.

        Without an answer the same job is sent again until `timeout`, with the same key, so that it is enqueued
        once. Raises ConflictError if the key is that of another job, and for queues of the node's own.
        """
        job = NewJob(
            queue=queue,
            payload={} if payload is None else payload,
            kind=kind,
            key=new_id() if key is None else key,
            company_id=company_id,
            run_at=run_at,
            priority=priority,
            traceparent=traceparent,
        )
        return _enqueued_from(self._port.call("POST", "/api/jobs", job.to_wire(), deadline=self._deadline(timeout)))

    def enqueue_many(
        self, jobs: Iterable[NewJob], *, timeout: Optional[float] = None
    ) -> List[Union[Enqueued, ProblemError]]:
        """Enqueues any number of jobs, in requests of at most a thousand.

        One result for each job, in their order: that it is on disk, or why it alone was refused (returned, not
        raised). `timeout` is for each request. A request that fails raises, as in `enqueue`: enqueue the same
        objects again, and those that are there are duplicates.
        """
        out: List[Union[Enqueued, ProblemError]] = []
        for part in parts_of(to_json(job.to_wire()) for job in jobs):
            out += send_part(self._port, "/api/jobs", part, _enqueued_from, self._deadline(timeout))
        return out

    def get(self, id: int) -> JobState:
        """A job with its state, progress and result. Raises NotFoundError."""
        path = "/api/jobs/" + urllib.parse.quote(str(id), safe="")
        return _state_from(self._port.call("GET", path, deadline=self._deadline(None)))

    def wait(self, id: int, timeout: float = 30.0) -> JobState:
        """The job when it is done, dead or cancelled, or as it is after so many seconds."""
        end = time.monotonic() + timeout
        pause = 0.05
        while True:
            out = self.get(id)
            if out.state in ("done", "dead", "cancelled") or time.monotonic() + pause > end:
                return out
            time.sleep(pause)
            pause = min(pause * 1.5, 2.0)

    def work(self, queue: str, handler: JobHandler, *, concurrency: int = 1, longest: float = 3600.0) -> JobWorker:
        """Has `handler` called with the jobs of a queue, `concurrency` at a time.

        What it returns, if anything, is the job's result; it raises Retry or Reject, or anything else, for a job
        that failed. While it runs the job is extended, but not longer than `longest` seconds.
        """
        worker = JobWorker(self._port, queue, handler, concurrency, longest)
        worker.start()
        with self._lock:
            self._workers.append(worker)
        return worker

    def _deadline(self, timeout: Optional[float]) -> float:
        return time.monotonic() + (self._timeout if timeout is None else timeout)


def _enqueued_from(document: Any) -> Enqueued:
    return Enqueued(
        member(document, "id", int),
        member(document, "queue", str),
        member(document, "kind", str),
        member(document, "key", str),
        member(document, "duplicate", bool),
    )


def _state_from(document: Any) -> JobState:
    said = member(document, "progress", dict, optional=True)
    return JobState(
        id=member(document, "id", int),
        queue=member(document, "queue", str),
        kind=member(document, "kind", str),
        key=member(document, "key", str),
        state=member(document, "state", str),
        attempts=member(document, "attempts", int),
        payload=member(document, "payload", dict),
        company_id=member(document, "companyId", str, optional=True),
        last_error=member(document, "lastError", str, optional=True),
        result=document.get("result"),
        progress=None
        if said is None
        else Progress(member(said, "note", str), member(said, "percent", int, optional=True), member(said, "at", str)),
    )


def _reason(why: BaseException) -> str:
    try:
        text = str(why)[:_REASON_CHARACTERS]
    except Exception:
        text = "?"
    return text.encode("utf-8", "replace").decode().replace("\0", "?")
