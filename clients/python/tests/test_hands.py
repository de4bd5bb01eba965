"""The core of a worker, without a node: bounds, repeats, what handlers raise."""

import threading
import unittest
from typing import Any, Callable, List

from support import DEADLINE, eventually
from carillon import Event, Reject, Retry
from carillon.hands import Handed, Hands, handed_from
from carillon.errors import BadAnswerError


def handed(number: int, fence: str = "1.1", replay: Any = None) -> Handed:
    event = {
        "seq": number, "id": f"e-{number}", "type": "a.b", "source": "/", "time": "t", "recordedAt": "t",
        "audience": "none", "data": {}, "metadata": {},
    }  # fmt: skip
    return Handed(f"x-{number}", fence, 1, replay, event)


class Core(unittest.TestCase):
    def hands(
        self, handler: Callable[[Event], object], concurrency: int = 1, capacity: int = 10, **more: float
    ) -> Hands:
        out = Hands(handler, concurrency, capacity, more.get("ack_timeout", 30.0), more.get("longest", 60.0), "x")
        out.start()
        self.addCleanup(out.end, 0.0)
        return out

    def outcome_of(self, handler: Callable[[Event], object]) -> Any:
        hands = self.hands(handler)
        hands.accept([handed(1)], 0)
        return eventually(hands.outcomes, "an outcome")[0][2]

    def test_what_no_thread_handles_is_taken_back(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)
        begun: List[int] = []

        def handler(event: Event) -> None:
            begun.append(event.seq)
            release.wait(DEADLINE)

        hands = self.hands(handler)
        hands.accept([handed(1), handed(2), handed(3)], 0)
        eventually(lambda: begun, "one has begun")
        self.assertEqual([x.id for _, x in hands.take_back()], ["x-2", "x-3"])
        self.assertEqual(hands.take_back(), [])
        self.assertFalse(hands.is_empty)
        release.set()
        self.assertEqual(len(eventually(hands.outcomes, "its outcome")), 1)
        self.assertEqual(begun, [1])

    def test_what_a_handler_raises_decides(self) -> None:
        def raising(error: BaseException) -> Callable[[Event], object]:
            def handler(_: Event) -> None:
                raise error

            return handler

        with self.assertLogs("carillon", "ERROR"):
            self.assertEqual(self.outcome_of(raising(KeyError("k"))).failure, "KeyError: 'k'")
            self.assertEqual(self.outcome_of(raising(SystemExit(3))).failure, "SystemExit: 3")
            self.assertLess(len(self.outcome_of(raising(ValueError("é" * 5000))).failure), 1000)
            self.assertEqual(self.outcome_of(raising(ValueError("\0\ud800"))).failure, "ValueError: ??")
        later = self.outcome_of(raising(Retry("later", after=7)))
        self.assertEqual((later.failure, later.delay, later.dead), ("later", 7, False))
        dead = self.outcome_of(raising(Reject("never")))
        self.assertEqual((dead.failure, dead.dead), ("never", True))
        self.assertIsNone(self.outcome_of(lambda event: None).failure)

    def test_an_asynchronous_handler_has_handled_nothing(self) -> None:
        async def inner() -> None:
            pass

        self.assertIn("asynchronous", self.outcome_of(lambda event: inner()).failure)

    def test_a_delivery_that_comes_again_is_not_handled_twice_at_a_time(self) -> None:
        release = threading.Event()
        begun: List[int] = []

        def handler(event: Event) -> None:
            begun.append(event.seq)
            release.wait(DEADLINE)

        hands = self.hands(handler, concurrency=3)
        hands.accept([handed(1, "1.1")], 0)
        eventually(lambda: begun == [1], "it is handled")
        hands.accept([handed(1, "1.2"), handed(2, "1.3")], 0)
        eventually(lambda: begun == [1, 2], "the other one is handled")
        release.set()
        eventually(lambda: len(hands.outcomes()) == 2, "both are done")
        self.assertEqual(begun, [1, 2])
        self.assertEqual([x[1].fence for x in hands.outcomes()], ["1.2", "1.3"])

    def test_a_delivery_that_comes_again_while_it_is_settled_is_settled_again(self) -> None:
        hands = self.hands(lambda event: None)
        hands.accept([handed(1, "1.1")], 0)
        item, before, _ = eventually(hands.outcomes, "an outcome")[0]
        hands.accept([handed(1, "1.2")], 0)
        hands.settled(item, before)
        self.assertEqual([x[1].fence for x in hands.outcomes()], ["1.2"])
        hands.settled(item, hands.outcomes()[0][1])
        self.assertTrue(hands.is_empty)
        self.assertEqual(hands.stats.handled, 1)

    def test_what_is_lost_before_its_turn_is_not_handled(self) -> None:
        release = threading.Event()
        seen: List[Event] = []

        def handler(event: Event) -> None:
            seen.append(event)
            release.wait(DEADLINE)

        hands = self.hands(handler)
        hands.accept([handed(1), handed(2), handed(3)], 7)
        hands.accept([handed(4)], 8)
        eventually(lambda: seen, "the first one is handled")
        hands.lose(lambda x, epoch: epoch == 7 and x.id != "x-3")
        assert seen[0].delivery is not None
        self.assertTrue(seen[0].delivery.lost)
        release.set()
        eventually(lambda: len(hands.outcomes()) == 3, "the others are done")
        self.assertEqual([x.seq for x in seen], [1, 3, 4])
        self.assertEqual(hands.stats.lost, 2)

    def test_what_waited_beyond_its_deadline_is_not_handled(self) -> None:
        release = threading.Event()
        seen: List[int] = []

        def handler(event: Event) -> None:
            seen.append(event.seq)
            release.wait(DEADLINE)

        hands = self.hands(handler)
        hands.accept([handed(1), handed(2)], 0)
        eventually(lambda: seen, "the first one is handled")
        for item in hands._items.values():
            item.extended -= 31
        release.set()
        eventually(lambda: hands.stats.lost == 1, "the second one is dropped")
        self.assertEqual(seen, [1])

    def test_deliveries_are_extended_until_the_longest_time(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)
        hands = self.hands(lambda event: release.wait(DEADLINE), ack_timeout=0.03)
        hands.accept([handed(1)], 0)
        self.assertEqual(hands.due_extensions(), [])
        eventually(hands.due_extensions, "an extension")
        eventually(hands.due_extensions, "another one")
        for item in hands._items.values():
            item.arrived -= 61
            item.extended -= 61
        self.assertEqual(hands.due_extensions(), [])

    def test_room_is_what_is_not_in_hand(self) -> None:
        hands = self.hands(lambda event: None, capacity=3)
        hands.accept([handed(1), handed(2), handed(3)], 0)
        self.assertEqual(hands.room, 0)
        eventually(lambda: len(hands.outcomes()) == 3, "all are done")
        item, as_handed, _ = hands.outcomes()[0]
        self.assertEqual(hands.wait_for_room(0.01), 0)
        hands.settled(item, as_handed)
        self.assertEqual(hands.wait_for_room(0.01), 1)

    def test_replays_are_marked(self) -> None:
        seen: List[Any] = []
        hands = self.hands(lambda event: seen.append(event.delivery))
        hands.accept([handed(1, replay=4)], 0)
        eventually(lambda: seen, "it is handled")
        self.assertEqual((seen[0].replay, seen[0].id, seen[0].attempt, seen[0].lost), (4, "x-1", 1, False))

    def test_the_trace_to_go_on_with_reaches_the_handler(self) -> None:
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        document = {"id": "x-1", "fence": "1.1", "attempt": 1, "event": handed(1).event}
        other = {**document, "id": "x-2", "traceparent": trace}
        seen: List[Any] = []
        hands = self.hands(lambda event: seen.append(event.delivery))
        hands.accept(handed_from({"deliveries": [document, other]}), 0)
        eventually(lambda: len(seen) == 2, "both are handled")
        self.assertEqual([x.traceparent for x in seen], [None, trace])

    def test_deliveries_that_are_none(self) -> None:
        good = {"id": "x-1", "fence": "1.1", "attempt": 1, "event": handed(1).event}
        self.assertEqual(handed_from({"deliveries": [good]})[0].id, "x-1")
        wrong: List[Any] = [
            None,
            {},
            {"deliveries": {}},
            {"deliveries": [1]},
            {"deliveries": [{**good, "fence": 1}]},
            {"deliveries": [{**good, "traceparent": 1}]},
            {"deliveries": [{**good, "event": {}}]},
            {"deliveries": [{**good, "event": {**good["event"], "seq": "1"}}]},
            {"deliveries": [good, good]},
        ]
        for bad in wrong:
            with self.subTest(bad), self.assertRaises(BadAnswerError):
                handed_from(bad)


if __name__ == "__main__":
    unittest.main()
