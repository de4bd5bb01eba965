"""A relay publishes no row that a crash of the database could still take back."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Dict, List

sys.path.insert(0, str(Path(__file__).resolve().parent))

from databases import MariaDb  # noqa: E402
from support import binary, start_process  # noqa: E402


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
        self.database.script("INSERT INTO carillon_outbox (type, data) VALUES ('order.cancelled', '{}')")
        out = self.positions()
        self.assertLess(out["flushed"], out["current"], "the test has to begin with a row that is not on disk")
        self.database.script("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
        return out["current"]

    def test_rows_of_innodb_are_on_disk_before_they_are_published(self) -> None:
        seen: List[Dict[str, int]] = []
        positions = self.positions

        class Target(BaseHTTPRequestHandler):
            """A node that looks at the database when it is asked to publish, and refuses."""

            def do_POST(self) -> None:  # noqa: N802
                self.rfile.read(int(self.headers["Content-Length"]))
                seen.append(positions())
                self.send_response(503)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        target = HTTPServer(("127.0.0.1", 0), Target)
        self.addCleanup(target.server_close)
        target.timeout = 60
        end = self.insert()
        log = Path(tempfile.mkdtemp(prefix="carillon-outbox-")) / "log"
        relay = start_process(
            [binary(), "relay", "--from", self.database.url, "--to", f"http://127.0.0.1:{target.server_port}"], log
        )
        self.addCleanup(relay.wait)
        self.addCleanup(relay.kill)
        target.handle_request()
        self.assertTrue(seen, f"the relay did not publish: {re.sub('p%40ss[^@]*', '', log.read_text())}")
        self.assertGreaterEqual(seen[0]["flushed"], end)


if __name__ == "__main__":
    unittest.main()
