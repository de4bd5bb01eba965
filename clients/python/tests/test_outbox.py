"""Events in the transaction of an application, by what drivers it has."""

import datetime
import json
import sqlite3
import subprocess
import unittest
from typing import Any, List, Tuple

from support import binary

from carillon import Carillon, Outbox


class Recorder:
    """A cursor that keeps what it is given."""

    def __init__(self) -> None:
        self.calls: List[Tuple[str, Any]] = []

    def execute(self, statement: str, parameters: Any) -> None:
        self.calls.append((statement, parameters))


def cursor_of(module: str) -> Recorder:
    kind = type("cursor", (Recorder,), {"__module__": module})
    out = kind()
    assert isinstance(out, Recorder)
    return out


class Statements(unittest.TestCase):
    def test_postgresql_calls_the_function(self) -> None:
        cursor = cursor_of("psycopg2.extensions")
        id = Outbox(cursor, source="/shop").publish("order.paid", {"total": 1}, company_id="c-1", id="e-1")
        self.assertEqual(id, "e-1")
        self.assertEqual(
            cursor.calls,
            [
                (
                    "SELECT carillon.publish(id => CAST(%s AS text), type => CAST(%s AS text), "
                    "source => CAST(%s AS text), company_id => CAST(%s AS text), data => CAST(%s AS json))",
                    ("e-1", "order.paid", "/shop", "c-1", '{"total":1}'),
                )
            ],
        )

    def test_mysql_takes_times_as_seconds(self) -> None:
        cursor = cursor_of("pymysql.cursors")
        time = datetime.datetime(2026, 12, 1, 10, 0, 0, 250_000, datetime.timezone.utc)
        Outbox(cursor).publish("order.paid", id="e-1", time=time)
        self.assertEqual(
            cursor.calls,
            [
                (
                    "INSERT INTO carillon_outbox (id, type, source, data, occurred_at) "
                    "VALUES (%s, %s, %s, %s, FROM_UNIXTIME(%s))",
                    ("e-1", "order.paid", "/outbox", "{}", "1796119200.250000"),
                )
            ],
        )

    def test_styles_of_parameters(self) -> None:
        cursor = cursor_of("own.driver")
        Outbox(cursor, dialect="sqlite", paramstyle="named").publish("order.paid", id="e-1")
        self.assertEqual(
            cursor.calls[0],
            (
                "INSERT INTO carillon_outbox (id, type, source, data) VALUES (:id, :type, :source, :data)",
                {"id": "e-1", "type": "order.paid", "source": "/outbox", "data": "{}"},
            ),
        )
        Outbox(cursor, dialect="sqlite", paramstyle="numeric").publish("order.paid", id="e-1")
        self.assertIn("VALUES (:1, :2, :3, :4)", cursor.calls[1][0])

    def test_what_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "dialect"):
            Outbox(cursor_of("cx_Oracle"))
        outbox = Outbox(cursor_of("sqlite3"))
        with self.assertRaises(ValueError):
            outbox.publish("order.paid", {"total": float("nan")})
        with self.assertRaises(ValueError):
            outbox.publish("order.paid", time=datetime.datetime(2026, 12, 1))


class Sqlite(unittest.TestCase):
    def setUp(self) -> None:
        self.connection = sqlite3.connect(":memory:")
        self.addCleanup(self.connection.close)
        ddl = subprocess.run(
            [binary(), "outbox", "ddl", "--dialect", "sqlite"], check=True, capture_output=True, text=True
        ).stdout
        self.connection.executescript(ddl)

    def test_the_event_goes_with_the_transaction(self) -> None:
        shop = Carillon("http://127.0.0.1:1", service="shop")
        self.addCleanup(shop.close)
        shop.with_transaction(self.connection).publish("order.paid", {"text": "it's ü"})
        self.connection.rollback()
        self.assertEqual(self.connection.execute("SELECT count(*) FROM carillon_outbox").fetchone(), (0,))
        id = shop.with_transaction(self.connection.cursor()).publish(
            "order.paid", {"text": "it's ü"}, metadata={"ip": "::1"}
        )
        self.connection.commit()
        row = self.connection.execute("SELECT id, type, source, data, metadata, company_id FROM carillon_outbox")
        found = row.fetchone()
        self.assertEqual(found[:3], (id, "order.paid", "/shop"))
        self.assertEqual(json.loads(found[3]), {"text": "it's ü"})
        self.assertEqual(found[4:], ('{"ip":"::1"}', None))


if __name__ == "__main__":
    unittest.main()
