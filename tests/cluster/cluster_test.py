"""Three nodes over one PostgreSQL (`--standby --follow`), under load, while nodes are killed or stand still, their clocks are
wrong, and their database is slow, dies, or is replaced by its standby. The judge is history.py.

  cluster_test.py [Kills | TakeOvers | Clocks | SlowDatabase | DatabaseFaults | Failover]

Short in CI; CARILLON_CLUSTER_SECONDS says how long faults come, CARILLON_SEED repeats the choice of faults.
"""

from __future__ import annotations

import os
import random
import sys
import time
import unittest
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, List, Set

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "outbox")]

import history  # noqa: E402
from databases import pause  # noqa: E402
from history import Fault, summary  # noqa: E402
from members import Member  # noqa: E402
from servers import Proxy, Server, Standby  # noqa: E402
from support import eventually  # noqa: E402
from world import World  # noqa: E402

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")


#: A run by hand, by `./dev soak cluster`.
LONG = "CARILLON_CLUSTER_SECONDS" in os.environ


def seconds(usual: float) -> float:
    return float(os.environ.get("CARILLON_CLUSTER_SECONDS", usual))


class Case(unittest.TestCase):
    def setUp(self) -> None:
        self.seed = int(os.environ.get("CARILLON_SEED", random.randrange(1 << 31)))
        print(f"CARILLON_SEED={self.seed}", flush=True)

    def server(self) -> Server:
        out = Server()
        self.addCleanup(out.close)
        return out

    def world(self, *arguments: Any, **more: Any) -> World:
        out = World(self.seed, *arguments, **more)
        self.addCleanup(out.close)
        return out

    def judge(self, world: World, **how: Any) -> List[Fault]:
        out = world.judge(**how)
        print(f"{self.id()}: {world.figures()}", flush=True)
        for x in world.cluster.ends:
            print("  " + x.splitlines()[-1][-300:], flush=True)
        return out

    def check(self, world: World, **how: Any) -> None:
        faults = self.judge(world, **how)
        self.assertEqual(faults, [], f"seed {self.seed}\n{summary(faults)}\n{world.logs()}")

    @staticmethod
    def replaced(world: World, owner: Member) -> None:
        """Until somebody owns after a fault of the owner, and all have their place."""
        world.owner()
        eventually(lambda: not owner.stopped, "it goes on")
        world.cluster.settle()


class Kills(Case):
    def test_nodes_die_and_stand_still(self) -> None:
        world = self.world(self.server())
        end = time.monotonic() + seconds(25)
        while time.monotonic() < end:
            pause(world.chance.uniform(3, 8))
            member = world.chance.choice(world.cluster.members)
            # The owner is the one that matters most.
            if world.cluster.owner is not None and world.chance.random() < 0.3:
                member = world.cluster.owner
            if member.stopped or world.chance.random() < 0.75:
                world.kill(member)
            else:
                world.hold(member, world.chance.uniform(2, 12))
        self.check(world, allow_ends=False)


class TakeOvers(Case):
    def test_the_owner_dies_and_another_stands_in(self) -> None:
        """One fault at a time, whose take-over is measured."""
        world = self.world(self.server())
        end = time.monotonic() + seconds(15)
        while time.monotonic() < end:
            world.publishes()
            owner = world.owner()
            if world.chance.random() < 0.7:
                world.kill(owner)
            else:
                world.hold(owner, 12)
            self.replaced(world, owner)
        self.check(world, allow_ends=False)
        self.assertGreater(len(world.cluster.take_overs), 0)


class Clocks(Case):
    @unittest.skipUnless(FAKETIME.exists() or os.environ.get("CARILLON_ALL_TESTS"), "libfaketime is not installed")
    def test_a_clock_that_is_wrong_and_jumps(self) -> None:
        self.assertTrue(FAKETIME.exists(), "the Debian package faketime is not installed")
        server = self.server()
        shift = Path(server.directory) / "shift"
        shift.write_text("+300s\n")
        # The clocks by which beats are measured are nobody's to set.
        env = {
            "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(shift), "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_RANDOM": "1",
        }  # fmt: skip
        world = self.world(server, env={"b": env})
        wrong = world.cluster.members[1]
        for by in ("-300s", "+300s", "-3600s", "-300s"):
            world.publishes(100)
            pause(seconds(12) / 4)
            shift.write_text(by + "\n")
        self.assertEqual(world.cluster.take_overs, [], "a working node was replaced")
        self.assertEqual(world.cluster.ends, [])
        # It owns, with the clock behind; and is killed.
        for _ in range(2):
            if world.cluster.owner is wrong:
                break
            owner = world.owner()
            world.kill(owner)
            self.replaced(world, owner)
        if world.cluster.owner is wrong:
            world.publishes(100)
            shift.write_text("+300s\n")
            world.publishes(100)
            world.kill(wrong)
            self.replaced(world, wrong)
        world.publishes(100)
        self.check(world, allow_ends=False)
        # It was wrong indeed: no event is recorded before one that was recorded minutes ahead.
        last = datetime.fromisoformat(world.read_log(world.owner())[-1].recorded_at.replace("Z", "+00:00"))
        self.assertGreater((last - datetime.now(timezone.utc)).total_seconds(), 120)


