#!/usr/bin/env python3
"""How long nobody serves when a node stops in order and its standby takes its place (docs/cluster.md).

Usage: handover.py CARILLON [ROUNDS [OPTIONS OF THE NODES...]]

Starts a PostgreSQL that writes through, a node and its standby, publishes events, and stops the active node, 20 times
unless given; the one that stopped is the next standby. Prints for each part of the way the least, the median and the
most, in milliseconds from SIGTERM on:

  stopping   the node has read the signal
  left       the node says that it has stopped
  turn       the standby knows that it is its turn
  ready      the standby says that it is the active node
  publishes  an event is acknowledged by it

Ends with 1 if the median to `publishes` is 500 ms or more.
"""
import http.client, json, os, re, signal, socket, statistics, subprocess, sys, tempfile, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
SERVER = HERE + "/../tests/support/postgres_server.sh"
PARTS = ["stopping", "left", "turn", "ready", "publishes"]
LIMIT_MS = 500

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]

class Node:
    """Its lines go to a list, with the time of each."""

    def __init__(self, carillon, directory, name, store, more):
        self.name, self.seen = name, []
        self.process = subprocess.Popen(
            [carillon, "serve", "--dev", "--standby", "--node-name", name, "--store", store, "--data-dir", f"{directory}/{name}",
             "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--alert-interval", "0s", *more],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            self.seen.append((time.time(), line.rstrip()))

    def find(self, text, since=0.0):
        return next((t for t, line in list(self.seen) if t >= since and text in line), None)

    def wait_for(self, text, since=0.0):
        deadline = time.time() + 60
        while time.time() < deadline:
            found = self.find(text, since)
            if found is not None:
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.002)
        raise SystemExit(f"node {self.name} did not say '{text}':\n" + "\n".join(line for _, line in self.seen[-20:]))

    def port(self):
        line = next(line for _, line in self.seen if re.match(r"(ready|standby) data=", line))
        return int(re.search(r"data=127\.0\.0\.1:(\d+)", line).group(1))

    def wait_for_place(self):
        deadline = time.time() + 60
        while not any(re.match(r"(ready|standby) data=", line) for _, line in list(self.seen)):
            if time.time() > deadline or self.process.poll() is not None:
                raise SystemExit(f"node {self.name} did not start:\n" + "\n".join(line for _, line in self.seen[-20:]))
            time.sleep(0.01)

    def publish(self, event):
        """True if it was acknowledged."""
        to = http.client.HTTPConnection("127.0.0.1", self.port(), timeout=10)
        try:
            to.request("POST", "/api/events", json.dumps({"type": "order.cancelled", "id": event, "companyId": "c-1",
                                                          "data": {"orderId": "o-1", "reason": "sold out"}}),
                       {"Content-Type": "application/json"})
            return to.getresponse().status in (200, 201)
        except OSError:
            return False
        finally:
            to.close()

def measure(active, standby, round_):
    for i in range(50):
        if not active.publish(f"{round_}-{i}"):
            raise SystemExit(f"node {active.name} refused an event")
    begin = time.time()
    active.process.send_signal(signal.SIGTERM)
    event = 0
    # A follower publishes all the time: it is the owner when it says so.
    standby.wait_for("ready data=", begin)
    while not standby.publish(f"{round_}-after-{event}"):
        event += 1
    publishes = time.time()
    active.process.wait(60)
    active.thread.join(10)
    times = {"stopping": active.find("stopping, at most", begin), "left": active.find("stopped at position", begin),
             "turn": standby.find("it is the turn of this node", begin), "ready": standby.find("ready data=", begin),
             "publishes": publishes}
    return {part: (at - begin) * 1000 for part, at in times.items() if at is not None}

def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    carillon, rounds, more = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20, sys.argv[3:]
    port = free_port()
    store = f"postgresql://carillon@127.0.0.1:{port}/postgres"
    with tempfile.TemporaryDirectory(dir=os.environ.get("CARILLON_BENCH_DIR", "/var/tmp")) as directory:
        server = directory + "-postgres"
        subprocess.run([SERVER, "start", server, str(port)], check=True, env={**os.environ, "CARILLON_POSTGRES_DURABLE": "1"})
        nodes = []
        try:
            def start(name):
                if name == "b" and not os.path.exists(f"{directory}/b"):
                    os.mkdir(f"{directory}/b", 0o700)
                    for key in ("node.key", "evidence.key"):
                        with open(f"{directory}/a/{key}", "rb") as old, open(f"{directory}/b/{key}", "wb") as new:
                            os.chmod(new.name, 0o600)
                            new.write(old.read())
                nodes.append(Node(carillon, directory, name, store, more))
                nodes[-1].wait_for_place()
                return nodes[-1]

            active = start("a")
            active.wait_for("ready data=")
            found = []
            for round_ in range(rounds):
                standby = start("b" if active.name == "a" else "a")
                # It knows the owner, and listens.
                time.sleep(1.5)
                found.append(measure(active, standby, round_))
                active = standby
            for part in PARTS:
                xs = [x[part] for x in found if part in x]
                if xs:
                    print(f"{part:10} {min(xs):7.0f} {statistics.median(xs):7.0f} {max(xs):7.0f} ms")
            return 0 if statistics.median(x["publishes"] for x in found) < LIMIT_MS else 1
        finally:
            for node in nodes:
                node.process.kill()
                node.process.wait()
            subprocess.run([SERVER, "stop", server])
            subprocess.run(["rm", "-rf", server])

if __name__ == "__main__":
    sys.exit(main())
