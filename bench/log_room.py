#!/usr/bin/env python3
"""How much room the finished files of a log take per event, compressed or not, beside the SQLite table that
the log was before segments.

Usage: log_room.py CARILLON [EVENTS]

Publishes events of a shop (300,000 unless given) to a node of its own in a temporary directory, twice: without
and with --log-compress zstd. The table is made by `carillon export`, and has no index.
"""
import glob, json, os, random, subprocess, sys, tempfile, time

WORDS = "bell brass small large red blue garden door hand church sleigh silver tuned pair set gift".split()

def order(n, random):
    items = [{"sku": f"{random.choice(WORDS)}-{random.randrange(900)}", "name": " ".join(random.sample(WORDS, 3)),
              "quantity": random.randrange(1, 5), "price": random.randrange(100, 20000) / 100}
             for _ in range(random.randrange(1, 5))]
    return {"type": "order.created", "companyId": f"company-{random.randrange(200)}", "userId": f"user-{random.randrange(20000)}",
            "correlationId": f"checkout-{n}", "source": "/shop/checkout",
            "data": {"orderId": f"o-{n}", "total": sum(x["quantity"] * x["price"] for x in items), "items": items, "status": "new"}}

def finished(log):
    """Bytes and number of the events of all files but the newest."""
    names = sorted(glob.glob(log + "/*.seg"))
    first = [int(os.path.basename(x)[:20]) for x in names]
    return sum(os.path.getsize(x) for x in names[:-1]), first[-1] - first[0]

def measure(carillon, events, compress, directory):
    data = f"{directory}/{compress}"
    node = subprocess.Popen([carillon, "serve", "--dev", "--data-dir", data, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
                             "--log-segment", "16MiB", "--log-compress", compress], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        port = node.stdout.readline().split("data=")[1].split()[0]
        subprocess.run([carillon, "publish", events, "--url", "http://" + port, "--batch", "500"], check=True, stdout=subprocess.DEVNULL)
        before, deadline = -1, time.time() + 120
        while finished(data + "/log")[0] != before and time.time() < deadline:
            before = finished(data + "/log")[0]
            time.sleep(5)
    finally:
        node.terminate()
        node.wait()
    return data, finished(data + "/log")

def main(carillon, count=300_000):
    with tempfile.TemporaryDirectory() as directory:
        events, chance = directory + "/events.ndjson", random.Random(1)
        with open(events, "w") as out:
            for n in range(count):
                out.write(json.dumps(order(n, chance), separators=(",", ":")) + "\n")
        print(f"events as JSON: {os.path.getsize(events) / count:.0f} bytes each")
        room = {}
        for compress in ["none", "zstd"]:
            data, (size, number) = measure(carillon, events, compress, directory)
            room[compress] = size / number
        table = directory + "/events.sqlite"
        subprocess.run([carillon, "export", "--data-dir", data, "--to", table, "--quiet"], check=True, stdout=subprocess.DEVNULL)
        sqlite = os.path.getsize(table) / count
        print(f"SQLite table: {sqlite:.0f} bytes each")
        for compress, size in room.items():
            print(f"segments, {compress}: {size:.0f} bytes each, {size / sqlite:.2f} of the table")

main(sys.argv[1], *map(int, sys.argv[2:3]))
