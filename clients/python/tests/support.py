"""What the tests share: a node of their own, a server that lies, and waiting for conditions."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, TypeVar

PACKAGE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PACKAGE / "src"))

T = TypeVar("T")


def has(module: str) -> bool:
    """Whether an optional package is there; where all tests have to run, its absence is a fault."""
    if importlib.util.find_spec(module) is not None:
        return True
    if os.environ.get("CARILLON_ALL_TESTS"):
        raise AssertionError(f"the tests need the Python package {module}")
    return False


DEADLINE = 20.0


def eventually(condition: Callable[[], T], what: str, seconds: float = DEADLINE) -> T:
    """Polls until the condition gives something true, and gives that."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        out = condition()
        if out:
            return out
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        pause.wait(0.01)


def binary() -> str:
    path = os.environ.get("CARILLON_BINARY")
    if not path:
        raise AssertionError("CARILLON_BINARY has to name the program carillon")
    return path


def start_process(arguments: Sequence[str], log: Path, **more: object) -> "subprocess.Popen[bytes]":
    """A process that does not outlive this one, whatever ends it."""
    with open(log, "ab") as out:
        return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
            ["setpriv", "--pdeathsig", "KILL", *arguments], stdout=out, stderr=subprocess.STDOUT, **more
        )


class Node:
    """`carillon serve --dev` in a directory of its own, on ports that stay the same over restarts."""

    def __init__(self, *options: str, secured: bool = False) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="carillon-python-"))
        self._options = [*options, *([] if secured else ["--dev"])]
        self._data = self._admin = "127.0.0.1:0"
        self._log = self.directory / "log"
        self.start()

    def start(self) -> None:
        seen = len(self.log())
        self.process = start_process(
            [
                binary(), "serve", "--data-dir", str(self.directory / "data"),
                "--listen", self._data, "--admin-listen", self._admin, *self._options,
            ],
            self._log,
        )  # fmt: skip

        def ready() -> Optional["re.Match[str]"]:
            if self.process.poll() is not None:
                raise AssertionError(f"the node ended:\n{self.log()}")
            return re.search(r"^ready data=(\S+) admin=(\S+)", self.log()[seen:], re.M)

        found = eventually(ready, "the node is ready")
        assert found
        self._data, self._admin = found[1], found[2]

    @property
    def url(self) -> str:
        return f"http://{self._data}"

    @property
    def admin_url(self) -> str:
        return f"http://{self._admin}"

    @property
    def first_key(self) -> str:
        found = re.search(r"^admin key (\S+)", self.log(), re.M)
        assert found, self.log()
        return found[1]

    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


class LyingServer:
    """Answers each request with the next of the given bytes, then closes the connection.

    An empty answer closes without one; None leaves the request without an answer. The last answer is
    repeated. With `kept`, connections stay open.
    """

    def __init__(
        self, *answers: Optional[bytes], kept: bool = False, context: Optional[ssl.SSLContext] = None
    ) -> None:
        self._answers = list(answers)
        self._context = context
        self._kept = kept
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: List[socket.socket] = []
        #: The bodies of the requests, in their order.
        self.bodies: List[bytes] = []
        self.times: List[float] = []
        self.heads: List[bytes] = []
        self.url = "http://127.0.0.1:%d" % self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            if self._context is not None:
                plain, connection = connection, self._context.wrap_socket(connection, server_side=True)
                self._open[self._open.index(plain)] = connection
            while self._one(connection):
                pass
        except OSError:
            pass

    def _one(self, connection: socket.socket) -> bool:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return False
            data += more
        head, body = data.split(b"\r\n\r\n", 1)
        found = re.search(rb"content-length: (\d+)", head, re.I)
        while found and len(body) < int(found[1]):
            body += connection.recv(65536)
        self.heads.append(head)
        self.times.append(time.monotonic())
        self.bodies.append(body)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer is None:
            return False
        connection.sendall(answer)
        if not self._kept:
            connection.close()
        return self._kept

    def close(self) -> None:
        for x in [self._socket, *self._open]:
            x.close()


def http(status: int, body: bytes, **headers: str) -> bytes:
    """An answer; `_` in the names of headers stands for `-`."""
    fields: Dict[str, str] = {"Content-Length": str(len(body)), "Content-Type": "application/json"}
    fields.update({name.replace("_", "-"): value for name, value in headers.items()})
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + body


ORDER = {"total": 1, "items": [], "status": "new"}


def order_data(order_id: str) -> Dict[str, object]:
    """The data of an `order.created`."""
    return {"orderId": order_id, **ORDER}
