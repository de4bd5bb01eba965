"""Databases of a test's own that hold an outbox: each can be killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Type

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "clients/python/tests"))

from support import binary, eventually, start_process  # noqa: E402


def free_port() -> int:
    with socket.socket() as x:
        x.bind(("127.0.0.1", 0))
        return int(x.getsockname()[1])


class Database:
    """Common to all: `url` is for the relay; `mark` is a placeholder of its driver."""

    dialect = ""
    mark = "%s"
    url = ""

    def connect(self) -> Any:
        """A connection that begins transactions by itself."""
        raise NotImplementedError

    def crash(self) -> None:
        """Kills the server, and starts it again; there may be none."""

    def close(self) -> None:
        pass

    def ddl(self) -> str:
        return subprocess.run(
            [binary(), "outbox", "ddl", "--dialect", self.dialect], check=True, capture_output=True, text=True
        ).stdout

    def prepare(self) -> None:
        """The tables of outbox and application."""
        self.script(self.ddl())
        self.tables()

    def tables(self, aggregates: int = 8) -> None:
        self.script("CREATE TABLE aggregates (k INTEGER PRIMARY KEY, n INTEGER NOT NULL);")
        self.script("CREATE TABLE done (k INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (k, n));")
        self.script(f"INSERT INTO aggregates VALUES {', '.join(f'({k}, 0)' for k in range(aggregates))};")

    def script(self, text: str) -> None:
        connection = self.connect()
        cursor = connection.cursor()
        cursor.execute(text)
        connection.commit()
        connection.close()

    def ask(self, statement: str) -> List[Any]:
        connection = self.connect()
        try:
            cursor = connection.cursor()
            cursor.execute(statement)
            return list(cursor.fetchall())
        finally:
            connection.close()


def _is_alive(pid: int) -> bool:
    """What nobody has waited for yet is dead, too."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


class Postgres(Database):
    dialect = "postgresql"

    def __init__(self) -> None:
        # Its owner is another user: no parent may be closed to it.
        self.directory = tempfile.mkdtemp(prefix="carillon-outbox-", dir="/tmp")
        os.chmod(self.directory, 0o755)
        self.port = free_port()
        self._server("start", str(self.port))
        self.url = f"postgresql://carillon@127.0.0.1:{self.port}/postgres"

    def _server(self, action: str, *more: str) -> None:
        subprocess.run(
            [ROOT / "tests/support/postgres_server.sh", action, f"{self.directory}/pg", *more], check=True
        )

    def connect(self) -> Any:
        import psycopg2

        return psycopg2.connect(self.url, connect_timeout=5)

    def crash(self) -> None:
        server = int(Path(f"{self.directory}/pg/data/postmaster.pid").read_text().split()[0])
        # It starts no process between the look and the end of those that there are.
        os.kill(server, signal.SIGSTOP)
        all = [*map(int, Path(f"/proc/{server}/task/{server}/children").read_text().split()), server]
        for x in all:
            os.kill(x, signal.SIGKILL)
        # What is left holds the shared memory, without which none starts.
        eventually(lambda: not any(map(_is_alive, all)), "the server is gone")
        self._server("resume")

    def close(self) -> None:
        self._server("stop")
        shutil.rmtree(self.directory, ignore_errors=True)


