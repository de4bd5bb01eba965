"""The worker of docs/exactly-once.md: each event counts once, whatever is killed when."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

import psycopg2

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "clients/python/tests"))

from support import Node, eventually, start_process  # noqa: E402

LOCK = 4711


def program() -> str:
    """The worker, as the document has it."""
    text = (ROOT / "docs/exactly-once.md").read_text()
    found = re.search(r"<!-- file worker.py -->\n```python\n(.*?)```\n", text, re.S)
    assert found, "docs/exactly-once.md has no worker"
    return found[1]


class Database:
    """A PostgreSQL server of its own."""

    def __init__(self) -> None:
        # Its owner is another user: no parent may be closed to it.
        self.directory = tempfile.mkdtemp(prefix="carillon-exactly-once-", dir="/tmp")
        os.chmod(self.directory, 0o755)
        self.server("start")
        self.url = f"host={self.directory}/pg port=5432 user=carillon dbname=postgres"

    def server(self, action: str) -> None:
        subprocess.run([ROOT / "tests/support/postgres_server.sh", action, f"{self.directory}/pg"], check=True)

    def connect(self):  # type: ignore[no-untyped-def]
        out = psycopg2.connect(self.url)
        out.autocommit = True
        return out

    def close(self) -> None:
        self.server("stop")
        shutil.rmtree(self.directory, ignore_errors=True)


class ExactlyOnce(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.database = Database()
        cls.addClassCleanup(cls.database.close)

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="carillon-worker-"))
        self.addCleanup(shutil.rmtree, self.directory, True)
        (self.directory / "worker.py").write_text(program())
        self.sql = self.database.connect().cursor()
        self.sql.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        self.addCleanup(self.sql.connection.close)
        self.node = Node(secured=True)
        self.addCleanup(self.node.close)
        self.admin = self.node.first_key
        self.key = self.new_key(role="worker", companyId="c-1")["key"]
        self.count = 0
        self.workers: list[subprocess.Popen[bytes]] = []
        self.addCleanup(lambda: [self.kill(x) for x in self.workers])

    # -- what happens -------------------------------------------------------------

    def call(self, url: str, body: object, method: str = "POST") -> object:
        request = urllib.request.Request(
            url,
            json.dumps(body).encode() if body is not None else None,
            {"Content-Type": "application/json", "Authorization": f"Bearer {self.admin}"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def new_key(self, **settings: str) -> dict:
        return self.call(f"{self.node.admin_url}/api/keys", {"name": "test", **settings})  # type: ignore[return-value]

    def publish(self, count: int, company: str = "c-1", audience: str = "none") -> None:
        """So many orders; the worker of another company would count them as well."""
        events = []
        for _ in range(count):
            self.count += 1
            order = f"o-{self.count}"
            data = {"orderId": order, "total": 1, "items": [], "status": "new"}
            events.append(
                {"type": "order.created", "id": order, "companyId": company, "audience": audience, "data": data}
            )
        self.call(f"{self.node.url}/api/events", events)

    def work(self) -> "subprocess.Popen[bytes]":
        variables = {
            **os.environ,
            "CARILLON_URL": self.node.url,
            "CARILLON_KEY": self.key,
            "DATABASE_URL": self.database.url,
        }
        out = start_process(
            [sys.executable, str(self.directory / "worker.py")], self.directory / "log", env=variables
        )
        self.workers.append(out)
        return out

    def kill(self, worker: "subprocess.Popen[bytes]") -> None:
        worker.send_signal(signal.SIGKILL)
        worker.wait()

    def log(self) -> str:
        path = self.directory / "log"
        return path.read_text() if path.exists() else ""

    def ask(self, statement: str) -> list:
        self.sql.execute(statement)
        return self.sql.fetchall()

    def counted(self) -> dict:
        if not self.ask("SELECT 1 FROM pg_tables WHERE tablename = 'points'"):
            return {}
        return dict(self.ask("SELECT company, orders FROM points"))

    def reaches(self, wanted: int) -> None:
        eventually(lambda: self.counted().get("c-1", 0) >= wanted, f"{wanted} orders are counted: {self.log()}", 60)
        self.assertEqual(self.counted(), {"c-1": wanted})

    def stopped_at(self, what: str) -> "subprocess.Popen[bytes]":
        """A worker that waits for us at the insert of its work, or in its commit."""
        kind, deferred = ("", "") if what == "work" else ("CONSTRAINT", "DEFERRABLE INITIALLY DEFERRED")
        self.sql.execute(
            f"""CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
                  'BEGIN PERFORM pg_advisory_xact_lock({LOCK}); RETURN NULL; END';
                CREATE {kind} TRIGGER wait AFTER INSERT OR UPDATE ON points {deferred}
                  FOR EACH ROW EXECUTE FUNCTION wait();
                SELECT pg_advisory_lock({LOCK})"""
        )
        self.publish(1)
        worker = self.work()
        eventually(
            lambda: self.ask(f"SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = {LOCK} AND NOT granted"),
            f"the worker waits: {self.log()}",
        )
        return worker

    # -- the cases ------------------------------------------------------------------

    def test_every_audience_of_the_company_and_of_no_other(self) -> None:
        self.publish(3, "c-2")
        for audience in ("none", "company", "all"):
            self.publish(2, audience=audience)
        self.work()
        self.reaches(6)
        self.publish(1, "c-2")
        self.publish(4)
        self.reaches(10)

    def test_killed_between_the_work_and_the_commit(self) -> None:
        self.publish(5)
        first = self.work()
        self.reaches(5)
        self.kill(first)
        worker = self.stopped_at("work")
        self.kill(worker)
        self.sql.execute(f"SELECT pg_advisory_unlock({LOCK})")
        eventually(lambda: self.ask("SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle'") == [(1,)], "it is over")
        # The work was done, and is undone.
        self.assertEqual(self.counted(), {"c-1": 5})
        self.work()
        self.reaches(6)

    def test_killed_while_the_commit_is_on_its_way(self) -> None:
        self.publish(5)
        first = self.work()
        self.reaches(5)
        self.kill(first)
        worker = self.stopped_at("commit")
        self.kill(worker)
        self.sql.execute(f"SELECT pg_advisory_unlock({LOCK})")
        # The server has the commit, and nobody is there to hear of it.
        self.reaches(6)
        self.work()
        self.publish(2)
        self.reaches(8)

    def test_killed_at_any_moment_and_two_at_a_time(self) -> None:
        seed = int(os.environ.get("CARILLON_SEED", random.randrange(1 << 31)))
        print(f"CARILLON_SEED={seed}")
        chance = random.Random(seed)
        workers = [self.work(), self.work()]
        for _ in range(int(os.environ.get("CARILLON_KILLS", "12"))):
            self.publish(chance.randrange(1, 60))
            self.publish(chance.randrange(1, 3), "c-2")
            wanted = chance.randrange(self.count + 1)
            eventually(lambda: self.counted().get("c-1", 0) >= min(wanted, self.mine()) // 2, "it goes on", 30)
            victim = chance.randrange(3)
            if victim == 2:
                self.node.kill()
                self.node.start()
            else:
                self.kill(workers[victim])
                workers[victim] = self.work()
        self.reaches(self.mine())
        self.assertEqual(self.ask("SELECT seq FROM places"), [(self.last(),)])

    def mine(self) -> int:
        """How many orders of c-1 the log has."""
        return self.call(f"{self.node.admin_url}/api/events/stats?companyId=c-1", None, "GET").get("order.created", 0)  # type: ignore[union-attr, no-any-return, attr-defined]

    def last(self) -> int:
        """The position of the newest order of c-1."""
        url = f"{self.node.admin_url}/api/events?companyId=c-1&types=order.created&limit=1"
        return self.call(url, None, "GET")["events"][0]["seq"]  # type: ignore[index, no-any-return]

    def test_another_history_ends_the_worker(self) -> None:
        self.publish(3)
        worker = self.work()
        self.reaches(3)
        self.node.signal(signal.SIGTERM)
        self.node.process.wait()
        copy = self.directory / "backup"
        shutil.copytree(self.node.directory / "data", copy)
        self.node.start()
        self.publish(2)
        self.reaches(5)
        self.kill(worker)
        self.node.kill()
        shutil.rmtree(self.node.directory / "data")
        shutil.copytree(copy, self.node.directory / "data")
        self.node.start()
        # The same positions, for other orders.
        self.publish(4)
        again = self.work()
        self.assertNotEqual(again.wait(30), 0)
        self.assertIn("conflict", self.log())
        self.assertEqual(self.counted(), {"c-1": 5})

    def test_a_deleted_key_ends_the_worker(self) -> None:
        made = self.new_key(role="reader", companyId="c-1")
        self.key = made["key"]
        self.publish(1)
        worker = self.work()
        self.reaches(1)
        self.call(f"{self.node.admin_url}/api/keys/{made['id']}", None, "DELETE")
        self.publish(1)
        self.assertNotEqual(worker.wait(30), 0)
        self.assertIn("unauthenticated", self.log())
        self.assertEqual(self.counted(), {"c-1": 1})


if __name__ == "__main__":
    unittest.main(verbosity=2)
