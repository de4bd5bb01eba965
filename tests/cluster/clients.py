"""Clients of a cluster, which write down what they saw: publishers at all nodes, a webhook receiver, a worker, a session."""

from __future__ import annotations

import http.client
import http.server
import json
import random
import sys
import threading
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "outbox"))

from databases import pause  # noqa: E402
from history import DUPLICATE, REFUSED, STORED, UNKNOWN, Arrival, Endpoint, Operation  # noqa: E402
from members import Cluster, Member  # noqa: E402

COMPANIES = ("c-1", "c-2", "c-3")
TYPE = "order.cancelled"
#: What may be tried again: with the same id it is one event.
AGAIN = (429, 500, 502, 503, 504)


def call(port: int, method: str, path: str, body: Any = None, timeout: float = 5.0) -> Tuple[int, Any]:
    """Raises OSError or HTTPException."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": "application/json"} if text else {})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    finally:
        connection.close()


class Client:
    """A thread that goes on until it is told to stop."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.trouble: List[str] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self, seconds: float = 30.0) -> None:
        self.stop.set()
        self._thread.join(seconds)
        if self._thread.is_alive():
            self.trouble.append(f"{type(self).__name__} does not end")

    def _run(self) -> None:
        try:
            while not self.stop.is_set():
                try:
                    self.turn()
                except (OSError, http.client.HTTPException):
                    pause(0.05)
        except Exception as error:  # noqa: BLE001
            self.trouble.append(f"{type(self).__name__}: {error!r}")

    def turn(self) -> None:
        raise NotImplementedError


class Publisher(Client):
    """One event after the other, each until it is acknowledged: again at any node, and now and then at two at a time."""

    def __init__(self, cluster: Cluster, home: Member, name: str, seed: int) -> None:
        super().__init__()
        self.operations: List[Operation] = []
        self.pending = False
        self._cluster, self._home, self._name = cluster, home, name
        self._chance = random.Random(seed)
        self._number = 0

    def turn(self) -> None:
        event, key = f"{self._name}-{self._number}", self._chance.choice(COMPANIES)
        self._number += 1
        twin = None
        if self._chance.random() < 0.05:
            other = self._chance.choice(self._cluster.members)
            twin = threading.Thread(target=self._attempt, args=(other, event, key), daemon=True)
            twin.start()
        self.pending = True
        at = self._home
        # It is tried on when publishing is to end: what was begun is to be acknowledged.
        end: Optional[float] = None
        while not self._attempt(at, event, key):
            pause(self._chance.uniform(0.01, 0.1))
            at = self._chance.choice(self._cluster.members)
            if self.stop.is_set():
                end = end or time.monotonic() + 20
                if time.monotonic() > end:
                    break
        self.pending = False
        if twin is not None:
            twin.join()
        pause(self._chance.uniform(0.01, 0.08))

    def _attempt(self, at: Member, event: str, key: str) -> bool:
        body = {"type": TYPE, "id": event, "companyId": key, "data": {"orderId": event, "reason": "test"}}
        begin = time.monotonic()
        outcome, seq, text = UNKNOWN, 0, ""
        try:
            status, answer = call(at.data, "POST", "/api/events", body)
            if status in (200, 201):
                outcome, seq = DUPLICATE if answer["duplicate"] else STORED, int(answer["seq"])
            elif status not in AGAIN:
                outcome, text = REFUSED, f"{status} {answer}"
        except (OSError, http.client.HTTPException, ValueError):
            pass
        x = Operation(event, at.name, begin, time.monotonic(), outcome, seq, text)
        self.operations.append(x)
        return x.acknowledged or outcome == REFUSED


class Receiver:
    """Takes what webhooks send, each path an endpoint."""

    def __init__(self) -> None:
        self.arrivals: Dict[str, List[Arrival]] = {}
        lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:  # noqa: N802
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    some = receiver.arrivals.setdefault(self.path, [])
                    some.append(Arrival(int(body["seq"]), str(body["id"]), time.monotonic(), str(body["companyId"])))
                # Its work, amid which the node may die.
                pause(0.003)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_: Any) -> None:
                """The node died."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def endpoint(self, name: str, in_flight: int, ordered: bool) -> Endpoint:
        return Endpoint(name, 1 if ordered else in_flight, ordered, list(self.arrivals.get(f"/{name}", [])))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Worker(Client):
    """A remote consumer with the company as the key, at whichever node owns."""

    name = "loyalty"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self.arrivals: List[Arrival] = []
        self._cluster = cluster

    def turn(self) -> None:
        owner = self._cluster.owner
        if owner is None:
            pause(0.05)
            return
        path = f"/api/consumers/{self.name}"
        status, answer = call(owner.data, "POST", f"{path}/pull", {"max": 20, "waitMs": 1000, "worker": "w"})
        if status != 200:
            pause(0.05)
            return
        got = answer["deliveries"]
        if not got:
            return
        for x in got:
            event = x["event"]
            self.arrivals.append(Arrival(event["seq"], event["id"], time.monotonic(), event["companyId"]))
        call(owner.data, "POST", f"{path}/ack", {"deliveries": [{"id": x["id"], "fence": x["fence"]} for x in got]})


class Session(Client):
    """Reads the events of a company at any node, and resumes where it was at another one."""

    key = COMPANIES[0]

    def __init__(self, cluster: Cluster, seed: int) -> None:
        super().__init__()
        self.arrivals: List[Arrival] = []
        self.connections = 0
        self._cluster = cluster
        self._chance = random.Random(seed)
        self._last = ""

    def turn(self) -> None:
        member = self._chance.choice(self._cluster.members)
        connection = http.client.HTTPConnection("127.0.0.1", member.data, timeout=2)
        try:
            headers = {"Last-Event-ID": self._last} if self._last else {}
            path = f"/api/events/stream?user=u-1&company={self.key}&types={TYPE}" + ("" if self._last else "&since=0")
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            if answer.status != 200:
                pause(0.05)
                return
            self.connections += 1
            self._read(answer)
        finally:
            connection.close()

    def _read(self, answer: http.client.HTTPResponse) -> None:
        # It moves on now and then, also from a node that is well.
        end = time.monotonic() + self._chance.uniform(1, 8)
        at = ""
        while time.monotonic() < end and not self.stop.is_set():
            line = answer.readline().decode()
            if not line.endswith("\n"):
                return
            name, _, value = line.rstrip("\n").partition(": ")
            if name == "id":
                at = value
            elif name == "data" and at:
                event = json.loads(value)
                self.arrivals.append(Arrival(event["seq"], event["id"], time.monotonic(), self.key))
                self._last, at = at, ""
