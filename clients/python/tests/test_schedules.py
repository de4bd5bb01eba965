"""Schedules and delayed events of a real node."""

import datetime
import unittest
from typing import Any, Dict, List

from support import Node, eventually
from carillon import Carillon, ConflictError, Event, InvalidError, NotFoundError

CANCELLED = {"orderId": "o-1", "reason": "late"}


class OneNode(unittest.TestCase):
    node: Node
    client: Carillon

    @classmethod
    def setUpClass(cls) -> None:
        cls.node = Node()
        cls.addClassCleanup(cls.node.close)

    def setUp(self) -> None:
        self.client = Carillon(self.node.url, admin_url=self.node.admin_url, service="shop", timeout=10)
        self.addCleanup(self.client.close)

    def events_of(self, company: str) -> List[Event]:
        return list(self.client.events(company_id=company, order="asc"))

    def test_a_schedule_publishes_each_occurrence(self) -> None:
        schedules = self.client.schedules
        made = schedules.put("often", "order.cancelled", CANCELLED, every="1s", company_id="c-1", missed="all")
        self.assertEqual((made.every, made.company_id, made.missed, len(made.next)), ("1s", "c-1", "all", 10))
        eventually(lambda: len(self.events_of("c-1")) >= 2, "two occurrences")
        first, second = [x for x in self.events_of("c-1") if x.type == "order.cancelled"][:2]
        self.assertEqual(first.source, "/schedules/often")
        self.assertNotEqual(first.id, second.id)
        self.assertIsNone(schedules.pause("often", "c-1").next_at)
        self.assertIsNotNone(schedules.resume("often", "c-1").next_at)
        self.assertEqual([x.name for x in schedules.list("c-1")], ["often"])
        schedules.delete("often", "c-1")
        with self.assertRaises(NotFoundError):
            schedules.get("often", "c-1")

    def test_a_wrong_schedule_is_refused(self) -> None:
        wrongs: List[Dict[str, Any]] = [
            {"cron": "61 * * * *"},
            {"cron": "1 * * * *", "time_zone": "Europe/Atlantis"},
            {"every": "5"},
        ]
        for wrong in wrongs:
            with self.subTest(wrong), self.assertRaises(InvalidError):
                self.client.schedules.put("daily", "order.cancelled", CANCELLED, company_id="c-1", **wrong)

    def test_an_event_waits_and_another_one_is_cancelled(self) -> None:
        schedules = self.client.schedules
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=0.5)
        later = schedules.publish_later("order.cancelled", CANCELLED, at=soon, id="later-1", company_id="c-2")
        again = schedules.publish_later("order.cancelled", CANCELLED, at=soon, id="later-1", company_id="c-2")
        self.assertEqual(again, later)
        with self.assertRaises(ConflictError):
            schedules.publish_later("order.shipped", {**CANCELLED, "carrier": "c", "trackingNumber": "t"}, at=soon,
                                    id="later-1", company_id="c-2", user_id="u")
        never = schedules.publish_later("order.cancelled", CANCELLED, at=soon, company_id="c-2")
        self.assertTrue(schedules.cancel(never))
        self.assertFalse(schedules.cancel(never.delayed_id))
        eventually(lambda: len(self.events_of("c-2")) >= 1, "the event at its time")
        self.assertEqual([x.id for x in self.events_of("c-2")], ["later-1"])
        self.assertFalse(schedules.cancel(later))


if __name__ == "__main__":
    unittest.main()
