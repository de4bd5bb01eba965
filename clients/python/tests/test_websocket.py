"""The carrier by WebSocket, against a node that is played by a script."""

import asyncio
import json
import threading
import unittest
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Awaitable, Callable, Dict, List, Tuple
from unittest import mock

from support import DEADLINE, LyingServer, eventually, has, http
from carillon import Carillon, Event, ForbiddenError, Worker
from carillon.backoff import Backoff
from carillon.transport import Port
from carillon.hands import Hands, handed_from
from carillon.websocket import SocketCarrier, socket_url

websockets: Any = import_module("websockets") if has("websockets") else None

Script = Callable[[Any], Awaitable[None]]

HELLO = {"op": "hello", "consumer": "x", "generation": 1, "ackTimeoutMs": 30000}


def delivery(number: int, fence: str = "1.1") -> Dict[str, Any]:
    event = {
        "seq": number, "id": f"e-{number}", "type": "a.b", "source": "/", "time": "t", "recordedAt": "t",
        "audience": "none", "data": {}, "metadata": {},
    }  # fmt: skip
    return {"id": f"x-{number}", "fence": fence, "attempt": 1, "event": event}


class PlayedNode:
    """Plays one script for each connection; the last one again."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = list(scripts)
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self.failures: List[BaseException] = []
        self.connections = 0
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(DEADLINE)

    async def _serve(self) -> None:
        serve = websockets.serve(self._play, "127.0.0.1", 0, subprotocols=["carillon.consumer.v1"])
        async with serve as server:
            sockets: Any = server.sockets
            self.port = sockets[0].getsockname()[1]
            self._ready.set()
            await self._end.wait()

    async def _play(self, ws: Any, path: str = "") -> None:
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        self.connections += 1
        try:
            await asyncio.wait_for(script(ws), DEADLINE)
        except import_module("websockets.exceptions").ConnectionClosed:
            pass
        except BaseException as why:
            self.failures.append(why)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(DEADLINE)


async def say(ws: Any, *messages: Any) -> None:
    for x in messages:
        await ws.send(x if isinstance(x, str) else json.dumps(x))


async def hear(ws: Any, op: str) -> Dict[str, Any]:
    while True:
        message: Dict[str, Any] = json.loads(await ws.recv())
        if message["op"] == op:
            return message


async def stay(ws: Any) -> None:
    """An idle connection, until the worker drains it."""
    await say(ws, HELLO)
    await hear(ws, "drain")
    await ws.wait_closed()


@unittest.skipIf(websockets is None, "the package websockets is not installed")
class Played(unittest.TestCase):
    def worker(self, handler: Callable[[Event], object], *scripts: Script, **more: Any) -> Worker:
        self.played = PlayedNode(*scripts)
        self.addCleanup(self.played.close)
        settings = LyingServer(http(200, b'{"ackTimeoutMs":30000}'))
        self.addCleanup(settings.close)
        url = f"ws://127.0.0.1:{self.played.port}/consume/x"
        patch = mock.patch("carillon.websocket.socket_url", return_value=url)
        patch.start()
        self.addCleanup(patch.stop)
        client = Carillon(settings.url)
        self.addCleanup(client.close, 5.0)
        return client.subscribe("*", handler, name="x", carrier="websocket", **more)

    def finished(self, worker: Worker) -> None:
        self.assertTrue(worker.stop(DEADLINE))
        self.assertEqual(self.played.failures, [])

    def test_credit_is_what_it_has_room_for(self) -> None:
        heard: List[Any] = []
        seen: List[int] = []

        async def script(ws: Any) -> None:
            await say(ws, HELLO)
            heard.append((await hear(ws, "credit"))["n"])
            await say(ws, {"op": "deliver", "deliveries": [delivery(1), delivery(2)]})
            acked: List[str] = []
            given = 0
            while len(acked) < 2 or given < 2:
                message = json.loads(await ws.recv())
                acked += message.get("ids", [])
                given += message.get("n", 0)
            heard.append((sorted(acked), given))
            await hear(ws, "drain")
            await ws.wait_closed()

        worker = self.worker(lambda event: seen.append(event.seq), script, concurrency=2, prefetch=3)
        eventually(lambda: len(heard) == 2 or self.played.failures, "both are acknowledged")
        self.finished(worker)
        self.assertEqual(heard, [5, (["x-1", "x-2"], 2)])
        self.assertEqual(sorted(seen), [1, 2])

    def test_what_was_not_begun_is_given_back(self) -> None:
        heard: List[Any] = []
        release = threading.Event()
        self.addCleanup(release.set)
        begun: List[int] = []

        def handler(event: Event) -> None:
            begun.append(event.seq)
            release.wait(DEADLINE)

        async def script(ws: Any) -> None:
            await say(ws, {**HELLO, "history": "h"})
            await hear(ws, "credit")
            await say(ws, {"op": "deliver", "deliveries": [delivery(1), delivery(2), delivery(3)]})
            await hear(ws, "drain")
            heard.append((await hear(ws, "release"))["ids"])
            release.set()
            heard.append((await hear(ws, "ack"))["ids"])
            await ws.wait_closed()

        worker = self.worker(handler, script, concurrency=1, prefetch=5)
        eventually(lambda: begun or self.played.failures, "one has begun")
        self.finished(worker)
        self.assertEqual(heard, [["x-2", "x-3"], ["x-1"]])
        self.assertEqual(begun, [1])

    def test_garbage_ends_the_connection_and_not_the_worker(self) -> None:
        seen: List[int] = []

        def sending(*messages: Any) -> Script:
            async def script(ws: Any) -> None:
                await say(ws, *messages)
                await ws.wait_closed()

            return script

        async def good(ws: Any) -> None:
            await say(ws, HELLO)
            await hear(ws, "credit")
            await say(ws, {"op": "unknown"}, {"op": "acked", "upTo": 7}, {"op": "error", "code": "x", "message": "y"})
            await say(ws, {"op": "deliver", "deliveries": [delivery(1)]})
            assert (await hear(ws, "ack"))["ids"] == ["x-1"]
            await hear(ws, "drain")
            await ws.wait_closed()

        garbage = (
            sending("nonsense"),
            sending("[]"),
            sending({"op": "deliver", "deliveries": []}),
            sending(HELLO, "nonsense"),
            sending(HELLO, {"op": "deliver", "deliveries": [{}]}),
            sending(HELLO, {"op": "deliver", "deliveries": [delivery(i) for i in range(50)]}),
            sending({"op": "hello"}),
        )
        pauses = mock.patch("carillon.websocket.Backoff", lambda: Backoff(0.01, 0.05))
        with pauses, self.assertLogs("carillon", "WARNING"):
            worker = self.worker(lambda event: seen.append(event.seq), *garbage, good)
            eventually(lambda: worker.stats.handled == 1 or self.played.failures, "the good one is handled", 40)
            self.finished(worker)
        self.assertEqual(worker.stats.interruptions, len(garbage))
        self.assertEqual(seen, [1])

    def test_what_came_by_a_lost_connection_is_not_acknowledged_by_the_next(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)
        heard: List[Any] = []
        seen: List[Event] = []

        def handler(event: Event) -> None:
            seen.append(event)
            release.wait(DEADLINE)

        async def first(ws: Any) -> None:
            await say(ws, HELLO)
            await hear(ws, "credit")
            await say(ws, {"op": "deliver", "deliveries": [delivery(1), delivery(2)]})
            while not seen:
                await asyncio.sleep(0.01)

        async def second(ws: Any) -> None:
            await say(ws, HELLO)
            heard.append((await hear(ws, "credit"))["n"])
            release.set()
            await say(ws, {"op": "deliver", "deliveries": [delivery(3)]})
            heard.append((await hear(ws, "ack"))["ids"])
            await hear(ws, "drain")
            await ws.wait_closed()

        with self.assertLogs("carillon", "WARNING"):
            worker = self.worker(handler, first, second, prefetch=3)
            eventually(lambda: len(heard) == 2 or self.played.failures, "the third is acknowledged")
        self.finished(worker)
        # One place is still held by the handler of the first.
        self.assertEqual(heard, [3, ["x-3"]])
        self.assertEqual([x.seq for x in seen], [1, 3])
        assert seen[0].delivery is not None
        self.assertTrue(seen[0].delivery.lost)

    def test_a_delivery_that_comes_again_while_it_is_handled_is_acknowledged_once(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)
        heard: List[Any] = []
        seen: List[Event] = []

        def handler(event: Event) -> None:
            seen.append(event)
            release.wait(DEADLINE)

        async def first(ws: Any) -> None:
            await say(ws, HELLO)
            await hear(ws, "credit")
            await say(ws, {"op": "deliver", "deliveries": [delivery(1)]})
            while not seen:
                await asyncio.sleep(0.01)

        async def second(ws: Any) -> None:
            await say(ws, HELLO)
            await hear(ws, "credit")
            await say(ws, {"op": "deliver", "deliveries": [delivery(1, "1.2")]})
            pong = await ws.ping()
            await pong
            release.set()
            heard.append((await hear(ws, "ack"))["ids"])
            await hear(ws, "drain")
            await ws.wait_closed()

        with self.assertLogs("carillon", "WARNING"):
            worker = self.worker(handler, first, second)
            eventually(lambda: heard or self.played.failures, "it is acknowledged")
        self.finished(worker)
        self.assertEqual((heard, len(seen)), ([["x-1"]], 1))

    def test_a_long_list_of_acknowledgements_stays_within_the_nodes_bound(self) -> None:
        hands = Hands(lambda event: None, 1, 3000, 30.0, 60.0, "x")
        hands.start()
        self.addCleanup(hands.end, 0.0)
        name = "n" * 64
        all_of_them = [{**delivery(i), "id": f"{name}-{i}"} for i in range(2000)]
        hands.accept(handed_from({"deliveries": all_of_them}), 0)
        eventually(lambda: len(hands.outcomes()) == 2000, "all are handled")
        sent: List[str] = []

        class Socket:
            async def send(self, text: str) -> None:
                sent.append(text)

        worker = Worker(Port("http://x", None, None, "a"), "x", lambda event: None)
        asyncio.run(SocketCarrier(worker, hands)._settle(Socket()))
        self.assertEqual(sum(len(json.loads(x)["ids"]) for x in sent), 2000)
        self.assertLess(max(map(len, sent)), 64 * 1024)
        self.assertTrue(hands.is_empty)

    def test_a_refused_handshake_ends_the_worker(self) -> None:
        refusing = LyingServer(http(200, b'{"ackTimeoutMs":30000}'), http(403, b"{}"))
        self.addCleanup(refusing.close)
        client = Carillon(refusing.url, "ck_1")
        with self.assertLogs("carillon", "ERROR"):
            worker = client.subscribe("*", lambda event: None, name="x", carrier="websocket")
            with self.assertRaises(ForbiddenError):
                worker.wait(DEADLINE)
        self.assertIn(b"Authorization: Bearer ck_1", refusing.heads[1])
        self.assertIn(b"/consume/x", refusing.heads[1])


class Library(unittest.TestCase):
    """What the package calls in each generation of websockets: 10 to 13 are the old one, 14 has other names."""

    def carrier(self, version: str, connect: Any = None, exceptions: Any = None) -> SocketCarrier:
        library = SimpleNamespace(__version__=version, connect=connect)
        modules = {"websockets": library, "websockets.exceptions": exceptions}
        worker = Worker(Port("http://h:1", "ck_1", None, "a"), "x", lambda event: None, carrier="pull")
        with mock.patch("carillon.websocket.import_module", modules.__getitem__):
            return SocketCarrier(worker, Hands(lambda event: None, 1, 10, 30.0, 60.0, "x"))

    def test_headers_and_proxies_are_named_as_the_version_has_them(self) -> None:
        for version, name, proxy in (
            ("10.4", "extra_headers", False), ("13.1", "extra_headers", False),
            ("14.0", "additional_headers", False), ("15.0.1", "additional_headers", True),
        ):  # fmt: skip
            options = self.carrier(version)._options()
            self.assertEqual(options[name]["Authorization"], "Bearer ck_1", version)
            self.assertEqual(len({"extra_headers", "additional_headers"} & set(options)), 1, version)
            self.assertEqual("proxy" in options, proxy, version)

    def test_a_refusal_is_understood_from_both(self) -> None:
        class WebSocketException(Exception):
            pass

        class ConnectionClosed(WebSocketException):
            pass

        class InvalidStatus(WebSocketException):
            response = SimpleNamespace(status_code=403)

        class InvalidStatusCode(WebSocketException):
            status_code = 403

        def connect(refusal: Exception) -> Callable[..., Any]:
            def call(*words: Any, **options: Any) -> Any:
                raise refusal

            return call

        base = {"WebSocketException": WebSocketException, "ConnectionClosed": ConnectionClosed}
        known: List[Tuple[str, Dict[str, Any], Exception]] = [
            ("10.4", {"InvalidStatus": InvalidStatus, "InvalidStatusCode": InvalidStatusCode}, InvalidStatusCode()),
            ("14.0", {"InvalidStatus": InvalidStatus, "InvalidStatusCode": InvalidStatusCode}, InvalidStatus()),
            # Without the old generation's names.
            ("99.0", {"InvalidStatus": InvalidStatus}, InvalidStatus()),
        ]
        for version, more, refusal in known:
            carrier = self.carrier(version, connect(refusal), SimpleNamespace(**base, **more))
            with self.assertRaises(ForbiddenError, msg=version):
                asyncio.run(carrier._connection())


class Urls(unittest.TestCase):
    def test_the_scheme_follows_that_of_the_port(self) -> None:
        for url, wanted in (("http://h:1/p/", "ws://h:1/p/consume/x.y"), ("https://h", "wss://h/consume/x.y")):
            self.assertEqual(socket_url(Port(url, None, None, "a"), "x.y"), wanted)


if __name__ == "__main__":
    unittest.main()
