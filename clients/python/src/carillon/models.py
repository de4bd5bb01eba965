"""Events and what the node answers, as typed values."""

from __future__ import annotations

import datetime
import json
import os
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Union

from .errors import BadAnswerError

#: A time: aware, or text as RFC 3339 or a day has it.
Moment = Union[datetime.datetime, datetime.date, str]


def new_id() -> str:
    """A UUIDv7 (RFC 9562): ids that are made later sort later, to the millisecond."""
    stamp = time.time_ns() // 1_000_000
    value = (stamp & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def to_text(moment: Moment) -> str:
    """RFC 3339. Raises ValueError for a time without a zone, whose meaning depends on the machine."""
    if isinstance(moment, datetime.datetime):
        if moment.tzinfo is None:
            raise ValueError("the time has no time zone: use datetime.now(timezone.utc)")
        return moment.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(moment, datetime.date):
        return moment.isoformat()
    return moment


def to_json(value: Any) -> bytes:
    """Raises ValueError or TypeError for what JSON cannot carry."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass
class NewEvent:
    """An event to publish. Its id is made here: publishing the same object again stores nothing."""

    type: str
    data: Mapping[str, Any] = field(default_factory=dict)
    company_id: Optional[str] = None
    user_id: Optional[str] = None
    id: str = field(default_factory=new_id)
    source: Optional[str] = None
    time: Optional[Moment] = None
    correlation_id: Optional[str] = None
    causation_id: Optional[str] = None
    traceparent: Optional[str] = None
    #: `none`, `user`, `company` or `all`; without it, that of the type.
    audience: Optional[str] = None
    metadata: Optional[Mapping[str, Any]] = None

    def to_wire(self, default_source: Optional[str] = None) -> Dict[str, Any]:
        """As `POST /api/events` takes it; members that are None are left out."""
        members = {
            "type": self.type,
            "id": self.id,
            "source": self.source if self.source is not None else default_source,
            "time": None if self.time is None else to_text(self.time),
            "companyId": self.company_id,
            "userId": self.user_id,
            "correlationId": self.correlation_id,
            "causationId": self.causation_id,
            "traceparent": self.traceparent,
            "audience": self.audience,
            "metadata": self.metadata,
            "data": self.data,
        }
        return {name: value for name, value in members.items() if value is not None}


@dataclass(frozen=True)
class Receipt:
    """The event is on disk."""

    #: Its position in the log.
    seq: int
    id: str
    #: It was published before; `seq` is that of the first time.
    duplicate: bool


class Delivery:
    """How an event reached a handler."""

    def __init__(self, id: str, attempt: int, replay: Optional[int], traceparent: Optional[str] = None) -> None:
        #: The same for every attempt.
        self.id = id
        #: 1 for the first one.
        self.attempt = attempt
        #: The number of the replay that delivers it again, if one does.
        self.replay = replay
        #: The trace to go on with (W3C Trace Context): the span of this delivery if the node records it, else
        #: what the event came with.
        self.traceparent = traceparent
        #: The node has given the event to another worker: what this handler does may be done twice.
        self.lost = False


@dataclass(frozen=True)
class Event:
    """An event of the log."""

    seq: int
    id: str
    type: str
    source: str
    time: str
    recorded_at: str
    audience: str
    data: Dict[str, Any]
    metadata: Dict[str, Any]
    company_id: Optional[str] = None
    user_id: Optional[str] = None
    correlation_id: Optional[str] = None
    causation_id: Optional[str] = None
    traceparent: Optional[str] = None
    #: How many events of the engine led to this one.
    hops: Optional[int] = None
    #: With `expand`: what each handler made of it.
    handlers: Optional[List[Dict[str, Any]]] = field(default=None, compare=False)
    #: With `expand`: its webhook deliveries.
    deliveries: Optional[List[Dict[str, Any]]] = field(default=None, compare=False)
    #: In a handler; None where the event was queried.
    delivery: Optional[Delivery] = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Bucket:
    """Counts of one hour or day."""

    begin: str
    counts: Dict[str, int]


def member(document: Any, name: str, kind: Any, optional: bool = False) -> Any:
    """A member of an answer, checked. Raises BadAnswerError."""
    if not isinstance(document, dict):
        raise BadAnswerError("the node answered something that is not an object")
    value = document.get(name)
    if value is None and optional:
        return None
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise BadAnswerError(f"the node's answer has no valid member {name!r}")
    return value


def receipt_from(document: Any) -> Receipt:
    return Receipt(member(document, "seq", int), member(document, "id", str), member(document, "duplicate", bool))


def event_from(document: Any, delivery: Optional[Delivery] = None) -> Event:
    """Raises BadAnswerError for what is no event."""

    def text(name: str) -> Any:
        return member(document, name, str, optional=True)

    return Event(
        seq=member(document, "seq", int),
        id=member(document, "id", str),
        type=member(document, "type", str),
        source=member(document, "source", str),
        time=member(document, "time", str),
        recorded_at=member(document, "recordedAt", str),
        audience=member(document, "audience", str),
        data=member(document, "data", dict),
        metadata=member(document, "metadata", dict),
        company_id=text("companyId"),
        user_id=text("userId"),
        correlation_id=text("correlationId"),
        causation_id=text("causationId"),
        traceparent=text("traceparent"),
        hops=member(document, "hops", int, optional=True),
        handlers=member(document, "handlers", list, optional=True),
        deliveries=member(document, "deliveries", list, optional=True),
        delivery=delivery,
    )