class MariaDb(Database):
    dialect = "mariadb"

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="carillon-outbox-"))
        os.chmod(self.directory, 0o755)
        self.port = free_port()
        self.process: Optional["subprocess.Popen[bytes]"] = None
        self._initialize()
        self.start()
        self.script("CREATE DATABASE shop CHARACTER SET utf8mb4", database=None)
        self.script("CREATE USER relay@'127.0.0.1' IDENTIFIED BY 'p@ss/word'", database=None)
        self.script("GRANT ALL ON shop.* TO relay@'127.0.0.1'", database=None)
        self.url = f"mysql://relay:p%40ss%2Fword@127.0.0.1:{self.port}/shop"

    @staticmethod
    def program() -> Optional[str]:
        for place in [os.environ.get("MARIADB_SERVER"), shutil.which("mariadbd"), "/usr/sbin/mariadbd"]:
            if place and os.access(place, os.X_OK):
                return place
        return None

    @classmethod
    def is_there(cls) -> bool:
        try:
            import pymysql  # noqa: F401
        except ImportError:
            return False
        return cls.program() is not None

    def _arguments(self) -> List[str]:
        program = self.program()
        assert program
        base = Path(program).resolve().parents[1]
        return [
            program, "--no-defaults", f"--basedir={base}", f"--datadir={self.directory}/data",
            f"--lc-messages-dir={base}/share/mysql", f"--plugin-dir={base}/lib/mysql/plugin",
            # In a directory that servers share, each removes the temporary tables of the others when it starts.
            f"--tmpdir={self.directory}/tmp",
            "--user=root", "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M",
            "--innodb-flush-log-at-trx-commit=1", "--loose-innodb-use-native-aio=0",
        ]  # fmt: skip

    def _initialize(self) -> None:
        (self.directory / "data").mkdir()
        (self.directory / "tmp").mkdir()
        share = Path(self._arguments()[1 + 1].split("=", 1)[1]) / "share/mysql"
        names = ["mysql_system_tables.sql", "mysql_system_tables_data.sql"]
        if not (share / names[0]).exists():
            names = ["mariadb_system_tables.sql", "mariadb_system_tables_data.sql"]
        text = "CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n"
        text += "".join((share / x).read_text() for x in names)
        subprocess.run(
            [*self._arguments(), "--bootstrap", "--log-warnings=0"],
            input=text.encode(), check=True, stdout=subprocess.DEVNULL, stderr=open(self.directory / "log", "ab"),
        )  # fmt: skip

    def start(self) -> None:
        self.process = start_process(
            [
                *self._arguments(), f"--port={self.port}", "--bind-address=127.0.0.1", "--skip-name-resolve",
                f"--socket={self.directory}/socket", f"--pid-file={self.directory}/pid",
            ],
            self.directory / "log",
        )  # fmt: skip

        def answers() -> bool:
            assert self.process
            if self.process.poll() is not None:
                raise AssertionError((self.directory / "log").read_text())
            try:
                self.root().close()
                return True
            except Exception:  # noqa: BLE001
                return False

        eventually(answers, "MariaDB answers", 60)

    def root(self, database: Optional[str] = None) -> Any:
        import pymysql

        return pymysql.connect(unix_socket=f"{self.directory}/socket", user="root", database=database)

    def script(self, text: str, database: Optional[str] = "shop") -> None:
        connection = self.root(database)
        for statement in text.split(";\n"):
            if statement.strip():
                connection.cursor().execute(statement.strip().rstrip(";"))
        connection.commit()
        connection.close()

    def connect(self) -> Any:
        import pymysql

        return pymysql.connect(
            host="127.0.0.1", port=self.port, user="relay", password="p@ss/word", database="shop",
            connect_timeout=5, read_timeout=20, write_timeout=20,
        )  # fmt: skip

    def crash(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.start()

    def close(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class Sqlite(Database):
    dialect = "sqlite"
    mark = "?"

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="carillon-outbox-"))
        self.path = self.directory / "shop.db"
        self.url = f"sqlite://{self.path}"
        connection = sqlite3.connect(self.path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()

    def connect(self) -> Any:
        return sqlite3.connect(self.path, timeout=20)

    def script(self, text: str) -> None:
        connection = self.connect()
        connection.executescript(text)
        connection.commit()
        connection.close()

    def close(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)


KINDS: Dict[str, Type[Database]] = {"postgresql": Postgres, "mariadb": MariaDb, "sqlite": Sqlite}


def pause(seconds: float) -> None:
    """For writers and killers, whose pace is part of the test."""
    time.sleep(seconds)
