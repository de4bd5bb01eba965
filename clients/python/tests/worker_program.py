"""A worker as a process of its own, for tests that kill it.

worker_program.py URL CARRIER NAME: prints `ready`, then a line for each event as its handling begins. A line of
standard input lets one handler end. It stops at SIGTERM.
"""

import queue
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from carillon import Carillon, Event  # noqa: E402

released: "queue.Queue[str]" = queue.Queue()


def read() -> None:
    for line in sys.stdin:
        released.put(line)


def handle(event: Event) -> None:
    print("begin", event.id, flush=True)
    released.get()
    print("end", event.id, flush=True)


threading.Thread(target=read, daemon=True).start()
url, carrier, name = sys.argv[1:]
client = Carillon(url)
client.subscribe("order.*", handle, name=name, ack_timeout=1.0, prefetch=0, carrier=carrier)  # type: ignore[arg-type]
print("ready", flush=True)
print("done", client.run(), flush=True)
