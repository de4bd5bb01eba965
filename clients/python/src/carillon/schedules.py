"""Events at set times: schedules, and events that wait for their time. docs/schedules.md."""

from __future__ import annotations

import time
import urllib.parse
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Union

from .errors import ConflictError, NotFoundError
from .models import Moment, NewEvent, member, new_id, to_text
from .transport import Port


@dataclass(frozen=True)
class Schedule:
    """A schedule as the node has it."""

    name: str
    company_id: Optional[str]
    cron: Optional[str]
    time_zone: Optional[str]
    every: Optional[str]
    at: Optional[str]
    #: `skip`, `once` or `all`.
    missed: str
    paused: bool
    #: None: it is paused, or over.
    next_at: Optional[str]
    last_at: Optional[str]
    fired: int
    skipped: int
    failed: int
    last_error: Optional[str]
    #: The next ten occurrences, in UTC; empty in lists.
    next: List[str]


@dataclass(frozen=True)
class DelayedEvent:
    """An event that waits for its time."""

    #: For `cancel`.
    delayed_id: int
    #: Of the event.
    id: str
    type: str
    publish_at: str
    #: `waiting`, `taken` or `failed`.
    state: str


class Schedules:
    """The schedules of a node: `Carillon.schedules`. They need the admin port, and the key of an admin."""

    def __init__(self, data: Port, admin: Callable[[], Port], source: Optional[str], timeout: float) -> None:
        self._data = data
        self._admin = admin
        self._source = source
        self._timeout = timeout

    def put(
        self,
        name: str,
        type: str,
        data: Optional[Mapping[str, Any]] = None,
        *,
        cron: Optional[str] = None,
        time_zone: Optional[str] = None,
        every: Optional[str] = None,
        at: Optional[Moment] = None,
        missed: Optional[str] = None,
        company_id: Optional[str] = None,
        user_id: Optional[str] = None,
        audience: Optional[str] = None,
        metadata: Optional[Mapping[str, Any]] = None,
    ) -> Schedule:
        """Makes a schedule, or replaces it; one of `cron`, `every` (`90s`, `15m`, `2h`, `1d`) and `at` is given.

        Each occurrence is an event of the source `/schedules/<name>` with the occurrence in UTC as its id. The same
        schedule again changes nothing.
        """
        event = {"type": type, "data": {} if data is None else data, "userId": user_id, "audience": audience}
        if metadata is not None:
            event["metadata"] = metadata
        body = {
            "cron": cron,
            "timeZone": time_zone,
            "every": every,
            "at": None if at is None else to_text(at),
            "missed": missed,
            "companyId": company_id,
            "event": {key: value for key, value in event.items() if value is not None},
        }
        wire = {key: value for key, value in body.items() if value is not None}
        return _schedule_from(self._ask("PUT", name, body=wire))

    def get(self, name: str, company_id: Optional[str] = None) -> Schedule:
        """Raises NotFoundError."""
        return _schedule_from(self._ask("GET", name, company_id=company_id))

    def delete(self, name: str, company_id: Optional[str] = None) -> None:
        """Raises NotFoundError."""
        self._ask("DELETE", name, company_id=company_id)

    def pause(self, name: str, company_id: Optional[str] = None) -> Schedule:
        """Its occurrences do not happen until it is resumed."""
        return _schedule_from(self._ask("POST", name, "/pause", company_id=company_id))

    def resume(self, name: str, company_id: Optional[str] = None) -> Schedule:
        return _schedule_from(self._ask("POST", name, "/resume", company_id=company_id))

    def list(self, company_id: Optional[str] = None) -> Iterator[Schedule]:
        """All of them; pages are fetched on demand."""
        query: Dict[str, Optional[Union[str, int]]] = {"companyId": company_id}
        while True:
            page = self._admin().call("GET", "/api/schedules", query=query, deadline=self._deadline())
            for x in member(page, "schedules", list):
                yield _schedule_from(x)
            cursor = member(page, "nextCursor", str, optional=True)
            if cursor is None:
                return
            query["cursor"] = cursor

    def publish_later(
        self,
        type: str,
        data: Optional[Mapping[str, Any]] = None,
        *,
        at: Moment,
        id: Optional[str] = None,
        company_id: Optional[str] = None,
        user_id: Optional[str] = None,
        audience: Optional[str] = None,
        metadata: Optional[Mapping[str, Any]] = None,
    ) -> DelayedEvent:
        """Publishes an event at a time, at most 366 days ahead; returns when the node has it on disk.

        Without an answer it is sent again with the same id.
        """
        event = NewEvent(
            type=type,
            data={} if data is None else data,
            id=new_id() if id is None else id,
            company_id=company_id,
            user_id=user_id,
            audience=audience,
            metadata=metadata,
        )
        answer = self._data.call(
            "POST",
            "/api/events",
            event.to_wire(self._source),
            query={"publishAt": to_text(at)},
            deadline=self._deadline(),
        )
        return _delayed_from(answer)

    def cancel(self, delayed: Union[int, DelayedEvent]) -> bool:
        """False if it does not wait any more: it was published, is being published, or was cancelled."""
        number = delayed if isinstance(delayed, int) else delayed.delayed_id
        try:
            self._data.once("DELETE", f"/api/delayed-events/{number}", deadline=self._deadline())
        except (NotFoundError, ConflictError):
            return False
        return True

    def _ask(
        self, method: str, name: str, rest: str = "", *, body: Any = None, company_id: Optional[str] = None
    ) -> Any:
        path = "/api/schedules/" + urllib.parse.quote(name, safe="") + rest
        if method == "DELETE":
            return self._admin().once(method, path, query={"companyId": company_id}, deadline=self._deadline())
        return self._admin().call(method, path, body, query={"companyId": company_id}, deadline=self._deadline())

    def _deadline(self) -> float:
        return time.monotonic() + self._timeout


def _schedule_from(document: Any) -> Schedule:
    return Schedule(
        member(document, "name", str),
        member(document, "companyId", str, optional=True),
        member(document, "cron", str, optional=True),
        member(document, "timeZone", str, optional=True),
        member(document, "every", str, optional=True),
        member(document, "at", str, optional=True),
        member(document, "missed", str),
        member(document, "paused", bool),
        member(document, "nextAt", str, optional=True),
        member(document, "lastAt", str, optional=True),
        member(document, "fired", int),
        member(document, "skipped", int),
        member(document, "failed", int),
        member(document, "lastError", str, optional=True),
        list(member(document, "next", list)) if "next" in document else [],
    )


def _delayed_from(document: Any) -> DelayedEvent:
    return DelayedEvent(
        member(document, "delayedId", int),
        member(document, "id", str),
        member(document, "type", str),
        member(document, "publishAt", str),
        member(document, "state", str),
    )
