"""Publishing to a real node, and querying it."""

import datetime
import threading
import unittest
from typing import List, Union

from support import LyingServer, Node, eventually, order_data
from carillon import (
    Carillon,
    CarillonError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NewEvent,
    NotFoundError,
    Receipt,
    TransportError,
    UnauthenticatedError,
)


class OneNode(unittest.TestCase):
    """What a node that stays up answers."""

    node: Node
    client: Carillon

    @classmethod
    def setUpClass(cls) -> None:
        cls.node = Node()
        cls.addClassCleanup(cls.node.close)
        cls.client = Carillon(cls.node.url, admin_url=cls.node.admin_url, service="shop", timeout=10)
        cls.addClassCleanup(cls.client.close)

    def test_the_same_event_is_stored_once(self) -> None:
        first = self.client.publish("order.created", order_data("d-1"), company_id="c-1", id="d/1")
        again = self.client.publish("order.created", order_data("d-1"), company_id="c-1", id="d/1")
        self.assertEqual(again, Receipt(first.seq, "d/1", True))
        self.assertFalse(first.duplicate)

    def test_an_event_whose_answer_was_lost_is_stored_once(self) -> None:
        """The first attempt reaches the node, but its answer does not reach the client."""
        relay = LyingServer(b"")
        self.addCleanup(relay.close)
        event = NewEvent("order.created", order_data("l-1"), company_id="c-1")
        with self.assertRaises(TransportError):
            Carillon(relay.url, service="shop", timeout=0.2).publish_event(event)
        raw = relay.bodies[0]
        first = self.client.data_port.once("POST", "/api/events", raw, deadline=self.client._deadline(5))
        receipt = self.client.publish_event(event)
        self.assertEqual((receipt.seq, receipt.duplicate), (first["seq"], True))

    def test_all_members_come_back(self) -> None:
        moment = datetime.datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=datetime.timezone.utc)
        receipt = self.client.publish(
            "order.created",
            {**order_data("m-1"), "text": "zoë \U0001f514"},
            company_id="c-m",
            user_id="u-1",
            id="m/1",
            time=moment,
            correlation_id="r-1",
            causation_id="r-0",
            traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            audience="user",
            metadata={"ip": "192.0.2.1"},
        )
        event = self.client.event(receipt.seq)
        self.assertEqual(event, self.client.event("m/1"))
        self.assertEqual(event.data["text"], "zoë \U0001f514")
        self.assertEqual((event.source, event.company_id, event.user_id), ("/shop", "c-m", "u-1"))
        self.assertEqual((event.correlation_id, event.causation_id, event.audience), ("r-1", "r-0", "user"))
        self.assertEqual(event.metadata, {"ip": "192.0.2.1"})
        self.assertTrue(event.time.startswith("2026-01-02T03:04:05.000678"))
        self.assertIsNone(event.delivery)

    def test_refusals_say_what_was_wrong(self) -> None:
        with self.assertRaises(InvalidError) as caught:
            self.client.publish("order.created", {"orderId": "x"}, company_id="c-1")
        self.assertEqual((caught.exception.status, caught.exception.code), (422, "schema_violation"))
        self.assertTrue((caught.exception.field or "").startswith("data."))
        with self.assertRaises(InvalidError) as caught:
            self.client.publish("no.such_type", {})
        self.assertEqual(caught.exception.code, "unknown_type")
        self.client.publish("order.created", order_data("r-1"), company_id="c-1", id="r/1")
        with self.assertRaises(ConflictError):
            self.client.publish("order.cancelled", {"orderId": "r-1", "reason": "r"}, company_id="c-1", id="r/1")
        with self.assertRaises(InvalidError) as caught:
            self.client.publish("order.created", {**order_data("b"), "big": "x" * 300_000}, company_id="c-1")
        self.assertEqual(caught.exception.code, "too_large")

    def test_of_many_events_each_has_its_result(self) -> None:
        events = [NewEvent("order.created", order_data(f"a-{i}"), company_id="c-many") for i in range(2500)]
        events[1234] = NewEvent("order.created", {}, company_id="c-many")
        results = self.client.publish_many(events)
        self.assertEqual([i for i, x in enumerate(results) if isinstance(x, InvalidError)], [1234])
        receipts = [x for x in results if isinstance(x, Receipt)]
        self.assertEqual([x.id for x in receipts], [x.id for i, x in enumerate(events) if i != 1234])
        again = self.client.publish_many(iter(events[:10]))
        self.assertTrue(all(isinstance(x, Receipt) and x.duplicate for x in again))
        self.assertEqual(self.client.publish_many([]), [])

    def test_events_come_in_pages(self) -> None:
        ids = [f"p/{i}" for i in range(25)]
        self.client.publish_many(
            [NewEvent("user.login", {"ip": "192.0.2.1", "userAgent": "x"}, user_id="u-p", id=id) for id in ids]
        )
        found = [x.id for x in self.client.events("user.*", user_id="u-p", order="asc", page=10)]
        self.assertEqual(found, ids)
        newest = [x.id for x in self.client.events(["user.login"], user_id="u-p", limit=12, page=5)]
        self.assertEqual(newest, ids[::-1][:12])
        self.assertEqual(list(self.client.events("order.*", user_id="u-p")), [])
        self.assertEqual(list(self.client.events(user_id="u-p", limit=0)), [])
        third = next(self.client.events(user_id="u-p", id="p/2"))
        rest = [x.id for x in self.client.events(user_id="u-p", order="asc", after=third.seq)]
        self.assertEqual(rest, ids[3:])
        with self.assertRaises(InvalidError):
            list(self.client.events("Not A Pattern"))

    def test_an_event_by_its_id_or_position(self) -> None:
        receipt = self.client.publish("order.created", order_data("e-1"), company_id="c-e", id="4711")
        self.assertEqual(self.client.event("4711").seq, receipt.seq)
        self.assertEqual(self.client.event(receipt.seq).id, "4711")
        strange = self.client.publish("order.created", order_data("e-2"), company_id="c-e", id="a/b?c#d %é")
        self.assertEqual(self.client.event("a/b?c#d %é").seq, strange.seq)
        handled = self.client.event(receipt.seq, expand=["handlers"], handled_within=10)
        assert handled.handlers is not None
        self.assertEqual({x["state"] for x in handled.handlers}, {"done"})
        unknown: List[Union[int, str]] = [10**9, "nobody", "99887766"]
        for id in unknown:
            with self.subTest(id), self.assertRaises(NotFoundError):
                self.client.event(id)

    def test_counts(self) -> None:
        self.client.publish_many(
            [NewEvent("order.cancelled", {"orderId": "x", "reason": "r"}, company_id="c-s") for _ in range(3)]
        )
        today = datetime.datetime.now(datetime.timezone.utc)
        day = datetime.timedelta(days=1)

        def counts() -> bool:
            return self.client.stats(today - day, today + day, company_id="c-s").get("order.cancelled") == 3

        eventually(counts, "three are counted")
        self.assertEqual(self.client.stats(today - 9 * day, today - 8 * day, company_id="c-s"), {})
        buckets = self.client.buckets("day", today - day, today + day, company_id="c-s")
        self.assertEqual(sum(x.counts["order.cancelled"] for x in buckets), 3)

    def test_queries_need_the_admin_port(self) -> None:
        with self.assertRaisesRegex(CarillonError, "admin_url"):
            list(Carillon(self.node.url).events())


