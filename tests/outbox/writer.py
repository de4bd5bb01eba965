"""An application that is killed: commits rows of its own with events in the outbox, and rolls back some.

writer.py KIND URL SEED [own]: with `own` by `carillon.publish`, else by an INSERT. Ends when killed.
"""

from __future__ import annotations

import json
import random
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients/python/src"))

from carillon.outbox import Outbox  # noqa: E402


def connect(kind: str, url: str) -> Any:
    if kind == "postgresql":
        import psycopg2

        return psycopg2.connect(url, connect_timeout=5)
    if kind == "mariadb":
        import pymysql

        host, port = url.rsplit("@", 1)[1].split("/")[0].split(":")
        return pymysql.connect(
            host=host, port=int(port), user="relay", password="p@ss/word", database="shop",
            connect_timeout=5, read_timeout=20, write_timeout=20,
        )  # fmt: skip
    import sqlite3

    return sqlite3.connect(url[len("sqlite://") :], timeout=20)


def transaction(connection: Any, kind: str, chance: random.Random) -> None:
    mark = "?" if kind == "sqlite" else "%s"
    cursor = connection.cursor()
    outbox = Outbox(cursor, source="/shop")
    for _ in range(chance.choice((1, 1, 1, 3))):
        k = chance.randrange(8)
        cursor.execute(f"UPDATE aggregates SET n = n + 1 WHERE k = {mark}", (k,))
        cursor.execute(f"SELECT n FROM aggregates WHERE k = {mark}", (k,))
        n = cursor.fetchone()[0]
        cursor.execute(f"INSERT INTO done VALUES ({mark}, {mark})", (k, n))
        outbox.publish(
            "order.cancelled", {"orderId": f"o-{k}", "reason": str(n)}, company_id="c-1", metadata={"k": k}
        )
    if chance.random() < 0.2:
        connection.rollback()
    else:
        connection.commit()


def main() -> None:
    kind, url, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
    chance = random.Random(seed)
    connection = None
    while True:
        try:
            if connection is None:
                connection = connect(kind, url)
            transaction(connection, kind, chance)
        except Exception as error:  # noqa: BLE001 -- the database is killed, too; deadlocks are told
            print(json.dumps(str(error)), flush=True)
            try:
                if connection is not None:
                    connection.close()
            except Exception:  # noqa: BLE001
                pass
            connection = None
            # The server may be starting.
            threading.Event().wait(0.05)


if __name__ == "__main__":
    main()
