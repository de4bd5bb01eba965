"""Outboxes: every committed row becomes one event, no rolled-back one does, in the order of each aggregate, whatever is
killed with SIGKILL when: application, relay, node, its database and the application's. Relays also stand still, and go
on when another one has long been the owner.

Short in CI; CARILLON_OUTBOX_SECONDS says how long each case runs, CARILLON_SEED repeats one.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

from databases import KINDS, Database, MariaDb, Postgres, pause  # noqa: E402
from support import Node, binary, eventually, start_process  # noqa: E402

SECONDS = float(os.environ.get("CARILLON_OUTBOX_SECONDS", "8"))
WRITERS = 3
#: Committed rows of a case, at least.
ENOUGH = 100


class Crash(unittest.TestCase):
    def setUp(self) -> None:
        self.seed = int(os.environ.get("CARILLON_SEED", random.randrange(1 << 31)))
        print(f"CARILLON_SEED={self.seed}", flush=True)
        self.chance = random.Random(self.seed)
        self.directory = Path(tempfile.mkdtemp(prefix="carillon-outbox-"))
        self.processes: List["subprocess.Popen[bytes]"] = []
        self.addCleanup(lambda: [x.kill() for x in self.processes])

    def spawn(self, *arguments: str) -> "subprocess.Popen[bytes]":
        out = start_process(list(arguments), self.directory / "log")
        self.processes.append(out)
        return out

    def log(self) -> str:
        path = self.directory / "log"
        return path.read_text()[-4000:] if path.exists() else ""

    def write(self, kind: str, database: Database) -> "subprocess.Popen[bytes]":
        seed = str(self.chance.randrange(1 << 31))
        return self.spawn(sys.executable, str(Path(__file__).parent / "writer.py"), kind, database.url, seed)

    def relay(self, database: Database, node: Node) -> "subprocess.Popen[bytes]":
        return self.spawn(binary(), "relay", "--from", database.url, "--to", node.url, "--batch", "50")

    @staticmethod
    def kill(process: "subprocess.Popen[bytes]") -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()

    @staticmethod
    def committed(database: Database) -> int:
        return int(database.ask("SELECT count(*) FROM done")[0][0])

    @staticmethod
    def start_again(node: Node) -> None:
        """The database may hold the lock of the node that is gone for a moment."""
        for _ in range(20):
            try:
                node.start()
                return
            except AssertionError:
                pause(0.2)
        raise AssertionError(node.log()[-2000:])

    def events(self, node: Node) -> List[Dict[str, Any]]:
        out: List[Dict[str, Any]] = []
        cursor = ""
        while True:
            with urllib.request.urlopen(
                f"{node.admin_url}/api/events?types=order.cancelled&order=asc&limit=1000{cursor}", timeout=60
            ) as answer:
                page = json.loads(answer.read())
            out += page["events"]
            if not page.get("nextCursor"):
                return out
            cursor = f"&cursor={page['nextCursor']}"

    def run_case(
        self, kind: str, database: Database, node: Node, relay_count: int = 2, store: Optional[Database] = None
    ) -> None:
        """`store` is the database of the node, if it has one; `relay_count` without what the node moves itself."""
        writers = [self.write(kind, database) for _ in range(WRITERS)]
        relays = [self.relay(database, node) for _ in range(relay_count)]
        stalled: Optional["subprocess.Popen[bytes]"] = None
        kills: Dict[str, int] = defaultdict(int)
        begin = time.monotonic()
        # On a slow machine, until there was enough to lose.
        while time.monotonic() < begin + SECONDS or self.committed(database) < ENOUGH:
            self.assertLess(time.monotonic(), begin + SECONDS + 180, self.log())
            pause(self.chance.uniform(0.1, 1.0))
            if stalled is not None and self.chance.random() < 0.3:
                stalled.send_signal(signal.SIGCONT)
                stalled = None
            what = self.chance.choice(("writer", "writer", "relay", "relay", "stall", "node", "database", "store"))
            if what == "writer":
                place = self.chance.randrange(WRITERS)
                self.kill(writers[place])
                writers[place] = self.write(kind, database)
            elif what == "relay" and relays:
                place = self.chance.randrange(len(relays))
                if relays[place] is stalled:
                    stalled = None
                self.kill(relays[place])
                relays[place] = self.relay(database, node)
            elif what == "stall" and relays and stalled is None:
                stalled = self.chance.choice(relays)
                stalled.send_signal(signal.SIGSTOP)
            elif what == "node":
                node.kill()
                self.start_again(node)
            elif what == "database" and database is not store:
                database.crash()
            elif what == "store" and store is not None:
                store.crash()
                # A node that lost the lock of its database ends.
                node.kill()
                self.start_again(node)
            else:
                continue
            kills[what] += 1
        for x in writers:
            self.kill(x)
        if stalled is not None:
            stalled.send_signal(signal.SIGCONT)
        eventually(
            lambda: database.ask("SELECT count(*) FROM carillon_outbox")[0][0] == 0,
            f"the outbox is empty: {self.log()}\n{node.log()[-2000:]}",
            60,
        )
        self.compare(database, node, kills)

    def compare(self, database: Database, node: Node, kills: Dict[str, int]) -> None:
        committed = {tuple(x) for x in database.ask("SELECT k, n FROM done")}
        self.assertEqual(database.ask("SELECT count(*) FROM carillon_outbox_refused")[0][0], 0)
        found: List[Tuple[int, int]] = [
            (int(x["data"]["orderId"][2:]), int(x["data"]["reason"])) for x in self.events(node)
        ]
        self.assertEqual(len(found), len(set(found)), "an event is there twice")
        self.assertEqual(set(found) - committed, set(), "an event of a transaction that was rolled back")
        self.assertEqual(committed - set(found), set(), "a committed event is missing")
        last: Dict[int, int] = defaultdict(int)
        for k, n in found:
            self.assertEqual(n, last[k] + 1, f"the order of aggregate {k}")
            last[k] = n
        print(f"{len(found)} events; killed {dict(kills)}", flush=True)

    def foreign(self, kind: str) -> None:
        database = KINDS[kind]()
        self.addCleanup(database.close)
        database.prepare()
        node = Node()
        self.addCleanup(node.close)
        self.run_case(kind, database, node)

    # -- the cases ------------------------------------------------------------------

    def test_postgresql_of_the_application(self) -> None:
        self.foreign("postgresql")

    def test_sqlite_of_the_application(self) -> None:
        self.foreign("sqlite")

    def test_mariadb_of_the_application(self) -> None:
        if not MariaDb.is_there():
            if os.environ.get("CARILLON_ALL_TESTS"):
                self.fail("mariadb-server-core and python3-pymysql are not installed")
            self.skipTest("no MariaDB here")
        self.foreign("mariadb")

    def test_postgresql_of_carillon(self) -> None:
        database = Postgres()
        self.addCleanup(database.close)
        node = Node("--store", database.url)
        self.addCleanup(node.close)
        database.tables()
        self.run_case("postgresql", database, node, relay_count=0, store=database)

    def test_postgresql_of_the_application_and_of_the_node(self) -> None:
        database, store = Postgres(), Postgres()
        self.addCleanup(database.close)
        self.addCleanup(store.close)
        database.prepare()
        node = Node("--store", store.url)
        self.addCleanup(node.close)
        self.run_case("postgresql", database, node, store=store)

    def test_sqlite_moved_by_the_node_and_a_relay(self) -> None:
        database = KINDS["sqlite"]()
        self.addCleanup(database.close)
        database.prepare()
        node = Node("--outbox-from", database.url)
        self.addCleanup(node.close)
        self.run_case("sqlite", database, node, relay_count=1)


if __name__ == "__main__":
    unittest.main()