class SlowDatabase(Case):
    def test_fifty_milliseconds_each_way(self) -> None:
        server = self.server()
        proxies = [Proxy(server.port) for _ in range(3)]
        for x in proxies:
            self.addCleanup(x.close)
        world = self.world(server, [x.url for x in proxies], publishers=4)
        for x in proxies:
            x.delay = 0.05
        end = time.monotonic() + seconds(15)
        while time.monotonic() < end:
            world.publishes()
        self.assertEqual(world.cluster.take_overs, [], "a working node was replaced")
        self.assertEqual(world.cluster.ends, [])
        if LONG:
            # A start asks the database some 300 times, one after the other: half a minute at this distance.
            world.kill(world.owner())
            world.owner()
            world.publishes()
        for x in proxies:
            x.delay = 0.0
        self.check(world, allow_ends=False, slack=120.0)


class DatabaseFaults(Case):
    def test_the_database_is_restarted_and_crashes(self) -> None:
        server = self.server()
        world = self.world(server)
        end = time.monotonic() + seconds(20)
        while True:
            world.publishes(50)
            if time.monotonic() > end:
                break
            world.disturb()
            what = world.chance.choice(("restart", "crash", "connections"))
            if what == "restart":
                server.restart(world.chance.choice(("fast", "immediate")))
            elif what == "crash":
                server.crash()
            else:
                server.ask(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
                    "application_name LIKE 'carillon/%'"
                )
            print(f"  {what}", flush=True)
            pause(world.chance.uniform(0.5, 3))
        self.check(world)


class Failover(Case):
    """The nodes reach the database by an address that leads to another server after the failover."""

    def setUp(self) -> None:
        super().setUp()
        self.primary = self.server()
        self.primary.accept_standbys()
        self.proxy = Proxy(self.primary.port)
        self.addCleanup(self.proxy.close)

    def standby(self) -> Standby:
        out = Standby(self.primary)
        self.addCleanup(out.close)
        out.catch_up(self.primary)
        return out

    def replace(self, world: World, by: Standby) -> None:
        world.disturb()
        self.proxy.lead_to(None)
        self.primary.die()
        by.promote()
        world.server = by
        self.proxy.lead_to(by.port)

    def begin(self, synchronous: bool) -> "tuple[World, Standby]":
        world = self.world(self.primary, [self.proxy.url] * 3)
        standby = self.standby()
        if synchronous:
            self.primary.run("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
            eventually(lambda: self.primary.ask("SELECT sync_state FROM pg_stat_replication")[0][0] == "sync", "it is in step")
        world.publishes(100)
        return world, standby

    def test_a_synchronous_standby_takes_the_place(self) -> None:
        """Commits wait, their waits are cancelled and ended, and then the server is lost."""
        world, standby = self.begin(synchronous=True)
        end = time.monotonic() + seconds(12)
        ended = 0
        while time.monotonic() < end:
            standby.hold(True)
            for _ in range(world.chance.randrange(2, 6)):
                how = world.chance.choice(("pg_cancel_backend", "pg_terminate_backend"))
                pause(world.chance.uniform(0.05, 0.4))
                ended += self.primary.waits(how)
            world.disturb()
            standby.hold(False)
            world.publishes(20)
        # The last commits are on the server that is lost, and nobody was told of them.
        standby.hold(True)
        eventually(lambda: self.primary.waits() > 0, "a commit waits")
        self.primary.waits("pg_cancel_backend")
        self.proxy.lead_to(None)
        self.primary.die()
        standby.hold(False)
        world.disturb()
        standby.promote()
        world.server = standby
        self.proxy.lead_to(standby.port)
        world.publishes(100)
        print(f"  {ended} waits of commits ended", flush=True)
        self.assertGreater(ended, 0)
        self.check(world, gone=True)

    def test_an_asynchronous_standby_that_lost_something(self) -> None:
        """The judge notices it. Of the nodes, the owner does if it had signed a head of the log that is gone."""
        world, standby = self.begin(synchronous=False)
        standby.lose_sight()
        world.publishes(50)
        self.replace(world, standby)
        world.publishes(50, 90)
        for x in world.publishers:
            x.finish(60)
        # The owner may not be ready from now on; it reads, as the others do.
        kinds: Set[str] = {x.kind for x in history.check_log(world.operations(), world.read_log(world.cluster.members[1]))}
        noticed = any("the tree over the log is not the one that was signed" in x.tail() for x in world.cluster.members)
        print(f"  {'the owner' if noticed else 'no node'} noticed the loss", flush=True)
        self.assertIn("lost", kinds)
        self.assertLessEqual(kinds, {"lost", "answer", "order"})


if __name__ == "__main__":
    unittest.main()
