"""Workers of a real node, by both carriers."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import unittest
from collections import defaultdict
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple, Type
from unittest import mock

from support import DEADLINE, LyingServer, Node, eventually, has, http, order_data, start_process
from carillon import (
    Carillon,
    CarillonError,
    ConflictError,
    Event,
    InvalidError,
    MissingPackageError,
    NewEvent,
    NotFoundError,
    Receipt,
    Reject,
    Retry,
    UnauthenticatedError,
    UnreachableError,
    Worker,
)

from carillon.backoff import Backoff
from carillon.hands import Hands
from carillon.pull import PullCarrier

PROGRAM = Path(__file__).resolve().parent / "worker_program.py"


class Fixture(unittest.TestCase):
    """One node for the tests of a class."""

    node: Node
    carrier: Any = "pull"
    __test__ = False

    @classmethod
    def setUpClass(cls) -> None:
        cls.node = Node()
        cls.addClassCleanup(cls.node.close)

    def setUp(self) -> None:
        self.client = Carillon(self.node.url, admin_url=self.node.admin_url, service="shop", timeout=20)
        # An idle worker by pull stops when its request has been answered.
        shorter = mock.patch("carillon.pull._WAIT", 0.3)
        shorter.start()
        self.addCleanup(shorter.stop)
        self.addCleanup(self.client.close, 5.0)
        #: Consumers and companies are of one test.
        self.name = self.id().rsplit(".", 1)[1][:50].lower() + "-" + self.carrier

    def publish(self, count: int, companies: int = 1, first: int = 0) -> List[str]:
        ids = [f"{self.name}/{first + i}" for i in range(count)]
        done = self.client.publish_many(
            [
                NewEvent("order.created", order_data(id), company_id=f"{self.name}-{(first + i) % companies}", id=id)
                for i, id in enumerate(ids)
            ]
        )
        self.assertTrue(all(isinstance(x, Receipt) for x in done), done)
        return ids

    def subscribe(self, handler: Any, **more: Any) -> Worker:
        return self.client.subscribe("order.*", handler, **{"name": self.name, "carrier": self.carrier, **more})

    def lag(self) -> int:
        """How far the durable cursor is behind the log."""
        assert self.client._admin_port is not None
        path = f"/api/consumers/{self.name}"
        return int(self.client._admin_port.once("GET", path, deadline=self.client._deadline(5))["lag"])

    def workers(self) -> Dict[str, Any]:
        path = f"/api/consumers/{self.name}/workers"
        return dict(self.client.data_port.call("GET", path, deadline=self.client._deadline(5))["workers"])

    def dead_letters(self) -> List[Dict[str, Any]]:
        assert self.client._admin_port is not None
        answer = self.client._admin_port.once(
            "GET", "/api/dead-letters", query={"consumer": self.name}, deadline=self.client._deadline(5)
        )
        return list(answer["deadLetters"])


class Carriers:
    """What holds for both carriers."""

    class Shared(Fixture):
        def test_the_trace_of_an_event_goes_on_in_its_handler(self) -> None:
            trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            seen: List[Event] = []
            self.subscribe(seen.append)
            self.client.publish("order.created", order_data("traced"), company_id="c-1", traceparent=trace)
            self.publish(1)
            eventually(lambda: len(seen) == 2, "both are handled")
            # This node records no spans: it passes on what the event came with.
            self.assertEqual([x.delivery and x.delivery.traceparent for x in seen], [trace, None])
            self.assertEqual([x.traceparent for x in seen], [trace, None])

        def test_events_are_handled_and_acknowledged(self) -> None:
            seen: List[Event] = []
            worker = self.subscribe(seen.append)
            ids = self.publish(30)
            eventually(lambda: len(seen) == 30, "all are handled")
            self.assertEqual(sorted(x.id for x in seen), sorted(ids))
            first = seen[0]
            assert first.delivery is not None
            self.assertEqual((first.delivery.attempt, first.delivery.replay, first.delivery.lost), (1, None, False))
            self.assertEqual((first.type, first.company_id), ("order.created", self.name + "-0"))
            eventually(lambda: self.lag() == 0, "the cursor is at the end")
            self.assertTrue(worker.stop(DEADLINE))
            self.assertEqual((worker.stats.handled, worker.stats.failed, worker.stats.lost), (30, 0, 0))
            self.publish(1, first=30)
            self.subscribe(seen.append)
            eventually(lambda: len(seen) == 31, "what came meanwhile is handled")
            self.assertEqual(seen[-1].id, f"{self.name}/30")

        def test_a_failure_is_retried_and_a_rejection_is_not(self) -> None:
            attempts: Dict[str, List[int]] = defaultdict(list)

            def handler(event: Event) -> None:
                assert event.delivery is not None
                attempts[event.id].append(event.delivery.attempt)
                kind = event.id.rsplit("/", 1)[1]
                if kind == "0" and len(attempts[event.id]) < 3:
                    raise ValueError("not yet")
                if kind == "1":
                    raise Reject("no such order")
                if kind == "2" and len(attempts[event.id]) < 2:
                    raise Retry(after=0.3)

            with self.assertLogs("carillon", "ERROR"):
                worker = self.subscribe(handler, retry_schedule=[0.01], max_attempts=4)
                ids = self.publish(4)
                eventually(lambda: worker.stats.handled == 3, "three are handled")
            self.assertEqual([attempts[x] for x in ids], [[1, 2, 3], [1], [1, 2], [1]])
            dead = eventually(self.dead_letters, "the dead letter")
            self.assertEqual([x["eventId"] for x in dead], [ids[1]])
            self.assertIn("no such order", dead[0]["lastError"])

        def test_the_order_of_each_key_holds(self) -> None:
            """Many threads and three workers, failures at random: each company's events come in their order."""
            seed = int(os.environ.get("CARILLON_SEED", random.randrange(10**6)))
            print(f"CARILLON_SEED={seed}", end=" ", file=sys.stderr)
            rng = random.Random(seed)
            lock = threading.Lock()
            handled: Dict[str, List[int]] = defaultdict(list)
            running: Dict[str, int] = defaultdict(int)
            overlaps: List[str] = []

            def handler(event: Event) -> None:
                key = event.company_id or ""
                with lock:
                    running[key] += 1
                    if running[key] > 1:
                        overlaps.append(event.id)
                    fails = rng.random() < 0.1
                    if not fails:
                        handled[key].append(event.seq)
                with lock:
                    running[key] -= 1
                if fails:
                    raise ValueError("by chance")

            with self.assertLogs("carillon", "ERROR"):
                for _ in range(3):
                    client = Carillon(self.node.url, timeout=20)
                    self.addCleanup(client.close, 5.0)
                    client.subscribe(
                        "order.*", handler, name=self.name, order="per_key", concurrency=4, carrier=self.carrier,
                        retry_schedule=[0.0], max_attempts=50,
                    )  # fmt: skip
                ids = self.publish(300, companies=7)
                eventually(lambda: sum(map(len, handled.values())) >= len(ids), "all are handled", 40)
                eventually(lambda: self.lag() == 0, "all are acknowledged")
            self.assertEqual(overlaps, [])
            for seqs in handled.values():
                self.assertEqual(seqs, sorted(set(seqs)))

        def test_a_handler_that_takes_long_is_extended(self) -> None:
            release = threading.Event()
            self.addCleanup(release.set)
            begun: List[Event] = []

            def handler(event: Event) -> None:
                begun.append(event)
                release.wait(DEADLINE)

            worker = self.subscribe(handler, ack_timeout=3, retry_schedule=[0.01])
            self.publish(2)
            eventually(lambda: begun, "it has begun")
            # Both of them, through several of their deadlines.
            eventually(lambda: worker.stats.extended >= 8, "they are extended")
            release.set()
            eventually(lambda: worker.stats.handled == 2, "both are handled")
            eventually(lambda: self.lag() == 0, "both are acknowledged")
            self.assertEqual((self.workers()["expired"], self.workers()["stale"]), (0, 0))
            assert begun[0].delivery is not None
            self.assertEqual((len(begun), worker.stats.lost, begun[0].delivery.lost), (2, 0, False))

        def test_beyond_the_longest_time_another_attempt_is_made(self) -> None:
            release = threading.Event()
            self.addCleanup(release.set)
            begun: List[Event] = []

            def handler(event: Event) -> None:
                begun.append(event)
                release.wait(DEADLINE)

            settings: Dict[str, Any] = {"ack_timeout": 0.3, "retry_schedule": [0.0], "max_attempts": 100}
            self.subscribe(handler, longest=0.1, **settings)
            self.publish(1)
            eventually(lambda: begun, "it has begun")
            other: List[Event] = []
            client = Carillon(self.node.url)
            self.addCleanup(client.close, 5.0)
            client.subscribe("order.*", other.append, name=self.name, carrier=self.carrier, **settings)
            eventually(lambda: other, "the other worker has it")
            self.assertEqual(other[0].id, begun[0].id)
            assert other[0].delivery is not None
            self.assertGreater(other[0].delivery.attempt, 1)
            self.assertEqual(len(begun), 1)

        def test_a_worker_that_is_killed_loses_nothing(self) -> None:
            log = self.node.directory / f"{self.name}.log"
            process = start_process(
                [sys.executable, str(PROGRAM), self.node.url, self.carrier, self.name], log, stdin=subprocess.PIPE
            )
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            eventually(lambda: b"ready" in log.read_bytes(), "the process is ready")
            ids = self.publish(3)
            eventually(lambda: b"begin" in log.read_bytes(), "it has begun")
            process.kill()
            process.wait()
            seen: List[Event] = []
            self.subscribe(seen.append, ack_timeout=1.0)
            eventually(lambda: sorted({x.id for x in seen}) == sorted(ids), "all are with the other worker")
            self.assertNotIn(b"end", log.read_bytes())

        def test_sigterm_lets_handlers_end(self) -> None:
            log = self.node.directory / f"{self.name}.log"
            process = start_process(
                [sys.executable, str(PROGRAM), self.node.url, self.carrier, self.name], log, stdin=subprocess.PIPE
            )
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            eventually(lambda: b"ready" in log.read_bytes(), "the process is ready")
            ids = self.publish(2)
            eventually(lambda: b"begin" in log.read_bytes(), "it has begun")
            process.send_signal(signal.SIGTERM)
            assert process.stdin is not None
            process.stdin.write(b"go\n" * 2)
            process.stdin.flush()
            self.assertEqual(process.wait(DEADLINE), 0, log.read_text())
            process.stdin.close()
            lines = log.read_text().split("\n")
            self.assertIn("done True", lines)
            ended = [x.split()[1] for x in lines if x.startswith("end")]
            seen: List[Event] = []
            self.subscribe(seen.append, ack_timeout=1.0)
            eventually(lambda: len(seen) == 2 - len(ended), "the rest is with the other worker")
            eventually(lambda: self.lag() == 0, "all are acknowledged")
            self.assertEqual(sorted([*ended, *(x.id for x in seen)]), sorted(ids))

        def test_stop_says_when_a_handler_does_not_end(self) -> None:
            release = threading.Event()
            self.addCleanup(release.set)
            begun: List[Event] = []

            def handler(event: Event) -> None:
                begun.append(event)
                release.wait(DEADLINE)

            worker = self.subscribe(handler, ack_timeout=1.0)
            self.publish(1)
            eventually(lambda: begun, "it has begun")
            self.assertFalse(worker.stop(0.1))
            release.set()
            self.assertTrue(worker.stop(DEADLINE))
            self.assertFalse(worker.is_running)

        def test_an_idle_worker_stops_soon(self) -> None:
            worker = self.subscribe(lambda event: None)
            self.assertTrue(worker.is_running)
            self.assertTrue(worker.stop(10))
            self.assertTrue(worker.wait(0))

        def test_a_consumer_that_was_deleted_is_made_again(self) -> None:
            seen: List[Event] = []
            self.subscribe(seen.append)
            self.publish(1)
            eventually(lambda: seen, "one is handled")
            path = f"/api/consumers/{self.name}"
            with self.assertLogs("carillon", "WARNING"):
                self.client.data_port.once("DELETE", path, deadline=self.client._deadline(5))

                def is_back() -> bool:
                    try:
                        return bool(self.workers()["connected"] or self.workers()["waitingPulls"])
                    except NotFoundError:
                        return False

                eventually(is_back, "the worker is back")
            self.publish(1, first=1)
            eventually(lambda: len(seen) == 2, "the next one is handled")

        def test_what_would_change_the_meaning_of_the_cursor_is_refused(self) -> None:
            self.subscribe(lambda event: None)
            with self.assertRaises(ConflictError):
                self.subscribe(lambda event: None, order="total")
            with self.assertRaises(InvalidError):
                self.subscribe(lambda event: None, name=self.name + "2", max_attempts=0)

        def test_a_consumer_begins_where_it_is_told_to(self) -> None:
            receipt = self.client.publish("order.created", order_data("s"), company_id=self.name, id=self.name + "/s")
            seen: List[Event] = []
            self.subscribe(seen.append, start=receipt.seq - 1, company_id=self.name)
            eventually(lambda: seen, "it is handled")
            self.assertEqual(seen[0].seq, receipt.seq)

    class Outages(Fixture):
        """Each test has a node of its own, since it kills it."""

        @classmethod
        def setUpClass(cls) -> None:
            pass

        def setUp(self) -> None:
            self.node = Node()
            self.addCleanup(self.node.close)
            super().setUp()

        def test_the_node_is_killed_while_workers_work(self) -> None:
            lock = threading.Lock()
            handled: Dict[str, List[int]] = defaultdict(list)

            def handler(event: Event) -> None:
                with lock:
                    handled[event.company_id or ""].append(event.seq)

            with self.assertLogs("carillon", "WARNING"):
                for _ in range(2):
                    self.subscribe(
                        handler, order="per_key", concurrency=3, prefetch=4, ack_timeout=1.0, retry_schedule=[0.0]
                    )
                total = 0
                for round in range(3):
                    self.publish(100, companies=5, first=total)
                    total += 100
                    eventually(lambda: sum(len(set(x)) for x in handled.values()) >= total - 60, "some are handled", 40)
                    self.node.kill()
                    self.node.start()
                eventually(lambda: sum(len(set(x)) for x in handled.values()) == total, "all are handled", 40)
                eventually(lambda: self.lag() == 0, "all are acknowledged", 30)
            for seqs in handled.values():
                new = list(dict.fromkeys(seqs))
                self.assertEqual(new, sorted(new), "what is new comes in its order")
            self.assertTrue(self.client.close(DEADLINE))

        def test_a_node_that_stops_orderly_is_followed_by_the_next(self) -> None:
            seen: List[Event] = []
            self.subscribe(seen.append)
            self.publish(1)
            eventually(lambda: seen, "one is handled")
            with self.assertLogs("carillon", "WARNING"):
                self.node.process.terminate()
                self.node.process.wait(DEADLINE)
                self.node.start()
                self.publish(1, first=1)
                eventually(lambda: len(seen) >= 2, "the next one is handled")
            self.assertEqual([x.id for x in seen], [self.name + "/0", self.name + "/1"])


