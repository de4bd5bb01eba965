"""What an outbox costs: the latency that it adds, and how fast it drains what gathered while no relay ran.

CARILLON_BINARY=… /usr/bin/python3 bench/outbox.py [own|postgresql|mariadb|sqlite …] [--rows 300000] [--count 2000]

`own` is the outbox in Carillon's own PostgreSQL. The servers write through (CARILLON_POSTGRES_DURABLE), and so does
SQLite. Prints a line of JSON for each figure, and ends with 1 if a p99 is 20 ms or more, a drain is slower than 5,000
rows/s, or publishers fail or stand still for a second while it drains.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Optional

os.environ.setdefault("CARILLON_POSTGRES_DURABLE", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/outbox"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "clients/python/src"))

from carillon import Carillon  # noqa: E402
from carillon.outbox import Outbox  # noqa: E402
from databases import KINDS, Database, Postgres, pause  # noqa: E402
from support import Node, binary, eventually, start_process  # noqa: E402


#: Longest time that one publisher may wait while an outbox drains.
STAND_STILL_MS = 1_000.0


class Arrivals:
    """When each event came, by a log stream."""

    def __init__(self, node: Node) -> None:
        self.at: Dict[str, float] = {}
        self._over = False
        request = urllib.request.Request(
            f"{node.url}/api/events/stream?since=0", headers={"Authorization": "Bearer ck_any"}
        )
        self._answer = urllib.request.urlopen(request, timeout=600)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            for line in self._answer:
                if line.startswith(b"data: "):
                    now = time.perf_counter()
                    self.at.setdefault(json.loads(line[6:]).get("id", ""), now)
                if self._over:
                    return
        except (OSError, ValueError):
            pass

    def wait(self, ids: Iterable[str]) -> None:
        eventually(lambda: all(x in self.at for x in ids), "all events arrive", 60)

    def close(self, client: Carillon) -> None:
        """Reading a drain would take the processor that drains."""
        self._over = True
        client.publish("order.cancelled", {"orderId": "o-0", "reason": "end"}, company_id="c-1")
        self._reader.join(20)
        self._answer.close()


def percentile(values: List[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def figures_of(values: List[float]) -> Dict[str, float]:
    found = {"p50": statistics.median(values), "p99": percentile(values, 0.99), "max": max(values)}
    return {name: round(x, 2) for name, x in found.items()}


def tell(**figures: object) -> None:
    print(json.dumps(figures), flush=True)


def latency(kind: str, database: Database, node: Node, count: int) -> bool:
    """From the end of the commit to the arrival at a subscriber, which is more than the outbox adds: an application
    without it waits for its publish. Beside it the same of a direct publish, from its call.

    Twice: rows one after the other keep the relay awake; between rows with pauses it sleeps.
    """
    arrivals = Arrivals(node)
    connection = database.connect()
    client = Carillon(node.url, service="bench")

    def commit(i: int) -> str:
        outbox = Outbox(connection.cursor())
        id = outbox.publish("order.cancelled", {"orderId": f"o-{i}", "reason": "late"}, company_id="c-1")
        connection.commit()
        return id

    # The relay, its connections and what is compiled at the first call.
    arrivals.wait([commit(i) for i in range(20)])
    good = True
    for pace, pause_seconds, rows in (("busy", 0.0, count), ("with pauses", 0.025, count // 2)):
        sent: Dict[str, float] = {}
        direct: Dict[str, float] = {}
        for i in range(rows):
            sent_id = commit(i)
            sent[sent_id] = time.perf_counter()
            if pause_seconds:
                pause(pause_seconds)
            if i % 4 == 0:
                begin = time.perf_counter()
                receipt = client.publish("order.cancelled", {"orderId": f"o-{i}", "reason": "late"}, company_id="c-1")
                direct[receipt.id] = begin
        arrivals.wait([*sent, *direct])
        took = [max(0.0, arrivals.at[x] - at) * 1000 for x, at in sent.items()]
        straight = [max(0.0, arrivals.at[x] - at) * 1000 for x, at in direct.items()]
        tell(
            outbox=kind, figure="latency from commit to arrival, ms", pace=pace, events=rows,
            **figures_of(took), direct=figures_of(straight),
        )  # fmt: skip
        good = good and percentile(took, 0.99) < 20
    arrivals.close(client)
    connection.close()
    return good


def fill(kind: str, database: Database, rows: int) -> int:
    """Returns the number of the last row."""
    data = '{"orderId": "o-1", "reason": "late"}'
    if kind in ("own", "postgresql"):
        database.script(
            "INSERT INTO carillon_outbox (type, company_id, data) SELECT 'order.cancelled', 'c-1', "
            f"'{data}' FROM generate_series(1, {rows})"
        )
    else:
        connection = database.connect()
        cursor = connection.cursor()
        for begin in range(0, rows, 5_000):
            cursor.executemany(
                "INSERT INTO carillon_outbox (type, company_id, data) "
                f"VALUES ('order.cancelled', 'c-1', {database.mark})",
                [(data,)] * min(5_000, rows - begin),
            )
            connection.commit()
        connection.close()
    return int(database.ask("SELECT max(seq) FROM carillon_outbox")[0][0])


class Publisher(threading.Thread):
    """Goes on publishing, and notes what its calls took."""

    def __init__(self, publish: Callable[[], None], pause_seconds: float) -> None:
        super().__init__(daemon=True)
        self.took: List[float] = []
        self.fault = ""
        self._publish = publish
        self._pause = pause_seconds
        self._over = threading.Event()

    def run(self) -> None:
        try:
            while not self._over.is_set():
                begin = time.perf_counter()
                self._publish()
                self.took.append((time.perf_counter() - begin) * 1000)
                pause(self._pause)
        except Exception as error:  # noqa: BLE001 -- whatever it is, a publisher has stopped
            self.fault = repr(error)

    def end(self) -> None:
        self._over.set()
        self.join(30)

    def figures(self) -> Dict[str, object]:
        return {"count": len(self.took), **(figures_of(self.took) if self.took else {}), "fault": self.fault}

    def went_on(self) -> bool:
        return not self.fault and not self.is_alive() and bool(self.took) and max(self.took) < STAND_STILL_MS


def drain(kind: str, database: Database, node: Node, rows: int, start: Callable[[], None]) -> bool:
    """While others go on publishing, directly and by the outbox. Their rows come behind those that gathered, and do not
    count: the time ends when the last of those is gone."""
    last = fill(kind, database, rows)
    client = Carillon(node.url, service="bench")
    looks = database.connect()
    inserts: List[Any] = []

    def publish() -> None:
        client.publish("order.cancelled", {"orderId": "o-2", "reason": "late"}, company_id="c-2")

    def insert() -> None:
        if not inserts:
            # Of this thread, as SQLite wants it.
            inserts.append(database.connect())
        Outbox(inserts[0].cursor()).publish("order.cancelled", {"orderId": "o-3", "reason": "x"}, company_id="c-3")
        inserts[0].commit()

    def is_drained() -> bool:
        """By the index, and seldom: counting the rows would take a processor."""
        pause(0.1)
        cursor = looks.cursor()
        cursor.execute("SELECT seq FROM carillon_outbox ORDER BY seq LIMIT 1")
        found = cursor.fetchone()
        looks.commit()
        return found is None or int(found[0]) > last

    direct, outbox = Publisher(publish, 0.005), Publisher(insert, 0.005)
    for x in (direct, outbox):
        x.start()
    begin = time.perf_counter()
    start()
    eventually(is_drained, "the outbox is drained", 600)
    seconds = time.perf_counter() - begin
    for x in (direct, outbox):
        x.end()
    refused = int(database.ask("SELECT count(*) FROM carillon_outbox_refused")[0][0])
    rate = rows / seconds
    tell(
        outbox=kind, figure="drain, rows/s", rows=rows, rate=round(rate), seconds=round(seconds, 2), put_aside=refused,
        direct_ms=direct.figures(), commits_ms=outbox.figures(),
    )  # fmt: skip
    return rate >= 5_000 and refused == 0 and direct.went_on() and outbox.went_on()


class OwnRelay:
    """The one within a node: who has its lock keeps it from the outbox, and the node goes on."""

    def __init__(self, database: Database) -> None:
        self._holder = database.connect()

    def stop(self) -> None:
        lock = "1128354383, hashoid('carillon_outbox'::regclass)"
        cursor = self._holder.cursor()
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks "
            "WHERE locktype = 'advisory' AND classid = 1128354383 AND granted"
        )
        cursor.execute(f"SELECT pg_advisory_lock({lock})")
        self._holder.commit()

    def start(self) -> None:
        self._holder.close()


def case(kind: str, rows: int, count: int) -> bool:
    database = Postgres() if kind == "own" else KINDS[kind]()
    relay: Optional[Any] = None
    try:
        if kind == "own":
            node = Node("--store", database.url)
        else:
            database.prepare()
            node = Node()
        log = node.directory / "relay.log"
        command = [binary(), "relay", "--from", database.url, "--to", node.url]
        try:
            if kind != "own":
                relay = start_process(command, log)
            good = latency(kind, database, node, count)
            if kind == "own":
                own = OwnRelay(database)
                own.stop()
                return drain(kind, database, node, rows, own.start) and good
            assert relay is not None
            relay.kill()
            relay.wait()

            def start() -> None:
                nonlocal relay
                relay = start_process(command, log)

            return drain(kind, database, node, rows, start) and good
        finally:
            if relay is not None:
                relay.kill()
            node.close()
    finally:
        database.close()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("kinds", nargs="*", default=["own", "postgresql", "mariadb", "sqlite"])
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--count", type=int, default=2_000)
    given = parser.parse_args()
    # Threads of this program wait for each other no longer than what is measured.
    sys.setswitchinterval(0.0005)
    return 0 if all([case(x, given.rows, given.count) for x in given.kinds]) else 1


if __name__ == "__main__":
    sys.exit(main())
