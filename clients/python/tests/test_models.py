"""Values: ids, times, what goes over the wire."""

import datetime
import unittest
import uuid

import support  # noqa: F401
from carillon import NewEvent, NotFoundError, ProblemError, ServerFaultError, new_id
from carillon.backoff import Backoff
from carillon.errors import problem_from
from carillon.models import event_from, to_json, to_text
from carillon.errors import BadAnswerError


class Ids(unittest.TestCase):
    def test_an_id_is_a_uuid_of_version_7(self) -> None:
        before = datetime.datetime.now(datetime.timezone.utc).timestamp()
        x = uuid.UUID(new_id())
        self.assertEqual((x.version, x.variant), (7, uuid.RFC_4122))
        self.assertAlmostEqual((x.int >> 80) / 1000, before, delta=60)

    def test_ids_differ(self) -> None:
        self.assertEqual(len({new_id() for _ in range(1000)}), 1000)

    def test_an_event_keeps_its_id(self) -> None:
        event = NewEvent("order.created")
        self.assertEqual(event.to_wire()["id"], event.to_wire()["id"])
        self.assertNotEqual(event.id, NewEvent("order.created").id)


class Times(unittest.TestCase):
    def test_times_are_sent_in_utc(self) -> None:
        zone = datetime.timezone(datetime.timedelta(hours=2))
        self.assertEqual(to_text(datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=zone)), "2026-01-02T01:04:05Z")
        self.assertEqual(to_text(datetime.date(2026, 1, 2)), "2026-01-02")
        self.assertEqual(to_text("2026-01-02"), "2026-01-02")

    def test_a_time_without_a_zone_is_refused(self) -> None:
        with self.assertRaises(ValueError):
            to_text(datetime.datetime(2026, 1, 2))


class Wire(unittest.TestCase):
    def test_members_that_are_none_are_left_out(self) -> None:
        event = NewEvent("order.created", {"a": None}, company_id="c-1", id="x")
        wire = event.to_wire("/shop")
        self.assertEqual(
            wire, {"type": "order.created", "id": "x", "companyId": "c-1", "source": "/shop", "data": {"a": None}}
        )

    def test_a_source_of_its_own_is_kept(self) -> None:
        self.assertEqual(NewEvent("a.b", source="/x").to_wire("/shop")["source"], "/x")

    def test_what_json_cannot_carry_is_refused(self) -> None:
        for value in (float("nan"), float("inf"), {1, 2}, object()):
            with self.assertRaises((ValueError, TypeError)):
                to_json({"x": value})

    def test_what_is_no_event_is_refused(self) -> None:
        event = {
            "seq": 1, "id": "x", "type": "a.b", "source": "/", "time": "t", "recordedAt": "t", "audience": "all",
            "data": {}, "metadata": {},
        }  # fmt: skip
        self.assertEqual(event_from(event).seq, 1)
        for name, value in (("seq", "1"), ("seq", True), ("data", []), ("id", None), ("companyId", 7)):
            with self.subTest(name), self.assertRaises(BadAnswerError):
                event_from({**event, name: value})
        with self.assertRaises(BadAnswerError):
            event_from([])


class Errors(unittest.TestCase):
    def test_the_kind_follows_the_status(self) -> None:
        problem = {"code": "not_found", "title": "t", "detail": "d", "field": "f"}
        error = problem_from(404, problem)
        self.assertIsInstance(error, NotFoundError)
        self.assertEqual((error.code, error.detail, error.field), ("not_found", "d", "f"))
        self.assertIn("not_found: d (f)", str(error))
        self.assertIsInstance(problem_from(500, None), ServerFaultError)
        self.assertIs(type(problem_from(418, ["x"])), ProblemError)

    def test_temporary_ones_are_known(self) -> None:
        temporary = [x for x in range(400, 600) if problem_from(x, {}).is_temporary]
        self.assertEqual(temporary, [408, 429, 502, 503, 504])


class Pauses(unittest.TestCase):
    def test_pauses_double_up_to_a_limit(self) -> None:
        backoff = Backoff(1.0, 8.0)
        pauses = [backoff.next() for _ in range(6)]
        for pause, whole in zip(pauses, (1, 2, 4, 8, 8, 8)):
            self.assertTrue(whole / 2 <= pause <= whole, pauses)
        backoff.reset()
        self.assertLessEqual(backoff.next(), 1)

    def test_what_the_node_asks_for_is_the_least(self) -> None:
        self.assertTrue(5 <= Backoff(0.1, 1).next(5) <= 5.5)


if __name__ == "__main__":
    unittest.main()
