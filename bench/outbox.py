"""What an outbox costs: the latency that it adds, and how fast it drains what gathered while no relay ran.

CARILLON_BINARY=… bench/outbox.py [own|postgresql|mariadb|sqlite …] [--rows 300000] [--count 2000]

`own` is the outbox in Carillon's own PostgreSQL. Both servers write through (CARILLON_POSTGRES_DURABLE). Prints a line
of JSON for each figure, and ends with 1 if a p99 is 20 ms or more, or a drain slower than 5,000 rows/s.
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
from typing import Any, Dict, List, Optional

os.environ.setdefault("CARILLON_POSTGRES_DURABLE", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/outbox"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "clients/python/src"))

from carillon import Carillon  # noqa: E402
from carillon.outbox import Outbox  # noqa: E402
from databases import KINDS, Database, Postgres, pause  # noqa: E402
from support import Node, binary, eventually, start_process  # noqa: E402


class Arrivals:
    """When each event came, by a log stream."""

    def __init__(self, node: Node) -> None:
        self.at: Dict[str, float] = {}
        request = urllib.request.Request(
            f"{node.url}/api/events/stream?since=0", headers={"Authorization": "Bearer ck_any"}
        )
        self._answer = urllib.request.urlopen(request, timeout=600)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            for line in self._answer:
                if line.startswith(b"data: "):
                    now = time.perf_counter()
                    self.at.setdefault(json.loads(line[6:]).get("id", ""), now)
        except (OSError, ValueError):
            pass


def end(node: Node) -> None:
    """Its directory and ports stay."""
    node.process.terminate()
    node.process.wait(20)


def percentile(values: List[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def tell(**figures: object) -> None:
    print(json.dumps(figures), flush=True)


def waiting(database: Database) -> int:
    return int(database.ask("SELECT count(*) FROM carillon_outbox")[0][0])


def latency(kind: str, database: Database, node: Node, count: int) -> bool:
    """From the end of the commit to the arrival at a subscriber; beside it the same of a direct publish."""
    arrivals = Arrivals(node)
    connection = database.connect()
    sent: Dict[str, float] = {}
    direct: Dict[str, float] = {}
    client = Carillon(node.url, service="bench")
    for i in range(count):
        outbox = Outbox(connection.cursor())
        id = outbox.publish("order.cancelled", {"orderId": f"o-{i}", "reason": "late"}, company_id="c-1")
        connection.commit()
        sent[id] = time.perf_counter()
        pause(0.005)
        if i % 4 == 0:
            receipt = client.publish("order.cancelled", {"orderId": f"o-{i}", "reason": "late"}, company_id="c-1")
            direct[receipt.id] = time.perf_counter()
    eventually(lambda: all(x in arrivals.at for x in sent), "all events arrive", 60)
    eventually(lambda: all(x in arrivals.at for x in direct), "all events arrive", 60)
    took = [max(0.0, arrivals.at[x] - at) * 1000 for x, at in sent.items()]
    straight = [max(0.0, arrivals.at[x] - at) * 1000 for x, at in direct.items()]
    tell(
        outbox=kind, figure="latency from commit to arrival, ms", events=count,
        p50=round(statistics.median(took), 2), p99=round(percentile(took, 0.99), 2),
        max=round(max(took), 2), direct_p99=round(percentile(straight, 0.99), 2),
    )  # fmt: skip
    return percentile(took, 0.99) < 20


def fill(kind: str, database: Database, rows: int) -> None:
    data = '{"orderId": "o-1", "reason": "late"}'
    if kind in ("own", "postgresql"):
        database.script(
            "INSERT INTO carillon_outbox (type, company_id, data) SELECT 'order.cancelled', 'c-1', "
            f"'{data}' FROM generate_series(1, {rows})"
        )
        return
    connection = database.connect()
    cursor = connection.cursor()
    for begin in range(0, rows, 5_000):
        cursor.executemany(
            f"INSERT INTO carillon_outbox (type, company_id, data) VALUES ('order.cancelled', 'c-1', {database.mark})",
            [(data,)] * min(5_000, rows - begin),
        )
        connection.commit()
    connection.close()


def drain(kind: str, database: Database, node: Node, rows: int, start: Any) -> bool:
    """While others go on publishing, directly and by the outbox."""
    fill(kind, database, rows)
    over = threading.Event()
    counts = {"direct": 0, "outbox": 0}

    def publish() -> None:
        client = Carillon(node.url, service="bench")
        while not over.is_set():
            client.publish("order.cancelled", {"orderId": "o-2", "reason": "late"}, company_id="c-2")
            counts["direct"] += 1

    def insert() -> None:
        connection = database.connect()
        while not over.is_set():
            Outbox(connection.cursor()).publish("order.cancelled", {"orderId": "o-3", "reason": "x"}, company_id="c-3")
            connection.commit()
            counts["outbox"] += 1
            pause(0.002)

    threads = [threading.Thread(target=x, daemon=True) for x in (publish, insert)]
    for x in threads:
        x.start()
    begin = time.perf_counter()
    start()
    eventually(lambda: waiting(database) < 50, "the outbox is drained", 600)
    seconds = time.perf_counter() - begin
    over.set()
    for x in threads:
        x.join(20)
    rate = (rows + counts["outbox"]) / seconds
    tell(
        outbox=kind, figure="drain, rows/s", rows=rows, rate=round(rate), seconds=round(seconds, 2),
        published_meanwhile=counts,
    )  # fmt: skip
    return rate >= 5_000


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
                # A node without its mover, on the same ports.
                end(node)
                options = node._options
                node._options = [*options, "--outbox=false"]
                node.start()

                def start() -> None:
                    end(node)
                    node._options = options
                    node.start()
            else:
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
    return 0 if all([case(x, given.rows, given.count) for x in given.kinds]) else 1


if __name__ == "__main__":
    sys.exit(main())
