"""The nodes of a cluster: each is watched, and started again when it has ended."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "outbox"))

from databases import free_port, pause  # noqa: E402
from support import binary, eventually, start_process  # noqa: E402

#: What `/readyz` says; the owner says the first.
READY, FOLLOWING, WAITING, SILENT = "ready", "following", "waiting", "silent"


class Member:
    """One node, over its restarts, on ports that stay the same."""

    def __init__(self, directory: Path, name: str, store: str, options: List[str], env: Optional[Dict[str, str]] = None) -> None:
        self.name, self.data, self.admin = name, free_port(), free_port()
        self.state = SILENT
        self.log_file = directory / f"{name}.log"
        self.place = directory / name
        self._arguments = [
            binary(), "serve", "--dev", "--store", store, "--data-dir", str(self.place), "--standby", "--follow",
            "--node-name", name, "--listen", f"127.0.0.1:{self.data}", "--admin-listen", f"127.0.0.1:{self.admin}", *options,
        ]  # fmt: skip
        self._env = {**os.environ, **(env or {})}
        self._changed = threading.Lock()
        #: A signal of the test stopped it, or has since it started.
        self.stopped = self.was_stopped = False
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        self.was_stopped = False
        return start_process(self._arguments, self.log_file, env=self._env)

    def start(self) -> None:
        with self._changed:
            if self.process.poll() is not None:
                self.process = self._start()

    def kill(self) -> None:
        with self._changed:
            self.process.kill()
            self.process.wait()
            self.stopped = False
            self.state = SILENT

    def hold(self) -> None:
        with self._changed:
            self.stopped = self.was_stopped = True
            self.process.send_signal(signal.SIGSTOP)
            self.state = SILENT

    def go_on(self) -> None:
        with self._changed:
            if self.stopped:
                self.process.send_signal(signal.SIGCONT)
            self.stopped = False

    def end(self) -> None:
        self.go_on()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def ask(self, timeout: float = 1.0) -> str:
        """What it is, by its own word."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=timeout)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            found = json.loads(answer.read())["status"]
            # An owner that has trouble answers 503 with another word.
            return str(found) if answer.status == 200 or found == WAITING else SILENT
        except (OSError, http.client.HTTPException, ValueError, KeyError):
            return SILENT
        finally:
            connection.close()

    def tail(self, size: int = 3000) -> str:
        return self.log_file.read_text(errors="replace")[-size:] if self.log_file.exists() else ""


class Cluster:
    """Members, who owns, and how long nobody did."""

    def __init__(self, directory: Path, stores: List[str], options: List[str], env: Optional[Dict[str, Dict[str, str]]] = None) -> None:
        """@param stores a URL for each member; @param env more variables, by the name of a member"""
        self._stop = threading.Event()
        self.owner: Optional[Member] = None
        #: Nobody has owned since then, through a fault of the owner; and the fault was the only one since.
        self._since: Optional[Tuple[float, bool]] = None
        self.take_overs: List[float] = []
        self.ends: List[str] = []
        self._lock = threading.Lock()
        self.members: List[Member] = []
        for place, store in enumerate(stores):
            name = "abcdefgh"[place]
            if self.members:
                (directory / name).mkdir(mode=0o700)
                for key in ("node.key", "evidence.key"):
                    shutil.copy(self.members[0].place / key, directory / name / key)
            self.members.append(Member(directory, name, store, options, (env or {}).get(name)))
            if place == 0:
                first = self.members[0]
                self._wait(lambda: first.ask() == READY)
                self.owner = first
        self._threads = [threading.Thread(target=self._watch, args=(x,), daemon=True) for x in self.members]
        for x in self._threads:
            x.start()
        self.settle()

    def _wait(self, condition: Callable[[], Any]) -> None:
        eventually(condition, "the nodes have their places:\n" + "\n".join(x.tail() for x in self.members), 90)

    def settle(self) -> None:
        """Until one owns and the others follow."""

        def settled() -> bool:
            states = sorted(x.state for x in self.members)
            return states == [FOLLOWING] * (len(states) - 1) + [READY]

        try:
            eventually(settled, "settled", 90)
        except AssertionError:
            states = {x.name: x.state for x in self.members}
            raise AssertionError(f"{states}\n" + "\n".join(f"-- {x.name}\n{x.tail()}" for x in self.members)) from None

    def kill(self, member: Member) -> None:
        """It is started again by its watch, perhaps a moment later."""
        with self._lock:
            self._begin(member)
            member.kill()

    def hold(self, member: Member, seconds: float) -> None:
        """Stands still for so long."""
        with self._lock:
            self._begin(member)
            member.hold()
        timer = threading.Timer(seconds, member.go_on)
        timer.daemon = True
        timer.start()

    def disturb(self) -> None:
        """Something else happens that a take-over may have to wait for."""
        with self._lock:
            self._since = (self._since[0], False) if self._since else None

    def _begin(self, member: Member) -> None:
        if member is self.owner:
            self.owner, self._since = None, (time.monotonic(), True)
        elif self._since is not None:
            self._since = (self._since[0], False)

    def _watch(self, member: Member) -> None:
        while not self._stop.is_set():
            ended = member.process.poll()
            if ended is not None:
                if ended >= 0 and not self._stop.is_set():
                    after = " after it stood still" if member.was_stopped else ""
                    self.ends.append(f"{member.name} ended with {ended}{after}: {member.tail(1500).strip()}")
                    with self._lock:
                        self._begin(member)
                member.state = SILENT
                member.start()
            begin = time.monotonic()
            process = member.process
            found = member.ask()
            with self._lock:
                if member.process is process and not member.stopped:
                    member.state = found
                    if found == READY:
                        self._note(member, begin)
            pause(0.03)

    def _note(self, member: Member, begin: float) -> None:
        if self.owner is member:
            return
        # The last word of a node that stood still, and does not know yet that it was replaced.
        if self.owner is not None and member.was_stopped:
            return
        if self._since is not None and not member.was_stopped and begin > self._since[0]:
            seconds, alone = time.monotonic() - self._since[0], self._since[1]
            if alone:
                self.take_overs.append(seconds)
        self.owner, self._since = member, None

    def unexplained_ends(self) -> List[str]:
        return [x for x in self.ends if "after it stood still" not in x]

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(10)
        for x in reversed(self.members):
            x.end()
