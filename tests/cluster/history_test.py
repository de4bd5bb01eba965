"""The checker finds a fault of each kind, and none where there is none."""

from __future__ import annotations

import random
import sys
import unittest
from dataclasses import replace
from pathlib import Path
from typing import List, Set, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

import history  # noqa: E402
from history import DUPLICATE, REFUSED, STORED, UNKNOWN, Arrival, Endpoint, Fault, Operation, Stored  # noqa: E402


def kinds(faults: List[Fault]) -> Set[str]:
    return {x.kind for x in faults}


def at(second: int) -> str:
    return f"2026-12-02T10:{second // 60:02}:{second % 60:02}.000Z"


def right_history(seed: int, count: int = 200) -> Tuple[List[Operation], List[Stored]]:
    """Clients at a time, whose events get their position somewhere between begin and end, with repeats."""
    chance = random.Random(seed)
    log: List[Stored] = [Stored(1, "", at(0))]
    operations: List[Operation] = []
    for n in range(count):
        # The append takes place at second n.
        event, seq = f"e-{n}", len(log) + 1
        if chance.random() < 0.1:
            log.append(Stored(seq, "", at(n)))
            seq += 1
        log.append(Stored(seq, event, at(n), f"c-{n % 3}"))
        begin, end = n - chance.uniform(0.0, 3.0), n + chance.uniform(0.01, 3.0)
        outcome = STORED if chance.random() < 0.8 else UNKNOWN
        operations.append(Operation(event, "a", begin, end, outcome, seq if outcome == STORED else 0))
        if outcome == UNKNOWN and chance.random() < 0.9:
            operations.append(Operation(event, "b", end, end + chance.uniform(0.01, 3.0), DUPLICATE, seq))
    return operations, log


def arrivals_of(log: List[Stored]) -> List[Arrival]:
    return [Arrival(x.seq, x.event, key=x.key) for x in log if x.event]


class Log(unittest.TestCase):
    def setUp(self) -> None:
        self.operations, self.log = right_history(7)

    def faults(self) -> Set[str]:
        return kinds(history.check_log(self.operations, self.log))

    def acknowledged(self) -> int:
        return next(i for i, x in enumerate(self.operations) if x.outcome == STORED and i > 20)

    def test_right_histories_have_no_fault(self) -> None:
        for seed in range(100):
            self.assertEqual(history.check_log(*right_history(seed)), [], f"seed {seed}")
        self.assertIsNone(history.summary([]))

    def test_an_acknowledged_event_that_is_gone(self) -> None:
        gone = self.operations[self.acknowledged()].event
        self.log = [x for x in self.log if x.event != gone]
        self.assertEqual(self.faults(), {"lost", "gap"})

    def test_an_acknowledged_event_whose_position_another_one_has(self) -> None:
        x = self.operations[self.acknowledged()]
        self.log[x.seq - 1] = replace(self.log[x.seq - 1], event="")
        self.assertEqual(self.faults(), {"lost"})

    def test_an_event_without_an_answer_may_be_there_or_not(self) -> None:
        self.operations.append(Operation("never", "a", 0, 1, UNKNOWN))
        self.assertEqual(self.faults(), set())
        self.log.append(Stored(len(self.log) + 1, "never", at(300)))
        self.assertEqual(self.faults(), set())

    def test_an_event_that_is_there_twice(self) -> None:
        x = self.operations[self.acknowledged()]
        self.log.append(Stored(len(self.log) + 1, x.event, at(300)))
        self.assertEqual(self.faults(), {"double"})

    def test_an_event_that_nobody_sent(self) -> None:
        self.log.append(Stored(len(self.log) + 1, "odd", at(300)))
        self.assertEqual(self.faults(), {"foreign"})

    def test_a_position_that_is_missing(self) -> None:
        self.log = [replace(x, seq=x.seq + (x.event == "")) for x in self.log]
        self.assertIn("gap", self.faults())

    def test_an_answer_with_another_position(self) -> None:
        i = self.acknowledged()
        self.operations[i] = replace(self.operations[i], seq=self.operations[i].seq + 1)
        self.assertEqual(self.faults(), {"answer"})

    def test_two_answers_that_say_stored(self) -> None:
        x = self.operations[self.acknowledged()]
        self.operations.append(replace(x, node="b"))
        self.assertEqual(self.faults(), {"answer"})

    def test_a_refusal_without_a_reason(self) -> None:
        self.operations.append(Operation("e-0", "c", 500, 501, REFUSED, text="409"))
        self.assertEqual(self.faults(), {"refused"})

    def test_a_later_event_before_an_acknowledged_one(self) -> None:
        # Two that do not overlap in time change places, and their answers with them.
        first = self.operations[self.acknowledged()]
        later = next(x for x in self.operations if x.begin > first.end + 5 and x.outcome == STORED)
        swap = {first.seq: later.event, later.seq: first.event}
        self.log = [replace(x, event=swap.get(x.seq, x.event)) for x in self.log]
        places = {x.event: x.seq for x in self.log}
        self.operations = [replace(x, seq=places[x.event] if x.seq else 0) for x in self.operations]
        self.assertEqual(self.faults(), {"order"})

    def test_a_repeat_does_not_begin_an_event_anew(self) -> None:
        # It began at 0, though the answer came from an operation that began after a later event was there.
        self.operations = [
            Operation("x", "a", 0, 1, UNKNOWN),
            Operation("y", "a", 2, 3, STORED, 2),
            Operation("x", "b", 4, 5, DUPLICATE, 1),
        ]
        self.log = [Stored(1, "x", at(0)), Stored(2, "y", at(1))]
        self.assertEqual(self.faults(), set())

    def test_a_time_that_goes_back(self) -> None:
        self.log[50] = replace(self.log[50], recorded_at=at(0))
        self.assertEqual(self.faults(), {"time"})


