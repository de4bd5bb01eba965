"""Three nodes over one database, clients at all of them, and the judgement at the end."""

from __future__ import annotations

import random
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Dict, List, Optional

import history
from clients import TYPE, Client, Publisher, Receiver, Session, Worker, call
from databases import pause  # found by clients, as support
from history import Fault, Operation, Stored
from members import Cluster, Member
from servers import Server
from support import eventually

#: Webhooks: their name, what may be under way, and whether they are ordered.
ENDPOINTS = (("free", 8, False), ("ordered", 1, True))
OPTIONS = ["--webhooks-timeout", "2s", "--alert-interval", "0s", "--audit-types", "order.*,security.*,system.*"]


class World:
    """Begins at once. `server` is where the log is read at the end; a promotion changes it."""

    def __init__(
        self, seed: int, server: Server, stores: Optional[List[str]] = None, env: Optional[Dict[str, Dict[str, str]]] = None,
        publishers: int = 2,
    ) -> None:  # fmt: skip
        self.server = server
        self.chance = random.Random(seed)
        self.directory = Path(tempfile.mkdtemp(prefix="carillon-cluster-"))
        self.disturbances = 0
        self.cluster = Cluster(self.directory, stores or [server.url] * 3, OPTIONS, env)
        self.receiver = Receiver()
        self._prepare()
        self.worker, self.session = Worker(self.cluster), Session(self.cluster, self.number())
        self.publishers = [
            Publisher(self.cluster, x, f"{x.name}{i}", self.number()) for x in self.cluster.members for i in range(publishers)
        ]
        self.clients: List[Client] = [*self.publishers, self.worker, self.session]
        for x in self.clients:
            x.start()

    def number(self) -> int:
        return self.chance.randrange(1 << 31)

    def owner(self) -> Member:
        eventually(lambda: self.cluster.owner is not None, "somebody owns", 90)
        owner = self.cluster.owner
        assert owner
        return owner

    def _prepare(self) -> None:
        owner = self.owner()
        for name, in_flight, ordered in ENDPOINTS:
            status, answer = call(owner.admin, "POST", "/api/events/webhooks", {
                "url": f"{self.receiver.url}/{name}", "types": [TYPE], "ordered": ordered, "maxInFlight": in_flight,
                "retrySchedule": [1] * 20,
            })  # fmt: skip
            assert status == 201, answer
        status, answer = call(owner.data, "PUT", f"/api/consumers/{Worker.name}", {
            "types": [TYPE], "order": "per_key", "start": "beginning", "ackTimeoutMs": 3000, "maxAttempts": 100,
            "retrySchedule": [100],
        })  # fmt: skip
        assert status in (200, 201), answer
        status, answer = call(owner.admin, "PUT", "/api/metrics/definitions/cancelled", {
            "types": [TYPE], "member": "/orderId", "measures": ["distinct"],
        })  # fmt: skip
        assert status in (200, 201), answer

    # -- disturbances ------------------------------------------------------------------

    def disturb(self) -> None:
        """For what ends calls of nodes, other than `kill` and `hold`."""
        self.disturbances += 1
        self.cluster.disturb()

    def kill(self, member: Member) -> None:
        self.disturbances += 1
        self.cluster.kill(member)

    def hold(self, member: Member, seconds: float) -> None:
        self.disturbances += 1
        self.cluster.hold(member, seconds)

    def acknowledged(self) -> int:
        return sum(x.acknowledged for p in self.publishers for x in list(p.operations))

    def publishes(self, more: int = 20, seconds: float = 60) -> None:
        """Until so many further events are acknowledged."""
        wanted = self.acknowledged() + more
        try:
            eventually(lambda: self.acknowledged() >= wanted or self.trouble(), f"{more} further events are acknowledged", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.logs()}") from None

    def trouble(self) -> List[str]:
        return [y for x in self.clients for y in x.trouble]

    def logs(self) -> str:
        return "\n".join(f"-- {x.name}, {x.state}\n{x.tail()}" for x in self.cluster.members)

    # -- the end -------------------------------------------------------------------------

    def operations(self) -> List[Operation]:
        return [x for p in self.publishers for x in p.operations]

    def read_log(self, member: Member) -> List[Stored]:
        out: List[Stored] = []
        cursor = ""
        while True:
            status, page = call(member.admin, "GET", f"/api/events?order=asc&limit=1000{cursor}", timeout=60)
            assert status == 200, page
            for x in page["events"]:
                event = x["id"] if x["type"] == TYPE else ""
                out.append(Stored(x["seq"], event, x["recordedAt"], x.get("companyId") or ""))
            if not page.get("nextCursor"):
                return out
            cursor = f"&cursor={page['nextCursor']}"

    def settle(self) -> None:
        """No further events; those that were begun are acknowledged, and all nodes have their place."""
        for x in self.cluster.members:
            x.go_on()
        for p in self.publishers:
            p.finish(60)
        self.cluster.settle()

    def judge(self, slack: float = 30.0, gone: bool = False, allow_ends: bool = True) -> List[Fault]:
        """Waits for the effects of all events, and compares.

        @param slack seconds beyond the 8 that a take-over may take on a machine that does other things
        @param gone the database was replaced by its standby: see `check_endpoint`
        """
        self.settle()
        owner = self.owner()
        log = self.read_log(owner)
        faults = history.check_log(self.operations(), log)
        for x in self.cluster.members:
            theirs = self.read_log(x)
            if theirs[: len(log)] != log:
                faults.append(Fault("answer", f"{x.name} shows another log than {owner.name}"))
        faults += self._await_effects(log, gone)
        for name, in_flight, ordered in ENDPOINTS:
            faults += history.check_endpoint(self.receiver.endpoint(name, in_flight, ordered), log, self.disturbances, gone)
        self.worker.finish()
        self.session.finish()
        if not gone:
            faults += history.check_worker("the worker", self.worker.arrivals, log)
            faults += history.check_session("the session", self.session.arrivals, log, Session.key)
        faults += self._audit(log)
        faults += history.check_take_overs(self.cluster.take_overs, 8 + slack)
        if not allow_ends:
            faults += [Fault("ended", x) for x in self.cluster.unexplained_ends()]
        faults += [Fault("client", x) for x in self.trouble()]
        return sorted(set(faults))

    def _late(self, log: List[Stored], gone: bool) -> List[Fault]:
        """What comes by and by."""
        out: List[Fault] = []
        for name, in_flight, ordered in ENDPOINTS:
            found = history.check_endpoint(self.receiver.endpoint(name, in_flight, ordered), log, self.disturbances, gone)
            out += [x for x in found if x.kind == "missing"]
        if not gone:
            out += [x for x in history.check_worker("the worker", list(self.worker.arrivals), log) if x.kind == "missing"]
            some = history.check_session("the session", list(self.session.arrivals), log, Session.key)
            out += [x for x in some if x.kind == "missing"]
        rows = [int(x[0]) for x in self.server.ask(f"SELECT event_seq FROM audit_log WHERE action = '{TYPE}'")]
        out += history.check_effects("the audit row", rows, log)
        return [*out, *history.check_total("the measure", self._measured(), log)]

    def _measured(self) -> int:
        status, answer = call(self.owner().admin, "GET", "/api/metrics/measures?name=cancelled&bucket=day", timeout=30)
        return sum(x["count"] for x in answer["series"]) if status == 200 else -1

    def _audit(self, log: List[Stored]) -> List[Fault]:
        status, answer = call(self.owner().admin, "GET", "/api/audit/verify", timeout=60)
        return [] if status == 200 and answer["valid"] else [Fault("effect", f"the audit log: {answer}")]

    def _await_effects(self, log: List[Stored], gone: bool) -> List[Fault]:
        """Looks until everything has come, or for a while nothing has. A look costs what receivers need as well."""
        came, since = -1, time.monotonic()
        while True:
            late = self._late(log, gone)
            arrived = sum(map(len, self.receiver.arrivals.values())) + len(self.worker.arrivals) + len(self.session.arrivals)
            if arrived > came:
                came, since = arrived, time.monotonic()
            if not late or time.monotonic() > since + 30:
                return late
            pause(0.5)

    def figures(self) -> str:
        times = sorted(self.cluster.take_overs)
        own = f"{times[0]:.1f} / {statistics.median(times):.1f} / {times[-1]:.1f} s" if times else "none"
        some = self.operations()
        events = {x.event for x in some if x.acknowledged}
        ends = [self.receiver.endpoint(*x) for x in ENDPOINTS]
        repeats = {x.name: len(x.arrivals) - len({y.seq for y in x.arrivals}) for x in ends}
        return (
            f"{len(events)} events acknowledged in {len(some)} requests; {self.disturbances} faults; take-overs, least, median, most: "
            f"{own} ({len(times)}); repeats {repeats}; the session connected {self.session.connections} times; "
            f"{len(self.cluster.ends)} nodes ended by themselves"
        )

    def close(self) -> None:
        for x in self.clients:
            x.stop.set()
        self.cluster.close()
        self.receiver.close()
        shutil.rmtree(self.directory, ignore_errors=True)
