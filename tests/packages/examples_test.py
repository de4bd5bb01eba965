#!/usr/bin/env python3
"""Installs a build, builds the examples with the installed package, runs them, and compares what they
print with their `expected.txt`.

    examples_test.py ROOT BUILD [CMAKE OPTION…]
"""

import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time


def run(*command, timeout=600, **options):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=timeout, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return done.stdout


def compare(name, printed, expected):
    if printed != expected:
        sys.exit(f"{name} printed:\n{printed}instead of:\n{expected}")
    print(f"{name}: as expected")


def free_port():
    with socket.socket() as x:
        x.bind(("127.0.0.1", 0))
        return x.getsockname()[1]


@contextlib.contextmanager
def started(*command, **options):
    """A program in the background, for the block, and for two minutes at most."""
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, **options) as program:
        guard = threading.Timer(120, program.kill)
        guard.start()
        try:
            yield program
        finally:
            guard.cancel()
            program.terminate()
            try:
                program.wait(timeout=60)
            except subprocess.TimeoutExpired:
                program.kill()


def receive(program, expected):
    """A request without a signature is refused."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    port = free_port()
    with started(program, secret, str(port)) as server:
        printed = server.stdout.readline()
        status = run("curl", "-s", "--max-time", "10", "-o", os.devnull, "-w", "%{http_code}", "-d", "{}",
                     "-H", "webhook-id: msg_1", "-H", f"webhook-timestamp: {int(time.time())}",
                     f"http://127.0.0.1:{port}/")
        if status != "401":
            sys.exit(f"webhook_receiver answered {status}")
        printed += server.stdout.readline()
    compare("webhook_receiver", printed, expected)


def reach(node, program, data, expected):
    """A node with a port for CAF processes, and a publisher that uses it."""
    log = data.with_suffix(".log")
    with open(log, "w") as errors, started(
            node, "serve", "--dev", "--data-dir", data, "--listen", "127.0.0.1:0",
            "--admin-listen", "127.0.0.1:0", "--caf-port", "0", stderr=errors) as server:
        port = None
        for line in server.stdout:
            port = re.search(r"^ready .*\bcaf=127\.0\.0\.1:(\d+)$", line)
            if port:
                break
        if not port:
            sys.exit(f"the node did not name its port for CAF processes:\n{log.read_text()}")
        compare("remote_publisher", run(program, port[1], timeout=90), expected)


def main():
    root, build, *options = sys.argv[1:]
    examples = pathlib.Path(root) / "examples"
    with tempfile.TemporaryDirectory() as directory:
        at = pathlib.Path(directory)
        # The library only: what the node installs in /etc is not for this prefix.
        for part in ("libcarillon0", "libcarillon-dev"):
            run("cmake", "--install", build, "--component", part, "--prefix", at / "prefix")
        for name in ("embedded", "handlers_only", "remote_publisher", "webhook_receiver"):
            run("cmake", "-S", examples / name, "-B", at / name, "-G", "Ninja",
                f"-DCMAKE_PREFIX_PATH={at / 'prefix'}", *options)
            run("cmake", "--build", at / name)
        libraries = ":".join(str(x.parent) for x in (at / "prefix").rglob("libcarillon.so"))
        os.environ["LD_LIBRARY_PATH"] = libraries

        def expected(name):
            return (examples / name / "expected.txt").read_text()

        # It makes ./data, with an event in it.
        (at / "ten_lines").mkdir()
        run(at / "embedded/ten_lines", cwd=at / "ten_lines")
        compare("embedded", run(at / "embedded/shop", at / "shop"), expected("embedded"))
        again = run(at / "embedded/shop", at / "shop").splitlines()
        compare("embedded, again", "\n".join(again[:1] + again[3:]) + "\n",
                "o-1 is event 1, as before\nbooked: 3 orders, revenue 6000 cents\n"
                "counted in this run: 0 orders\n")
        with open(examples / "handlers_only/events.jsonl") as events:
            compare("handlers_only", run(at / "handlers_only/handlers_only", at / "data", stdin=events),
                    expected("handlers_only"))
        reach(pathlib.Path(build) / "node/carillon", at / "remote_publisher/remote_publisher",
              at / "remote", expected("remote_publisher"))
        receive(at / "webhook_receiver/webhook_receiver", expected("webhook_receiver"))


if __name__ == "__main__":
    main()