class Keys(unittest.TestCase):
    def test_what_a_key_permits(self) -> None:
        node = Node(secured=True)
        self.addCleanup(node.close)
        with self.assertRaises(UnauthenticatedError):
            Carillon(node.url).publish("order.created", order_data("k"), company_id="c-1")
        with self.assertRaises(UnauthenticatedError):
            Carillon(node.url, "ck_wrong").publish("order.created", order_data("k"), company_id="c-1")
        admin = Carillon(node.url, node.first_key, node.admin_url)
        receipt = admin.publish("order.created", order_data("k"), company_id="c-1")
        assert admin._admin_port is not None
        made = admin._admin_port.once(
            "POST", "/api/keys", {"name": "r", "role": "reader", "companyId": "c-2"}, deadline=admin._deadline(5)
        )
        reader = Carillon(node.url, made["key"], node.admin_url)
        self.assertEqual(list(reader.events()), [])
        with self.assertRaises(NotFoundError):
            reader.event(receipt.seq)
        with self.assertRaises(ForbiddenError):
            reader.publish("order.created", order_data("k"), company_id="c-2")


class Killed(unittest.TestCase):
    def test_a_node_that_is_killed_loses_and_repeats_nothing(self) -> None:
        """Threads publish while the node is killed and started again; each event is stored once."""
        node = Node()
        self.addCleanup(node.close)
        client = Carillon(node.url, admin_url=node.admin_url, timeout=60)
        kills, each = 2, 150
        done: List[str] = []
        failed: List[BaseException] = []

        def publish(number: int) -> None:
            try:
                for i in range(each):
                    id = f"{number}/{i}"
                    client.publish("order.created", order_data(id), company_id="c-1", id=id)
                    done.append(id)
            except BaseException as why:
                failed.append(why)

        threads = [threading.Thread(target=publish, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for kill in range(kills):
            wanted = (kill + 1) * 4 * each // (kills + 1)
            eventually(lambda: len(done) >= wanted or failed, "events are published", 60)
            node.kill()
            node.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(failed, [])
        stored = [x.id for x in client.events(order="asc", page=1000)]
        self.assertEqual(sorted(stored), sorted(done))
        self.assertEqual(len(stored), 4 * each)


if __name__ == "__main__":
    unittest.main()
