"""The client: publishing, querying, and workers."""

from __future__ import annotations

import re
import ssl
import threading
import time
import urllib.parse
from types import TracebackType
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Type, Union

from .batches import parts_of, send_part
from .errors import BadAnswerError, CarillonError, ProblemError, problem_from
from .hands import Handler
from .jobs import Jobs, JobWorker
from .models import Bucket, Event, Moment, NewEvent, Receipt, event_from, member, new_id, receipt_from, to_json, to_text
from .outbox import Outbox
from .schedules import Schedules
from .transport import Port, Query
from .version import VERSION
from .worker import Carrier, Order, Worker, run_until_signal

_SERVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")

Patterns = Union[str, Sequence[str]]


class Carillon:
    """A node, by its ports. Threads share it.

    `url` is that of the data port, `admin_url` that of the admin port, for queries only. `service` names the
    program: its events have the source `/service`, and the consumers of its handlers begin with it.
    `timeout` is how many seconds a call may take with all its repeats.
    """

    def __init__(
        self,
        url: str,
        key: Optional[str] = None,
        admin_url: Optional[str] = None,
        service: Optional[str] = None,
        *,
        timeout: float = 30.0,
        ssl_context: Optional[ssl.SSLContext] = None,
    ) -> None:
        if service is not None and not _SERVICE.fullmatch(service):
            raise ValueError(f"service {service!r} has to be 1 to 64 letters, digits, _, . or -")
        agent = f"carillon-python/{VERSION} ({service or 'unnamed'})"
        self.service = service
        self.timeout = timeout
        self.ssl_context = ssl_context
        self.data_port = Port(url, key, ssl_context, agent)
        self._admin_port = None if admin_url is None else Port(admin_url, key, ssl_context, agent)
        #: Work in queues: enqueuing, and workers.
        self.jobs = Jobs(self.data_port, timeout)
        #: Events at set times.
        self.schedules = Schedules(self.data_port, self._admin, self._source, timeout)
        self._lock = threading.Lock()
        self._workers: List[Worker] = []

    def __enter__(self) -> Carillon:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def close(self, timeout: float = 30.0) -> bool:
        """Stops the workers, which first finish what they have; false if a handler did not end in time."""
        end = time.monotonic() + timeout
        all_workers: List[Union[Worker, JobWorker]] = [*self.workers, *self.jobs.workers]
        for worker in all_workers:
            worker.begin_stop()
        done = [worker.stop(max(0.0, end - time.monotonic())) for worker in all_workers]
        self.data_port.close()
        if self._admin_port is not None:
            self._admin_port.close()
        return all(done)

    # -- publishing ---------------------------------------------------------------

    def publish(
        self,
        type: str,
        data: Optional[Mapping[str, Any]] = None,
        *,
        company_id: Optional[str] = None,
        user_id: Optional[str] = None,
        id: Optional[str] = None,
        source: Optional[str] = None,
        time: Optional[Moment] = None,
        correlation_id: Optional[str] = None,
        causation_id: Optional[str] = None,
        traceparent: Optional[str] = None,
        audience: Optional[str] = None,
        metadata: Optional[Mapping[str, Any]] = None,
        timeout: Optional[float] = None,
    ) -> Receipt:
        """Publishes one event; returns when it is on disk.

        Without an answer, or with a temporary refusal, the same event is sent again until `timeout`, with
        the same id, so that it is stored once. To go on after a TransportError or an UnavailableError, give
        the event an `id` of your own and publish it again. Raises ProblemError for a refusal.
        """
        return self.publish_event(
            NewEvent(
                type=type,
                data={} if data is None else data,
                company_id=company_id,
                user_id=user_id,
                id=new_id() if id is None else id,
                source=source,
                time=time,
                correlation_id=correlation_id,
                causation_id=causation_id,
                traceparent=traceparent,
                audience=audience,
                metadata=metadata,
            ),
            timeout=timeout,
        )

    def publish_event(self, event: NewEvent, *, timeout: Optional[float] = None) -> Receipt:
        """As `publish`; an event object may be published again at any time."""
        wire = event.to_wire(self._source)
        answer = self.data_port.call("POST", "/api/events", wire, deadline=self._deadline(timeout))
        return receipt_from(answer)

    def publish_many(
        self, events: Iterable[NewEvent], *, timeout: Optional[float] = None
    ) -> List[Union[Receipt, ProblemError]]:
        """Publishes any number of events, in requests of at most a thousand.

        One result for each event, in their order: its receipt, or why it alone was refused (returned, not
        raised). `timeout` is for each request. A request that fails raises, as in `publish`: publish the
        same objects again, and those that are stored are duplicates.
        """
        out: List[Union[Receipt, ProblemError]] = []
        for part in parts_of(to_json(event.to_wire(self._source)) for event in events):
            out += send_part(self.data_port, "/api/events", part, receipt_from, self._deadline(timeout))
        return out

    def with_transaction(self, transaction: Any, *, dialect: Optional[str] = None) -> Outbox:
        """Publishes by the caller's cursor or connection: with its transaction, or not at all. See Outbox."""
        return Outbox(transaction, source=self._source, dialect=dialect)

    # -- querying -----------------------------------------------------------------

    def events(
        self,
        types: Optional[Patterns] = None,
        *,
        filter: Optional[Mapping[str, Any]] = None,
        company_id: Optional[str] = None,
        user_id: Optional[str] = None,
        id: Optional[str] = None,
        correlation_id: Optional[str] = None,
        start: Optional[Moment] = None,
        end: Optional[Moment] = None,
        order: str = "desc",
        after: Optional[int] = None,
        limit: Optional[int] = None,
        page: int = 100,
    ) -> Iterator[Event]:
        """The events of the history, newest first unless `order` is `asc`; pages are fetched on demand.

        `filter` is what is in them, such as `{"data.total": {"$gt": 100}}`, see docs/filters.md. `limit` ends
        the iteration, `page` is how many events a request brings.
        """
        query: Dict[str, Optional[Union[str, int]]] = {
            "types": None if types is None else ",".join(_patterns(types)),
            "filter": None if filter is None else to_json(filter).decode(),
            "companyId": company_id,
            "userId": user_id,
            "id": id,
            "correlationId": correlation_id,
            "startDate": None if start is None else to_text(start),
            "endDate": None if end is None else to_text(end),
            "order": order,
            "after": after,
        }
        left = limit
        while left is None or left > 0:
            query["limit"] = page if left is None else min(page, left)
            document = self._ask("/api/events", query)
            for x in member(document, "events", list)[:left]:
                yield event_from(x)
                left = None if left is None else left - 1
            cursor = member(document, "nextCursor", str, optional=True)
            if cursor is None:
                return
            if cursor == query.get("cursor"):
                raise BadAnswerError("the node repeats a page")
            query["cursor"] = cursor

    def event(
        self,
        id: Union[int, str],
        *,
        source: Optional[str] = None,
        company_id: Optional[str] = None,
        expand: Sequence[str] = (),
        handled_within: Optional[float] = None,
    ) -> Event:
        """One event, by its position (a number) or its id (a text).

        `expand` adds `handlers` and `deliveries`. `handled_within` waits so many seconds, at most ten, until
        no handler has it to do any more; UnavailableError (`timeout`) names one that still has. Raises
        NotFoundError.
        """
        wait = handled_within
        query: Query = {
            "source": source,
            "companyId": company_id,
            "expand": ",".join(expand) or None,
            "until": None if wait is None else "handled",
            "timeoutMs": None if wait is None else int(wait * 1000),
        }
        if isinstance(id, str) and id.isascii() and id.isdigit() and source is None:
            # Digits alone are a position to the node.
            found = list(self.events(id=id, company_id=company_id, order="asc", limit=1))
            if not found:
                raise problem_from(404, {"code": "not_found", "detail": f"there is no event with the id {id!r}"})
            id = found[0].seq
        path = "/api/events/" + urllib.parse.quote(str(id), safe="")
        if wait is None:
            return event_from(self._ask(path, query))
        return event_from(self._admin().once("GET", path, query=query, deadline=self._deadline(wait + 5.0)))

    def stats(
        self, start: Optional[Moment] = None, end: Optional[Moment] = None, *, company_id: Optional[str] = None
    ) -> Dict[str, int]:
        """How many events there are of each type: `{"order.created": 45}`. Whole hours are counted."""
        return _counts(self._ask("/api/events/stats", _period(start, end, company_id)))

    def buckets(
        self,
        bucket: str,
        start: Optional[Moment] = None,
        end: Optional[Moment] = None,
        *,
        company_id: Optional[str] = None,
    ) -> List[Bucket]:
        """The counts of each `hour` or `day` that has events, in their order."""
        document = self._ask("/api/events/stats", {**_period(start, end, company_id), "bucket": bucket})
        return [
            Bucket(member(x, "begin", str), _counts(member(x, "counts", dict)))
            for x in member(document, "buckets", list)
        ]

    def _ask(self, path: str, query: Query) -> Any:
        return self._admin().call("GET", path, query=query, deadline=self._deadline(None))

    def _admin(self) -> Port:
        if self._admin_port is None:
            raise CarillonError("queries go to the admin port: give Carillon its admin_url")
        return self._admin_port

    # -- workers ------------------------------------------------------------------

    @property
    def workers(self) -> List[Worker]:
        """What `subscribe` has made."""
        with self._lock:
            return list(self._workers)

    def subscribe(
        self,
        pattern: Patterns,
        handler: Handler,
        *,
        name: Optional[str] = None,
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
        declare_within: Optional[float] = None,
    ) -> Worker:
        """Has `handler` called with each event of these types, durably: what it missed comes later.

        Returns when the node has the consumer, which is named `service.function` unless `name` says
        otherwise. A handler that returns has handled the event; one that raises gets it again, see Retry and
        Reject. Several processes that subscribe with the same name share the events. See Worker for the
        other parameters. Raises ConflictError if a consumer of this name has other types or another order.
        """
        worker = Worker(
            self.data_port,
            self._consumer_name(handler, name),
            handler,
            types=_patterns(pattern),
            filter=filter,
            order=order,
            key=key,
            concurrency=concurrency,
            company_id=company_id,
            start=start,
            max_attempts=max_attempts,
            retry_schedule=retry_schedule,
            ack_timeout=ack_timeout,
            max_in_flight=max_in_flight,
            max_per_key=max_per_key,
            rate=rate,
            prefetch=prefetch,
            longest=longest,
            carrier=carrier,
            ssl_context=self.ssl_context,
        )
        worker.declare(self._deadline(declare_within))
        worker.start()
        with self._lock:
            self._workers.append(worker)
        return worker

    def run(self, timeout: float = 30.0) -> bool:
        """Lets the workers work until SIGTERM or SIGINT, then stops them as `close` does.

        From the main thread. Raises the error of a worker that cannot go on, e.g. since its key was removed.
        """
        all_workers: List[Union[Worker, JobWorker]] = [*self.workers, *self.jobs.workers]
        run_until_signal(all_workers)
        done = self.close(timeout)
        for worker in all_workers:
            if worker.error is not None:
                raise worker.error
        return done

    def _consumer_name(self, handler: Handler, given: Optional[str]) -> str:
        if given is not None:
            return given
        function = getattr(handler, "__name__", "")
        if self.service is None or not function.isidentifier():
            raise ValueError("give the subscription a name: it is that of its place in the log")
        name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", f"{self.service}.{function}").lower()
        return re.sub(r"[^a-z0-9._-]", "_", name)

    # -- helpers ------------------------------------------------------------------

    @property
    def _source(self) -> Optional[str]:
        return None if self.service is None else f"/{self.service}"

    def _deadline(self, timeout: Optional[float]) -> float:
        return time.monotonic() + (self.timeout if timeout is None else timeout)


def _patterns(types: Patterns) -> List[str]:
    return [types] if isinstance(types, str) else list(types)


def _period(start: Optional[Moment], end: Optional[Moment], company_id: Optional[str]) -> Dict[str, Any]:
    return {
        "startDate": None if start is None else to_text(start),
        "endDate": None if end is None else to_text(end),
        "companyId": company_id,
    }


def _counts(document: Any) -> Dict[str, int]:
    if not isinstance(document, dict):
        raise BadAnswerError("the node answered something that is not an object")
    return {name: member(document, name, int) for name in document}