class ByPull(Carriers.Shared):
    carrier = "pull"


class OutagesByPull(Carriers.Outages):
    carrier = "pull"


@unittest.skipUnless(has("websockets"), "the package websockets is not installed")
class ByWebSocket(Carriers.Shared):
    carrier = "websocket"

    def test_auto_is_the_websocket(self) -> None:
        worker = self.subscribe(lambda event: None, carrier="auto")
        self.assertEqual(worker.carrier, "websocket")

        eventually(lambda: bool(self.workers()["connected"] == 1), "it is connected")


@unittest.skipUnless(has("websockets"), "the package websockets is not installed")
class OutagesByWebSocket(Carriers.Outages):
    carrier = "websocket"


class Keys(unittest.TestCase):
    def test_a_worker_whose_key_is_removed_ends(self) -> None:
        node = Node(secured=True)
        self.addCleanup(node.close)
        admin = Carillon(node.url, node.first_key, node.admin_url)
        self.addCleanup(admin.close)
        assert admin._admin_port is not None
        made = admin._admin_port.once(
            "POST", "/api/keys", {"name": "w", "role": "worker", "consumers": "shop.*"}, deadline=admin._deadline(5)
        )
        client = Carillon(node.url, made["key"], service="shop")
        self.addCleanup(client.close)

        def count(event: Event) -> None:
            pass

        worker = client.subscribe("order.*", count, carrier="pull")
        self.assertEqual(worker.name, "shop.count")
        with self.assertLogs("carillon", "ERROR"):
            admin._admin_port.once("DELETE", f"/api/keys/{made['id']}", deadline=admin._deadline(5))
            with self.assertRaises(UnauthenticatedError):
                worker.wait(DEADLINE)
        self.assertFalse(worker.is_running)