class Receivers(unittest.TestCase):
    def setUp(self) -> None:
        _, self.log = right_history(3)
        self.arrivals = arrivals_of(self.log)

    def endpoint(self, disturbances: int = 1, ordered: bool = True, gone: bool = False) -> Set[str]:
        return kinds(history.check_endpoint(Endpoint("x", 2, ordered, self.arrivals), self.log, disturbances, gone))

    def test_no_fault(self) -> None:
        self.assertEqual(self.endpoint(), set())
        self.assertEqual(history.check_worker("w", self.arrivals, self.log), [])
        some = [x for x in self.arrivals if x.key == "c-1"]
        self.assertEqual(history.check_session("s", some, self.log, "c-1"), [])
        rows = [x.seq for x in self.arrivals]
        self.assertEqual(history.check_effects("audit", rows, self.log), [])
        self.assertEqual(history.check_total("measure", len(rows), self.log), [])
        self.assertEqual(history.check_take_overs([5.1, 8.0], 8.0), [])

    def test_an_endpoint_that_misses_one(self) -> None:
        del self.arrivals[17]
        self.assertEqual(self.endpoint(), {"missing"})
        self.assertEqual(kinds(history.check_worker("w", self.arrivals, self.log)), {"missing"})

    def test_repeats_up_to_what_was_in_flight(self) -> None:
        for disturbances, found in ((1, set()), (0, {"repeats"})):
            self.arrivals.insert(30, self.arrivals[29])
            self.assertEqual(self.endpoint(disturbances), found)
        self.arrivals[31:31] = [self.arrivals[30]] * 2
        self.assertEqual(self.endpoint(1), {"repeats"})

    def test_an_ordered_endpoint_that_goes_back(self) -> None:
        self.arrivals.insert(30, self.arrivals[28])
        self.assertEqual(self.endpoint(), {"back"})
        self.assertEqual(self.endpoint(ordered=False), set())

    def test_an_event_that_is_not_in_the_log(self) -> None:
        self.arrivals.append(Arrival(10_000, "odd"))
        self.assertEqual(self.endpoint(), {"foreign"})
        self.assertEqual(self.endpoint(gone=True), set())

    def test_a_worker_whose_key_goes_back(self) -> None:
        i = next(i for i, x in enumerate(self.arrivals) if x.key == "c-1")
        j = next(j for j, x in enumerate(self.arrivals) if x.key == "c-1" and j > i)
        self.arrivals[i], self.arrivals[j] = self.arrivals[j], self.arrivals[i]
        self.assertEqual(kinds(history.check_worker("w", self.arrivals, self.log)), {"back"})
        # Other keys may overtake, and a repeat comes late.
        self.arrivals = arrivals_of(self.log)
        self.arrivals[10], self.arrivals[11] = self.arrivals[11], self.arrivals[10]
        self.arrivals.append(self.arrivals[0])
        self.assertEqual(history.check_worker("w", self.arrivals, self.log), [])

    def test_sessions(self) -> None:
        some = [x for x in self.arrivals if x.key == "c-1"]

        def found(got: List[Arrival]) -> Set[str]:
            return kinds(history.check_session("s", got, self.log, "c-1"))

        self.assertEqual(found(some[:-1]), {"missing"})
        self.assertEqual(found([*some, some[-1]]), {"double"})
        self.assertEqual(found([some[1], some[0], *some[2:]]), {"back"})
        self.assertEqual(found([*some, Arrival(9_999, "odd")]), {"foreign"})

    def test_effects(self) -> None:
        rows = [x.seq for x in self.arrivals]
        for wrong in (rows[1:], [*rows, rows[4]], [*rows, 10_000]):
            self.assertEqual(kinds(history.check_effects("audit", wrong, self.log)), {"effect"})
        self.assertEqual(kinds(history.check_total("measure", len(rows) + 1, self.log)), {"effect"})

    def test_a_late_take_over(self) -> None:
        faults = history.check_take_overs([8.2], 8.0)
        self.assertEqual(kinds(faults), {"take-over"})
        self.assertEqual(history.summary(faults), "take-over (1): nobody owned for 8.2 s")


if __name__ == "__main__":
    unittest.main()
