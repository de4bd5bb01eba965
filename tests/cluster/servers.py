"""The database of a cluster: a PostgreSQL server that dies, its standby, and what lies between it and the nodes."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Coroutine, List, Optional, Set

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "outbox"))

from databases import Postgres, _is_alive, free_port  # noqa: E402
from support import eventually  # noqa: E402


def _as_owner(*arguments: str) -> None:
    words = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.getuid() == 0 else []
    subprocess.run([*words, *arguments], check=True, capture_output=True, cwd="/tmp")


class Server(Postgres):
    """A server on loopback; `run` does a statement on a connection of its own, outside of a transaction."""

    def run(self, *statements: str) -> None:
        connection = self.connect()
        connection.autocommit = True
        for x in statements:
            connection.cursor().execute(x)
        connection.close()

    def restart(self, how: str = "fast") -> None:
        self._server("restart", how)

    def processes(self) -> List[int]:
        server = int(Path(f"{self.directory}/pg/data/postmaster.pid").read_text().split()[0])
        return [server, *map(int, Path(f"/proc/{server}/task/{server}/children").read_text().split())]

    def die(self) -> None:
        """As with its machine: it does not come again."""
        first = self.processes()[0]
        os.kill(first, signal.SIGSTOP)
        all = self.processes()
        for x in all:
            os.kill(x, signal.SIGKILL)
        eventually(lambda: not any(map(_is_alive, all)), "the server is gone")
        os.remove(f"{self.directory}/pg/data/postmaster.pid")

    def accept_standbys(self) -> None:
        self.run("ALTER SYSTEM SET wal_level = replica", "ALTER SYSTEM SET max_wal_senders = 4")
        self.restart()

    def waits(self, what: str = "count") -> int:
        """Commits that wait for a standby; `what` may be pg_cancel_backend or pg_terminate_backend, done to each."""
        value = "count(pid)" if what == "count" else f"count({what}(pid))"
        return int(self.ask(f"SELECT {value} FROM pg_stat_activity WHERE wait_event = 'SyncRep'")[0][0])


class Standby(Server):
    """A copy of another server, which follows it until it is promoted."""

    def __init__(self, of: Server) -> None:
        self.directory = tempfile.mkdtemp(prefix="carillon-standby-", dir="/tmp")
        os.chmod(self.directory, 0o755)
        self.port = free_port()
        self.url = f"postgresql://carillon@127.0.0.1:{self.port}/postgres"
        place = f"{self.directory}/pg"
        os.mkdir(place)
        if os.getuid() == 0:
            shutil.chown(place, "postgres", "postgres")
        newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_basebackup"))[-1]
        _as_owner(
            str(newest), "-d", of.url, "-D", f"{place}/data", "--write-recovery-conf", "--wal-method=stream",
            "--checkpoint=fast",
        )  # fmt: skip
        with open(f"{place}/data/postgresql.conf", "a") as settings:
            settings.write(f"port = {self.port}\nunix_socket_directories = '{place}'\n")
        self._server("resume")

    def catch_up(self, of: Server) -> None:
        statement = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
        eventually(lambda: bool(of.ask(statement)[0][0] == 1), "it streams")

    def lose_sight(self) -> None:
        """What its primary commits from now on does not come."""
        self.run("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
        eventually(lambda: bool(self.ask("SELECT count(*) FROM pg_stat_wal_receiver")[0][0] == 0), "it receives nothing")

    def hold(self, held: bool) -> None:
        """Stands still, or goes on."""
        for x in self.processes():
            os.kill(x, signal.SIGSTOP if held else signal.SIGCONT)

    def promote(self) -> None:
        self.run("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()", "SELECT pg_promote(true, 60)")


class Proxy:
    """Hands bytes on to a server, each way after a delay; the server may be changed, which ends all connections."""

    def __init__(self, to: int, delay: float = 0.0) -> None:
        self._to: Optional[int] = to
        self.delay = delay
        self._tasks: Set["asyncio.Task[Any]"] = set()
        self._loop = asyncio.new_event_loop()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(self._socket.getsockname()[1])
        self.url = f"postgresql://carillon@127.0.0.1:{self.port}/postgres"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def lead_to(self, to: Optional[int]) -> None:
        """None: connections end at once."""

        def change() -> None:
            self._to = to
            for x in list(self._tasks):
                x.cancel()

        self._loop.call_soon_threadsafe(change)

    def close(self) -> None:
        self.lead_to(None)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._socket.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._serve, sock=self._socket))
        self._loop.run_forever()

    def _start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to = self._to
        try:
            if to is None:
                return
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", to)
            try:
                both = [self._start(self._hand_on(reader, other_writer)), self._start(self._hand_on(other_reader, writer))]
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                for x in both:
                    x.cancel()
            finally:
                other_writer.close()
        except OSError:
            pass
        finally:
            writer.close()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Bytes under way do not hold up those behind them: it is a long line, not a narrow one."""
        under_way: "asyncio.Queue[Any]" = asyncio.Queue()

        async def arrive() -> None:
            while True:
                due, data = await under_way.get()
                await asyncio.sleep(due - self._loop.time())
                writer.write(data)
                await writer.drain()
                if not data:
                    return

        arrival = self._start(arrive())
        try:
            while not arrival.done():
                data = await reader.read(65536)
                under_way.put_nowait((self._loop.time() + self.delay, data))
                if not data:
                    await arrival
                    return
        except OSError:
            pass
        finally:
            arrival.cancel()