class Lies(unittest.TestCase):
    """A server that answers a worker with garbage."""

    SETTINGS = http(200, b'{"name":"x","ackTimeoutMs":30000}')

    def server(self, *answers: Optional[bytes], kept: bool = False) -> LyingServer:
        out = LyingServer(*answers, kept=kept)
        self.addCleanup(out.close)
        return out

    def test_garbage_is_not_handled(self) -> None:
        seen: List[Event] = []
        event: Dict[str, Any] = {
            "seq": 1, "id": "x", "type": "a.b", "source": "/", "time": "t", "recordedAt": "t", "audience": "all",
            "data": {}, "metadata": {},
        }  # fmt: skip
        good: Dict[str, Any] = {"id": "x-1", "fence": "1.1", "attempt": 1, "event": event}
        many = [{**good, "id": f"x-{i}"} for i in range(3)]
        answers = [
            b"nonsense",
            http(200, b"<html>"),
            http(200, b"{}"),
            http(200, b'{"deliveries":[{}]}'),
            http(200, json.dumps({"deliveries": many}).encode()),  # more than it asked for
            http(200, json.dumps({"deliveries": [{**good, "event": {**event, "data": 7}}]}).encode()),
            http(500, b"{}"),
            http(503, b"no JSON"),
        ]
        server = self.server(self.SETTINGS, *answers, http(200, b'{"deliveries":[]}'))
        client = Carillon(server.url)
        pauses = mock.patch("carillon.pull.Backoff", lambda: Backoff(0.01, 0.05))
        with pauses, self.assertLogs("carillon", "WARNING"):
            worker = client.subscribe("*", seen.append, name="x", carrier="pull", prefetch=0)
            eventually(lambda: worker.stats.interruptions == len(answers), "all were refused", 40)
        self.assertTrue(worker.stop(DEADLINE))
        self.assertEqual(seen, [])

    def test_empty_answers_at_once_do_not_make_it_ask_without_end(self) -> None:
        server = self.server(self.SETTINGS, http(200, b'{"deliveries":[]}'), kept=True)
        client = Carillon(server.url)
        worker = client.subscribe("*", lambda event: None, name="x", carrier="pull")
        eventually(lambda: len(server.bodies) >= 6, "it has asked")
        # After the settings and a first pull: pauses of at least 50, 100, 200 and 400 ms.
        self.assertGreater(server.times[5] - server.times[1], 0.7)
        self.assertTrue(worker.stop(DEADLINE))

    def test_what_is_in_hand_at_the_end_is_settled(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)
        begun: List[Event] = []

        def handler(event: Event) -> None:
            begun.append(event)
            release.wait(DEADLINE)

        event: Dict[str, Any] = {
            "seq": 1, "id": "x", "type": "a.b", "source": "/", "time": "t", "recordedAt": "t", "audience": "all",
            "data": {}, "metadata": {},
        }  # fmt: skip
        one = {"deliveries": [{"id": "x-1", "fence": "1.1", "attempt": 1, "event": event}]}
        server = self.server(
            self.SETTINGS, http(200, json.dumps(one).encode()), http(200, b'{"settled":1,"stale":[],"deliveries":[]}')
        )
        worker = Worker(Carillon(server.url).data_port, "x", handler)
        hands = Hands(handler, 1, 1, 30.0, 60.0, "x")
        hands.start()
        self.addCleanup(hands.end, 0.0)
        carrier = PullCarrier(worker, hands)
        thread = threading.Thread(target=carrier.run)
        thread.start()
        eventually(lambda: begun, "it has begun")
        worker.begin_stop()
        eventually(lambda: carrier._pulled_all, "it takes no more")
        thread.join(0.5)
        self.assertTrue(thread.is_alive(), "it waits for the handler")
        release.set()
        thread.join(DEADLINE)
        self.assertFalse(thread.is_alive())
        self.assertEqual(json.loads(server.bodies[-1]), {"deliveries": [{"id": "x-1", "fence": "1.1"}]})
        self.assertIn(b"POST /api/consumers/x/ack", server.heads[-1])

    def test_what_was_not_begun_is_given_back(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)
        begun: List[Event] = []

        def handler(event: Event) -> None:
            begun.append(event)
            release.wait(DEADLINE)

        def one(number: int) -> Dict[str, Any]:
            event: Dict[str, Any] = {
                "seq": number, "id": "x", "type": "a.b", "source": "/", "time": "t", "recordedAt": "t",
                "audience": "all", "data": {}, "metadata": {},
            }  # fmt: skip
            return {"id": f"x-{number}", "fence": "1.1", "attempt": 1, "event": event}

        pulled = {"history": "h", "deliveries": [one(1), one(2), one(3)]}
        settled = http(200, b'{"settled":1,"stale":[],"deliveries":[]}')
        server = self.server(self.SETTINGS, http(200, json.dumps(pulled).encode()), settled)
        worker = Worker(Carillon(server.url).data_port, "x", handler)
        hands = Hands(handler, 1, 3, 30.0, 60.0, "x")
        hands.start()
        self.addCleanup(hands.end, 0.0)
        thread = threading.Thread(target=PullCarrier(worker, hands).run)
        thread.start()
        eventually(lambda: begun, "one has begun")
        worker.begin_stop()
        eventually(lambda: b"release" in server.heads[-1], "the others are given back")
        refs = [{"id": f"x-{number}", "fence": "1.1"} for number in (2, 3)]
        self.assertEqual(json.loads(server.bodies[-1]), {"deliveries": refs})
        self.assertIn(b"POST /api/consumers/x/release", server.heads[-1])
        release.set()
        thread.join(DEADLINE)
        self.assertFalse(thread.is_alive())
        self.assertEqual(json.loads(server.bodies[-1]), {"deliveries": [{"id": "x-1", "fence": "1.1"}]})
        self.assertEqual(len(begun), 1)

    def test_a_port_without_consumers_ends_the_worker(self) -> None:
        server = self.server(http(404, b'{"code":"not_found"}'))
        client = Carillon(server.url)
        with self.assertRaises(NotFoundError):
            client.subscribe("*", lambda event: None, name="x")
        worker = Worker(client.data_port, "x", lambda event: None, carrier="pull")
        with self.assertLogs("carillon", "ERROR"):
            worker.start()
            with self.assertRaisesRegex(CarillonError, "no remote consumers"):
                worker.wait(DEADLINE)

    def test_a_node_that_is_not_there_is_waited_for_or_reported(self) -> None:
        server = LyingServer(b"")
        server.close()
        client = Carillon(server.url, service="shop")
        with self.assertRaises(UnreachableError):
            client.subscribe("*", lambda event: None, name="x", declare_within=0.3)
        worker = Worker(client.data_port, "x", lambda event: None, carrier="pull")
        worker.start()
        self.assertTrue(worker.is_running)
        self.assertTrue(worker.stop(DEADLINE))
        self.assertIsNone(worker.error)


