"""Rows that can be no events: they hold up nobody, stay until an operator decides, and come back in every database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unittest
import urllib.request
from pathlib import Path
from typing import Any, Dict, List, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

from databases import KINDS, Database, MariaDb  # noqa: E402
from support import Node, binary  # noqa: E402

GOOD = json.dumps({"orderId": "o-1", "reason": "late"})
MAINTENANCE = json.dumps({"message": "x", "startsAt": "2026-12-24T20:00:00Z", "endsAt": "2026-12-24T22:00:00Z"})
#: (id, type, data): each with another reason to be none.
ROWS: List[Tuple[str, str, str]] = [
    ("before", "order.cancelled", GOOD),
    ("unknown", "no.such.type", GOOD),
    ("no-type", "no type at all!", GOOD),
    ("schema", "order.cancelled", '{"reason": 7}'),
    ("no-object", "order.cancelled", "[1, 2]"),
    ("deep", "order.cancelled", '{"orderId": "o-1", "x": ' + "[" * 200 + "]" * 200 + "}"),
    ("large", "order.cancelled", json.dumps({"orderId": "o-1", "reason": "x" * 400_000})),
    ("first", "order.cancelled", GOOD),
    # The id of an event of another type.
    ("taken", "system.maintenance", MAINTENANCE),
    ("behind", "order.cancelled", GOOD),
]
#: Only SQLite keeps what is no JSON.
NO_JSON: List[Tuple[str, str, str]] = [
    ("no-json", "order.cancelled", '{"orderId": "o-1"'),
    ("two", "order.cancelled", '{"orderId": "o-1"}, {"id": "smuggled", "type": "order.cancelled"}'),
]


class Refused(unittest.TestCase):
    def carillon(self, *words: str, code: int = 0) -> str:
        done = subprocess.run([binary(), *words], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def outbox(self, database: Database, *words: str) -> str:
        return self.carillon("outbox", *words, "--from", database.url)

    def move(self, database: Database, node: Node) -> Dict[str, int]:
        out: Dict[str, int] = json.loads(
            self.carillon("relay", "--from", database.url, "--to", node.url, "--once", "--json")
        )
        return out

    def ids(self, node: Node) -> List[str]:
        with urllib.request.urlopen(f"{node.admin_url}/api/events?order=asc&limit=1000", timeout=60) as answer:
            return [x["id"] for x in json.loads(answer.read())["events"]]

    def insert(self, database: Database, rows: List[Tuple[str, str, str]]) -> None:
        connection = database.connect()
        mark = database.mark
        connection.cursor().executemany(
            f"INSERT INTO carillon_outbox (id, type, data, company_id) VALUES ({mark}, {mark}, {mark}, 'c-1')", rows
        )
        connection.commit()
        connection.close()

    def run_case(self, kind: str) -> None:
        database = KINDS[kind]()
        self.addCleanup(database.close)
        database.script(database.ddl())
        node = Node()
        self.addCleanup(node.close)
        rows = [*ROWS, *NO_JSON] if kind == "sqlite" else ROWS
        self.insert(database, [("taken", "order.cancelled", GOOD)])
        self.assertEqual(self.move(database, node), {"published": 1, "refused": 0})
        self.insert(database, rows)
        good = ["before", "first", "behind"]
        self.assertEqual(self.move(database, node), {"published": len(good), "refused": len(rows) - len(good)})
        # Nothing waits behind them, nothing was smuggled in, and the order is that of the rows.
        self.assertEqual(self.ids(node), ["taken", *good])
        aside = [json.loads(x) for x in self.outbox(database, "refused", "--json").splitlines()]
        self.assertEqual([x["id"] for x in aside], [x[0] for x in rows if x[0] not in good])
        codes = {x["id"]: x["errorCode"] for x in aside}
        self.assertEqual(codes["unknown"], "unknown_type")
        self.assertEqual(codes["schema"], "schema_violation")
        self.assertEqual(codes["taken"], "conflict")
        self.assertEqual(codes["large"], "too_large")
        self.assertNotIn("", codes.values())
        seqs: Dict[str, str] = {x["id"]: str(x["seq"]) for x in aside}

        # Unmended, a row goes aside again; what others have stays.
        self.outbox(database, "retry", seqs["schema"])
        self.assertEqual(self.move(database, node), {"published": 0, "refused": 1})
        self.mend(database)
        again: List[Dict[str, Any]] = [json.loads(x) for x in self.outbox(database, "refused", "--json").splitlines()]
        self.assertEqual(again[-1]["id"], "schema")
        self.outbox(database, "retry", seqs["unknown"], str(again[-1]["seq"]))
        self.assertEqual(self.move(database, node), {"published": 2, "refused": 0})
        self.assertEqual(self.ids(node), ["taken", *good, "unknown", "schema"])
        left = len(aside) - 2
        self.assertEqual(self.outbox(database, "discard", "--all", "--quiet"), f"{left}\n")
        state = json.loads(self.outbox(database, "status", "--json"))
        self.assertEqual(state, {"waiting": 0, "refused": 0, "oldestSeconds": 0})

    @staticmethod
    def mend(database: Database) -> None:
        database.script("UPDATE carillon_outbox_refused SET type = 'order.cancelled' WHERE id = 'unknown'")
        # A driver may take a percent sign for a mark; there is none.
        database.script(f"UPDATE carillon_outbox_refused SET data = '{GOOD}' WHERE id = 'schema'")

    def test_postgresql(self) -> None:
        self.run_case("postgresql")

    def test_sqlite(self) -> None:
        self.run_case("sqlite")

    def test_mariadb(self) -> None:
        if not MariaDb.is_there():
            if os.environ.get("CARILLON_ALL_TESTS"):
                self.fail("mariadb-server-core and python3-pymysql are not installed")
            self.skipTest("no MariaDB here")
        self.run_case("mariadb")


if __name__ == "__main__":
    unittest.main()
