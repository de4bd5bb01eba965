"""Publishing within a transaction of the application's database: an event is committed with its rows, or not at all."""

from __future__ import annotations

import datetime
import sys
from typing import Any, Dict, List, Mapping, Optional, Tuple

from .models import Moment, new_id, to_json, to_text

_COLUMNS = (
    "id",
    "type",
    "source",
    "company_id",
    "user_id",
    "correlation_id",
    "causation_id",
    "traceparent",
    "audience",
    "data",
    "metadata",
    "occurred_at",
)

#: The dialect of each driver, by the first part of its module's name.
_DIALECTS = {
    "psycopg": "postgresql",
    "psycopg2": "postgresql",
    "psycopg2cffi": "postgresql",
    "pg8000": "postgresql",
    "pymysql": "mysql",
    "MySQLdb": "mysql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite3": "sqlite",
    "sqlcipher3": "sqlite",
}

_CASTS = {"data": "json", "metadata": "json", "occurred_at": "timestamptz"}


class Outbox:
    """Writes events into the table `carillon_outbox` by a cursor or connection of DB-API 2.0.

    What is published becomes an event when the caller's transaction commits: a relay moves it to the node, once,
    in the order of the rows. See docs/outbox.md. Commits nothing. For the thread of the cursor.

    On PostgreSQL the function `carillon.publish` is called, for which a role needs no right on the table; elsewhere
    the row is inserted. `dialect` (`postgresql`, `mysql`, `sqlite`) and `paramstyle` are known for the common drivers.
    """

    def __init__(
        self,
        transaction: Any,
        *,
        source: Optional[str] = None,
        dialect: Optional[str] = None,
        paramstyle: Optional[str] = None,
    ) -> None:
        driver = _module_of(transaction)
        known = dialect or _DIALECTS.get(driver.split(".")[0])
        if known not in ("postgresql", "mysql", "sqlite"):
            raise ValueError(f"dialect {known!r} of {driver} has to be postgresql, mysql or sqlite")
        self._cursor = transaction.cursor() if hasattr(transaction, "cursor") else transaction
        self._source = source
        self._dialect = known
        self._style = paramstyle or _style_of(driver)

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
    ) -> str:
        """Publishes with the transaction; returns the id of the event. Errors are those of the driver.

        Nothing is checked here but that `data` is JSON: what the node refuses goes aside, with its reason, into
        `carillon_outbox_refused`.
        """
        values: Dict[str, Any] = {
            "id": new_id() if id is None else id,
            "type": type,
            "source": source if source is not None else (self._source or "/outbox"),
            "company_id": company_id,
            "user_id": user_id,
            "correlation_id": correlation_id,
            "causation_id": causation_id,
            "traceparent": traceparent,
            "audience": audience,
            "data": to_json({} if data is None else data).decode(),
            "metadata": None if metadata is None else to_json(metadata).decode(),
            "occurred_at": None if time is None else to_text(time),
        }
        # The table has the time of the statement, unless there is one.
        names = [x for x in _COLUMNS if values[x] is not None]
        if self._dialect == "mysql" and time is not None:
            values["occurred_at"] = _seconds(to_text(time))
        statement, parameters = self._statement(names, values)
        self._cursor.execute(statement, parameters)
        return str(values["id"])

    def _statement(self, names: List[str], values: Dict[str, Any]) -> Tuple[str, Any]:
        marks = [self._mark(index, name) for index, name in enumerate(names)]
        parameters: Any = tuple(values[x] for x in names)
        if self._style == "named":
            parameters = {x: values[x] for x in names}
        if self._dialect == "postgresql":
            casts = [f"CAST({mark} AS {_CASTS.get(name, 'text')})" for name, mark in zip(names, marks)]
            listed = ", ".join(f"{name} => {cast}" for name, cast in zip(names, casts))
            return f"SELECT carillon.publish({listed})", parameters
        if self._dialect == "mysql":
            marks = [f"FROM_UNIXTIME({x})" if n == "occurred_at" else x for n, x in zip(names, marks)]
        return f"INSERT INTO carillon_outbox ({', '.join(names)}) VALUES ({', '.join(marks)})", parameters

    def _mark(self, index: int, name: str) -> str:
        if self._style == "qmark":
            return "?"
        if self._style == "numeric":
            return f":{index + 1}"
        return f":{name}" if self._style == "named" else "%s"


def _module_of(transaction: Any) -> str:
    """Of the driver: subclasses of an application's own do not matter."""
    for base in type(transaction).__mro__:
        if base.__module__.split(".")[0] in _DIALECTS:
            return base.__module__
    return type(transaction).__module__


def _style_of(driver: str) -> str:
    parts = driver.split(".")
    while parts:
        style = getattr(sys.modules.get(".".join(parts)), "paramstyle", None)
        if isinstance(style, str):
            return style
        parts.pop()
    return "pyformat"


def _seconds(text: str) -> str:
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"the time {text!r} has no time zone")
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return f"{since / datetime.timedelta(seconds=1):.6f}"