class Settings(unittest.TestCase):
    def test_parameters_that_make_no_sense(self) -> None:
        client = Carillon("http://127.0.0.1:9", service="shop")

        async def handler(event: Event) -> None:
            pass

        port = client.data_port
        cases: List[Tuple[Type[Exception], Callable[[], object]]] = [
            (ValueError, lambda: Worker(port, "No Name", print)),
            (ValueError, lambda: Worker(port, "x", print, concurrency=0)),
            (ValueError, lambda: Worker(port, "x", print, prefetch=-1)),
            (TypeError, lambda: Worker(port, "x", handler)),
            (ValueError, lambda: client.subscribe("*", lambda event: None)),
            (ValueError, lambda: Carillon("http://x").subscribe("*", handler)),
            (ValueError, lambda: Carillon("http://x", service="a b")),
        ]
        for error, make in cases:
            with self.assertRaises(error):
                make()

    def test_the_name_is_that_of_the_service_and_the_function(self) -> None:
        client = Carillon("http://127.0.0.1:9", service="Shop")

        def sendMail(event: Event) -> None:
            pass

        self.assertEqual(client._consumer_name(sendMail, None), "shop.send_mail")
        self.assertEqual(client._consumer_name(sendMail, "x"), "x")

    @unittest.skipIf(has("websockets"), "the package websockets is installed")
    def test_without_websockets_it_pulls(self) -> None:
        client = Carillon("http://127.0.0.1:9")
        self.assertEqual(Worker(client.data_port, "x", print).carrier, "pull")
        with self.assertRaises(MissingPackageError):
            Worker(client.data_port, "x", print, carrier="websocket")


del Fixture


if __name__ == "__main__":
    unittest.main()
