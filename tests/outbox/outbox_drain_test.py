"""What gathered while no relay ran drains while publishers go on: the rows of an hour in small, in each of the databases.

CARILLON_OUTBOX_ROWS says how many gathered. `bench/outbox.py` measures how fast; here it is that publishers do not wait for
the drain, that what gathered becomes events in its order, and that nothing is lost or doubled.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import unittest
import urllib.request
from pathlib import Path
from typing import Any, Dict, List

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients/python/src"))

from carillon.outbox import Outbox  # noqa: E402
from databases import KINDS, Database, MariaDb, pause  # noqa: E402
from support import Node, binary, eventually, start_process  # noqa: E402

ROWS = int(os.environ.get("CARILLON_OUTBOX_ROWS", "10000"))
#: The longest commit of a publisher, also on a slow machine.
STAND_STILL_SECONDS = 3.0


class Drain(unittest.TestCase):
    def gather(self, database: Database) -> None:
        connection = database.connect()
        cursor = connection.cursor()
        mark = database.mark
        for begin in range(0, ROWS, 1_000):
            cursor.executemany(
                f"INSERT INTO carillon_outbox (type, company_id, data) VALUES ('order.cancelled', 'c-1', {mark})",
                [
                    (json.dumps({"orderId": "gathered", "reason": str(n)}),)
                    for n in range(begin, min(begin + 1_000, ROWS))
                ],
            )
            connection.commit()
        connection.close()

    def publish(self, database: Database, stop: threading.Event, took: List[float], faults: List[str]) -> None:
        try:
            connection = database.connect()
            outbox = Outbox(connection.cursor())
            while not stop.is_set():
                begin = time.monotonic()
                data = {"orderId": "meanwhile", "reason": str(len(took))}
                outbox.publish("order.cancelled", data, company_id="c-1")
                connection.commit()
                took.append(time.monotonic() - begin)
                pause(0.01)
            connection.close()
        except Exception as error:  # noqa: BLE001 -- whatever it is, a publisher has stopped
            faults.append(repr(error))

    def events(self, node: Node) -> List[Dict[str, Any]]:
        out: List[Dict[str, Any]] = []
        cursor = ""
        while True:
            url = f"{node.admin_url}/api/events?types=order.cancelled&order=asc&limit=1000{cursor}"
            with urllib.request.urlopen(url, timeout=20) as answer:
                page = json.loads(answer.read())
            out += page["events"]
            if not page.get("nextCursor"):
                return out
            cursor = f"&cursor={page['nextCursor']}"

    def drained(self, kind: str) -> None:
        database = KINDS[kind]()
        self.addCleanup(database.close)
        database.prepare()
        node = Node()
        self.addCleanup(node.close)
        self.gather(database)
        last = int(database.ask("SELECT max(seq) FROM carillon_outbox")[0][0])
        stop = threading.Event()
        took: List[float] = []
        faults: List[str] = []
        publisher = threading.Thread(target=self.publish, args=(database, stop, took, faults), daemon=True)
        publisher.start()
        self.addCleanup(stop.set)
        eventually(lambda: took or faults, "the publisher goes on")
        before = len(took)
        log = node.directory / "relay.log"
        begin = time.monotonic()
        relay = start_process([binary(), "relay", "--from", database.url, "--to", node.url], log)
        self.addCleanup(relay.wait)
        self.addCleanup(relay.kill)

        def is_drained() -> bool:
            pause(0.1)
            found = database.ask("SELECT seq FROM carillon_outbox ORDER BY seq LIMIT 1")
            return not found or int(found[0][0]) > last

        eventually(is_drained, "what gathered is drained", 120)
        seconds = time.monotonic() - begin
        meanwhile = len(took) - before
        stop.set()
        publisher.join(30)
        self.assertEqual(faults, [])
        self.assertGreater(meanwhile, 0, "the publisher stood still")
        self.assertLess(max(took), STAND_STILL_SECONDS)
        eventually(
            lambda: database.ask("SELECT count(*) FROM carillon_outbox")[0][0] == 0, "the outbox is empty", 60
        )
        self.assertEqual(database.ask("SELECT count(*) FROM carillon_outbox_refused")[0][0], 0)
        found: Dict[str, List[int]] = {"gathered": [], "meanwhile": []}
        for x in self.events(node):
            found[x["data"]["orderId"]].append(int(x["data"]["reason"]))
        self.assertEqual(found["gathered"], list(range(ROWS)), "each row once, in its order")
        self.assertEqual(found["meanwhile"], list(range(len(took))), "each row once, in its order")
        print(
            f"{kind}: {ROWS / seconds:.0f} rows/s, {meanwhile} commits meanwhile, "
            f"the longest {max(took) * 1000:.0f} ms",
            flush=True,
        )

    def test_postgresql(self) -> None:
        self.drained("postgresql")

    def test_sqlite(self) -> None:
        self.drained("sqlite")

    def test_mariadb(self) -> None:
        if not MariaDb.is_there():
            if os.environ.get("CARILLON_ALL_TESTS"):
                self.fail("mariadb-server-core and python3-pymysql are not installed")
            self.skipTest("no MariaDB here")
        self.drained("mariadb")


if __name__ == "__main__":
    unittest.main()
