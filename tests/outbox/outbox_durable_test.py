"""A relay publishes no row that a crash of the database could still take back."""

from __future__ import annotations

import os
import sys
import tempfile
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Dict, List, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

from databases import MariaDb  # noqa: E402
from support import binary, eventually, start_process  # noqa: E402


class Durable(unittest.TestCase):
    def setUp(self) -> None:
        if not MariaDb.is_there():
            if os.environ.get("CARILLON_ALL_TESTS"):
                self.fail("mariadb-server-core and python3-pymysql are not installed")
            self.skipTest("no MariaDB here")
        self.database = MariaDb()
        self.addCleanup(self.database.close)
        self.database.prepare()

    def positions(self) -> Dict[str, int]:
        """Of the database's log: its end, and the end of what is on disk."""
        rows = self.database.ask("SHOW GLOBAL STATUS LIKE 'Innodb_lsn_%'")
        return {x[0].rpartition("_")[2]: int(x[1]) for x in rows}

    def insert(self) -> int:
        """Commits a row that is not on disk; answers the end of the log."""
        # Nothing else writes the log through for 45 minutes.
        self.database.script("SET GLOBAL innodb_flush_log_at_timeout = 2700;\nSET GLOBAL innodb_flush_log_at_trx_commit = 0")
        for _ in range(50):
            self.database.script("INSERT INTO carillon_outbox (type, data) VALUES ('order.cancelled', '{}')")
            out = self.positions()
            # The server may have written it for reasons of its own.
            if out["flushed"] < out["current"]:
                break
        self.assertLess(out["flushed"], out["current"], "the test has to begin with a row that is not on disk")
        self.database.script("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
        return out["current"]

    def start_relay(self, user: str, target: str) -> Path:
        """Answers the file of its log."""
        log = Path(tempfile.mkdtemp(prefix="carillon-outbox-")) / "log"
        url = self.database.url.replace("//relay:", f"//{user}:")
        relay = start_process([binary(), "relay", "--from", url, "--to", target], log)
        self.addCleanup(relay.wait)
        self.addCleanup(relay.kill)
        return log

    def target(self) -> Tuple[HTTPServer, List[Dict[str, int]]]:
        """A node that looks at the database when it is asked to publish, and refuses; and what it saw."""
        seen: List[Dict[str, int]] = []
        positions = self.positions

        class Target(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # noqa: N802
                self.rfile.read(int(self.headers["Content-Length"]))
                seen.append(positions())
                self.send_response(503)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        out = HTTPServer(("127.0.0.1", 0), Target)
        self.addCleanup(out.server_close)
        out.timeout = 60
        return out, seen

    def test_rows_of_innodb_are_on_disk_before_they_are_published(self) -> None:
        target, seen = self.target()
        end = self.insert()
        log = self.start_relay("relay", f"http://127.0.0.1:{target.server_port}")
        target.handle_request()
        self.assertTrue(seen, f"the relay did not publish: {log.read_text()}")
        self.assertGreaterEqual(seen[0]["flushed"], end)
        self.assertEqual(self.database.ask("SELECT count(*) FROM carillon_outbox_refused")[0][0], 0)

    def test_a_relay_that_may_not_write_waits_for_the_disk(self) -> None:
        self.database.script(
            "CREATE USER poor@'127.0.0.1' IDENTIFIED BY 'p@ss/word';\n"
            "GRANT SELECT, DELETE ON shop.carillon_outbox TO poor@'127.0.0.1';\n"
            "GRANT SELECT, INSERT ON shop.carillon_outbox_refused TO poor@'127.0.0.1'"
        )
        target, seen = self.target()
        end = self.insert()
        log = self.start_relay("poor", f"http://127.0.0.1:{target.server_port}")
        eventually(
            lambda: self.database.ask("SELECT IS_USED_LOCK(CONCAT('carillon_outbox.', MD5(DATABASE())))")[0][0],
            "the relay owns the outbox",
        )
        # Somebody else's commit writes the log.
        self.database.script("INSERT INTO done VALUES (0, 0)")
        target.handle_request()
        self.assertTrue(seen, f"the relay did not publish: {log.read_text()}")
        self.assertGreaterEqual(seen[0]["flushed"], end)


if __name__ == "__main__":
    unittest.main()
