"""The carrier by WebSocket, with the package websockets (10 or newer)."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import urllib.parse
from importlib import import_module
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from .backoff import Backoff
from .errors import BadAnswerError, NotFoundError, ProblemError, TransportError, UnreachableError, problem_from
from .hands import Hands, handed_from
from .models import member
from .transport import Port

if TYPE_CHECKING:
    from .worker import Worker

log = logging.getLogger("carillon")

_PROTOCOL = "carillon.consumer.v1"
#: Deliveries come in messages of about a mebibyte.
_MOST_BYTES = 16 * 1024 * 1024
#: The node takes messages of 64 KiB.
_MOST_IDS = 200
_HELLO_SECONDS = 10.0
_MOST_CREDIT = 10_000


class SocketCarrier:
    """An event loop in the calling thread: one task reads, one writes."""

    def __init__(self, worker: Worker, hands: Hands) -> None:
        self._worker = worker
        self._hands = hands
        self._library: Any = import_module("websockets")
        self._errors: Any = import_module("websockets.exceptions")
        self._epoch = 0
        self._credit = 0
        self._node_drains = False
        self._greeted = False

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()

        def on_outcome() -> None:
            try:
                loop.call_soon_threadsafe(self._wake.set)
            except RuntimeError:
                pass  # the loop has ended

        self._hands.listen(on_outcome)
        backoff = Backoff()
        while not self._worker.is_stopping:
            self._greeted = False
            wanted = 0.0
            try:
                await loop.run_in_executor(None, self._worker.ensure_declared)
                await self._connection()
            except (TransportError, ProblemError) as why:
                wanted = getattr(why, "retry_after", None) or 0.0
                self._worker.interrupted(why)
            self._hands.lose(lambda _, epoch: epoch == self._epoch)
            if self._greeted:
                backoff.reset()
            await self._pause(backoff.next(wanted))

    async def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._worker.is_stopping and time.monotonic() < end:
            await asyncio.sleep(min(0.1, max(0.0, end - time.monotonic())))

    # -- a connection -------------------------------------------------------------

    async def _connection(self) -> None:
        self._epoch += 1
        self._credit = 0
        self._node_drains = False
        errors = self._errors
        try:
            async with self._library.connect(socket_url(self._worker.port, self._worker.name), **self._options()) as ws:
                if ws.subprotocol != _PROTOCOL:
                    raise BadAnswerError("the node does not speak the worker's protocol")
                await self._converse(ws)
        except getattr(errors, "InvalidStatus", ()) as why:
            raise _refusal(why.response.status_code) from why
        except getattr(errors, "InvalidStatusCode", ()) as why:
            raise _refusal(why.status_code) from why
        except errors.ConnectionClosed as why:
            raise UnreachableError(f"the connection ended: {why}") from why
        except (errors.WebSocketException, OSError, asyncio.TimeoutError, EOFError) as why:
            raise UnreachableError(f"no connection: {type(why).__name__}: {why}") from why

    def _options(self) -> Dict[str, Any]:
        version = int(str(self._library.__version__).split(".")[0])
        out: Dict[str, Any] = {
            "subprotocols": [_PROTOCOL],
            "max_size": _MOST_BYTES,
            "compression": None,
            "open_timeout": _HELLO_SECONDS,
            "close_timeout": 2,
            "ping_interval": 20,
            "ping_timeout": 20,
            "additional_headers" if version >= 14 else "extra_headers": self._worker.port.authorization,
        }
        if version >= 15:
            out["proxy"] = None
        if self._worker.ssl_context is not None and self._worker.port.url.startswith("https"):
            out["ssl"] = self._worker.ssl_context
        return out

    async def _converse(self, ws: Any) -> None:
        hello = await asyncio.wait_for(self._read(ws), _HELLO_SECONDS)
        if hello.get("op") == "error":
            raise _reported(hello)
        if hello.get("op") != "hello":
            raise BadAnswerError("the node did not begin with a hello")
        self._worker.adopt_ack_timeout(member(hello, "ackTimeoutMs", int))
        self._greeted = True
        reader = asyncio.ensure_future(self._read_all(ws))
        writer = asyncio.ensure_future(self._write_all(ws))
        try:
            await asyncio.wait((reader, writer), return_when=asyncio.FIRST_COMPLETED)
            if writer.done() and writer.exception() is not None:
                # The reader knows why the connection ended.
                await asyncio.wait((reader,), timeout=1.0)
            for task in (reader, writer):
                if task.done():
                    task.result()
        finally:
            for task in (reader, writer):
                task.cancel()
            await asyncio.gather(reader, writer, return_exceptions=True)

    # -- reading ------------------------------------------------------------------

    async def _read(self, ws: Any) -> Dict[str, Any]:
        text = await ws.recv()
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            raise BadAnswerError("the node sent a message that is not JSON") from None
        if not isinstance(message, dict):
            raise BadAnswerError("the node sent a message that is not an object")
        return message

    async def _read_all(self, ws: Any) -> None:
        last: Optional[Dict[str, Any]] = None
        while True:
            try:
                message = await self._read(ws)
            except self._errors.ConnectionClosed:
                if last is not None and last.get("op") == "error":
                    raise _reported(last)
                raise
            last = message
            op = message.get("op")
            if op == "deliver":
                deliveries = handed_from(message)
                if len(deliveries) > self._credit:
                    raise BadAnswerError("the node handed over more than it had credit for")
                self._credit -= len(deliveries)
                self._hands.accept(deliveries, self._epoch)
                self._wake.set()
            elif op == "stale":
                ids = member(message, "ids", list)
                self._hands.lose(lambda handed, epoch: epoch == self._epoch and handed.id in ids)
            elif op == "drain":
                self._node_drains = True
            elif op == "error":
                log.warning("the node did not understand the worker of %s: %s", self._worker.name, message)

    # -- writing ------------------------------------------------------------------

    async def _write_all(self, ws: Any) -> None:
        """Returns when the worker stops and nothing is in hand."""
        told_drain = False
        while True:
            self._wake.clear()
            await self._settle(ws)
            for item, handed in self._hands.due_extensions():
                if item.epoch == self._epoch:
                    await _say(ws, op="extend", id=handed.id, ms=max(1, int(self._hands.ack_timeout * 1000)))
            if self._worker.is_stopping:
                if not told_drain:
                    told_drain = True
                    await _say(ws, op="drain")
                # First the drain, or they would come here again.
                await self._release(ws)
                if self._hands.is_empty:
                    return
            elif not self._node_drains:
                await self._give_credit(ws)
            try:
                await asyncio.wait_for(self._wake.wait(), min(0.2, self._hands.ack_timeout / 6))
            except asyncio.TimeoutError:
                pass

    async def _settle(self, ws: Any) -> None:
        done: List[str] = []
        for item, handed, outcome in self._hands.outcomes():
            if item.epoch == self._epoch:
                if outcome.failure is None:
                    done.append(handed.id)
                else:
                    more: Dict[str, Any] = {"delayMs": int(outcome.delay * 1000)} if outcome.delay > 0 else {}
                    await _say(ws, op="nack", id=handed.id, reason=outcome.failure, dead=outcome.dead, **more)
            # What came by an earlier connection is with another worker.
            self._hands.settled(item, handed)
        for i in range(0, len(done), _MOST_IDS):
            await _say(ws, op="ack", ids=done[i : i + _MOST_IDS])

    async def _release(self, ws: Any) -> None:
        """Gives back what was not begun; what came by an earlier connection is with another worker."""
        ids = [handed.id for item, handed in self._hands.take_back() if item.epoch == self._epoch]
        for i in range(0, len(ids), _MOST_IDS):
            await _say(ws, op="release", ids=ids[i : i + _MOST_IDS])

    async def _give_credit(self, ws: Any) -> None:
        more = min(self._hands.room - self._credit, _MOST_CREDIT)
        if more > 0:
            self._credit += more
            await _say(ws, op="credit", n=more)


async def _say(ws: Any, **message: Any) -> None:
    await ws.send(json.dumps(message))


def socket_url(port: Port, consumer: str) -> str:
    """`ws://…/consume/name` of a data port."""
    return "ws" + port.url[len("http"):] + "/consume/" + urllib.parse.quote(consumer, safe="")


def _refusal(status: int) -> ProblemError:
    return problem_from(status, {"title": "the node refused the connection"})


def _reported(message: Dict[str, Any]) -> Exception:
    """Of an `error` message before a close."""
    code = message.get("code")
    if code == "not_found":
        return NotFoundError(404, "not_found", "there is no such consumer")
    return UnreachableError(f"the node ended the connection: {code}: {message.get('message')}")
