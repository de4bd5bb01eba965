"""Jobs of a real node: enqueuing, workers, results."""

import datetime
import threading
import time
import unittest
from typing import List, Optional

from support import Node, eventually
from carillon import (
    Carillon,
    ConflictError,
    Enqueued,
    InvalidError,
    Job,
    JobState,
    NewJob,
    NotFoundError,
    Reject,
    Retry,
)


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

    def test_a_key_is_enqueued_once(self) -> None:
        first = self.client.jobs.enqueue("once", {"n": 1}, kind="once.small", key="k", company_id="c-1", priority=5)
        again = self.client.jobs.enqueue("once", {"n": 1}, kind="once.small", key="k", company_id="c-1")
        self.assertFalse(first.duplicate)
        self.assertEqual((again.id, again.duplicate), (first.id, True))
        with self.assertRaises(ConflictError):
            self.client.jobs.enqueue("once", {"n": 2}, kind="once.small", key="k", company_id="c-1")
        state = self.client.jobs.get(first.id)
        self.assertEqual((state.state, state.kind, state.company_id), ("queued", "once.small", "c-1"))
        self.assertEqual((state.payload, state.result, state.progress), ({"n": 1}, None, None))

    def test_many_jobs_are_enqueued_together_and_each_has_its_own_result(self) -> None:
        jobs = [NewJob("many", {"n": i}, company_id="c-1") for i in range(1_001)]
        jobs[3] = NewJob("Many")
        jobs[4] = NewJob("email")
        first = self.client.jobs.enqueue_many(jobs)
        self.assertEqual(len(first), 1_001)
        self.assertIsInstance(first[3], InvalidError)
        self.assertIsInstance(first[4], ConflictError)
        made = [x for x in first if isinstance(x, Enqueued)]
        self.assertEqual(len(made), 999)
        self.assertEqual([x.key for x in made], [x.key for i, x in enumerate(jobs) if i not in (3, 4)])
        self.assertEqual(len({x.id for x in made}), 999)
        self.assertFalse(any(x.duplicate for x in made))
        again = self.client.jobs.enqueue_many(jobs[:3])
        repeated = [(x.id, x.duplicate) for x in again if isinstance(x, Enqueued)]
        self.assertEqual(repeated, [(x.id, True) for x in made[:3]])
        self.assertEqual(self.client.jobs.get(made[-1].id).payload, {"n": 1_000})
        self.assertEqual(self.client.jobs.enqueue_many([]), [])

    def test_refusals_say_what_was_wrong(self) -> None:
        with self.assertRaises(InvalidError) as caught:
            self.client.jobs.enqueue("Thumbs")
        self.assertEqual(caught.exception.field, "queue")
        with self.assertRaises(ConflictError):
            self.client.jobs.enqueue("email", kind="email.welcome")
        with self.assertRaises(NotFoundError):
            self.client.jobs.get(471100)
        for wrong in ("", "A", "a.b", "a/b"):
            with self.assertRaises(ValueError):
                self.client.jobs.work(wrong, lambda job: None)

        async def later(job: Job) -> None:
            pass

        with self.assertRaises(TypeError):
            self.client.jobs.work("later", later)

    def test_a_result_and_the_way_to_it_are_kept(self) -> None:
        def resize(job: Job) -> object:
            job.progress("resized", 50)
            return {"width": job.payload["width"] // 2}

        worker = self.client.jobs.work("thumbs", resize, concurrency=2)
        made = [self.client.jobs.enqueue("thumbs", {"width": 10 * i}) for i in range(1, 9)]
        for i, x in enumerate(made, 1):
            state = self.client.jobs.wait(x.id)
            self.assertEqual((state.state, state.result), ("done", {"width": 5 * i}))
            assert state.progress is not None
            self.assertEqual((state.progress.note, state.progress.percent), ("resized", 50))
        self.assertTrue(worker.stop())
        self.assertEqual((worker.done, worker.failed, worker.lost), (8, 0, 0))

    def test_the_trace_of_a_job_goes_on_in_its_worker(self) -> None:
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        seen: List[Optional[str]] = []
        self.client.jobs.work("traced", lambda job: seen.append(job.traceparent))
        for given in (trace, None, "no trace"):
            self.client.jobs.wait(self.client.jobs.enqueue("traced", traceparent=given).id)
        self.assertEqual(seen, [trace, None, None])

    def test_a_job_that_takes_longer_than_its_time_to_acknowledge_is_extended(self) -> None:
        node = Node("--jobs-ack-timeout", "2s")
        self.addCleanup(node.close)
        client = Carillon(node.url, service="shop", timeout=10)
        self.addCleanup(client.close)
        # What it does takes this long.
        client.jobs.work("slow", lambda job: time.sleep(3.5))
        state = client.jobs.wait(client.jobs.enqueue("slow").id)
        self.assertEqual((state.state, state.attempts, state.last_error), ("done", 1, None))

    def test_what_a_handler_raises_is_kept(self) -> None:
        def refuse(job: Job) -> None:
            if job.payload["how"] == "reject":
                raise Reject("no photo")
            if job.payload["how"] == "retry":
                raise Retry("busy", after=300)
            raise RuntimeError("broken")

        self.client.jobs.work("refusals", refuse)
        ids = {x: self.client.jobs.enqueue("refusals", {"how": x}).id for x in ("reject", "retry", "raise")}
        dead = self.client.jobs.wait(ids["reject"])
        self.assertEqual((dead.state, dead.last_error), ("dead", "no photo"))
        for how, why in (("retry", "busy"), ("raise", "RuntimeError: broken")):
            job = ids[how]
            state = eventually(lambda: _failed(self.client, job), f"{how} is told")
            assert state is not None
            self.assertEqual((state.state, state.attempts, state.last_error), ("queued", 1, why))

    def test_a_job_waits_for_its_time(self) -> None:
        at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
        began = time.monotonic()
        came = threading.Event()
        self.client.jobs.work("timed", lambda job: came.set())
        self.client.jobs.enqueue("timed", run_at=at)
        self.assertTrue(came.wait(20))
        self.assertGreater(time.monotonic() - began, 0.9)

    def test_a_worker_of_the_nodes_own_queue_ends(self) -> None:
        worker = self.client.jobs.work("email", lambda job: None)
        eventually(lambda: not worker.is_running, "it ends")
        self.assertIsInstance(worker.error, ConflictError)


def _failed(client: Carillon, id: int) -> Optional[JobState]:
    state = client.jobs.get(id)
    return state if state.last_error is not None else None


if __name__ == "__main__":
    unittest.main()
