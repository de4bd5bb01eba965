"""HTTP to one port of a node, on the standard library: deadlines, repeats, typed errors."""

from __future__ import annotations

import email.utils
import http.client
import io
import json
import os
import socket
import ssl
import threading
import time
import urllib.parse
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple, Union

from .backoff import Backoff
from .errors import BadAnswerError, CertificateError, ProblemError, TransportError, UnreachableError, problem_from
from .models import to_json

#: An answer that is larger is none of a node's.
MOST_ANSWER_BYTES = 64 * 1024 * 1024
_CONNECT_SECONDS = 5.0
_IDLE_CONNECTIONS = 8
_PIECE = 64 * 1024

Query = Mapping[str, Optional[Union[str, int]]]


class _DeadlineStream(io.RawIOBase):
    """Reads a socket until a deadline for all reads together.

    A timeout of the socket is one for each read: a node that sends a byte a second would never end.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__()
        self._sock = sock
        self._deadline = deadline
        self._inner = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Optional[int]:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        self._sock.settimeout(left)
        return self._inner.readinto(buffer)

    def close(self) -> None:
        self._inner.close()
        super().close()


class _Connection:
    """A kept connection, used by one thread at a time."""

    def __init__(self, inner: http.client.HTTPConnection) -> None:
        self.inner = inner
        self.is_used = False
        self._deadline = 0.0
        inner.response_class = self._response  # type: ignore[assignment]

    def _response(self, sock: socket.socket, *args: Any, **named: Any) -> http.client.HTTPResponse:
        out = http.client.HTTPResponse(sock, *args, **named)
        out.fp.close()
        out.fp = io.BufferedReader(_DeadlineStream(sock, self._deadline))
        return out

    def exchange(
        self, method: str, target: str, body: Optional[bytes], headers: Mapping[str, str], deadline: float
    ) -> Tuple[http.client.HTTPResponse, bytes]:
        self._deadline = deadline
        self._limit()
        if self.inner.sock is None:
            self.inner.connect()
            sock: Any = self.inner.sock
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._limit()
        self.inner.request(method, target, body=body, headers=dict(headers))
        response = self.inner.getresponse()
        pieces: List[bytes] = []
        size = 0
        while True:
            piece = response.read(_PIECE)
            if not piece:
                break
            size += len(piece)
            if size > MOST_ANSWER_BYTES:
                raise BadAnswerError(f"the answer exceeds {MOST_ANSWER_BYTES} bytes")
            pieces.append(piece)
        if response.length:
            raise UnreachableError("the answer broke off")
        return response, b"".join(pieces)

    def _limit(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        if self.inner.sock is None:
            self.inner.timeout = min(left, _CONNECT_SECONDS)
        else:
            self.inner.sock.settimeout(left)

    def close(self) -> None:
        self.inner.close()


def _retry_after(value: Optional[str]) -> Optional[float]:
    """Seconds from now, of a number or a date; None for anything else."""
    if value is None:
        return None
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


def _content(body: Any) -> bytes:
    """Bytes are JSON already."""
    return body if isinstance(body, bytes) else to_json(body)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


class Port:
    """Requests to one port. Threads share it."""

    def __init__(self, url: str, key: Optional[str], ssl_context: Optional[ssl.SSLContext], agent: str) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http or https URL: {url!r}")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError("the URL may have a path, but no user, query or fragment")
        self.url = url.rstrip("/")
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port
        self._prefix = parts.path.rstrip("/")
        self._ssl = ssl_context
        self._headers: Dict[str, str] = {"User-Agent": agent, "Accept": "application/json"}
        if key is not None:
            if not key.isascii() or not key.isprintable() or " " in key:
                raise ValueError("the key has characters that no key has")
            self._headers["Authorization"] = f"Bearer {key}"
        self._lock = threading.Lock()
        self._idle: List[_Connection] = []
        self._owner = os.getpid()

    @property
    def authorization(self) -> Dict[str, str]:
        """The header that a WebSocket's handshake needs."""
        return {name: value for name, value in self._headers.items() if name == "Authorization"}

    def once(
        self, method: str, path: str, body: Any = None, query: Optional[Query] = None, *, deadline: float
    ) -> Any:
        """One request; the JSON of its answer.

        `deadline` is one of `time.monotonic()`. Raises TransportError and ProblemError.
        """
        target = self._prefix + path
        given = {name: str(value) for name, value in (query or {}).items() if value is not None}
        if given:
            target += "?" + urllib.parse.urlencode(given)
        headers = dict(self._headers)
        content: Optional[bytes] = None
        if body is not None:
            content = _content(body)
            headers["Content-Type"] = "application/json"
        response, text = self._send(method, target, content, headers, deadline)
        return self._judge(response, text)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Optional[Query] = None,
        *,
        deadline: float,
        wait: Optional[Callable[[float], object]] = None,
    ) -> Any:
        """As `once`, again and again until the deadline, while there is no answer or a temporary one.

        Only for requests that may be carried out twice. `wait` pauses; a true result ends the attempts.
        """
        backoff = Backoff()
        content = None if body is None else _content(body)
        error: Union[TransportError, ProblemError, None] = None
        while True:
            try:
                return self.once(method, path, content, query, deadline=deadline)
            except CertificateError:
                raise
            except TransportError as fault:
                # What the attempt before met says more than that no time was left.
                if error is None or time.monotonic() < deadline:
                    error = fault
                pause = backoff.next()
            except ProblemError as fault:
                if not fault.is_temporary:
                    raise
                error, pause = fault, backoff.next(fault.retry_after or 0.0)
            if time.monotonic() + pause >= deadline or (wait or time.sleep)(pause):
                raise error

    def close(self) -> None:
        """Closes the connections that no thread uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> _Connection:
        with self._lock:
            if self._owner != os.getpid():
                # After a fork the sockets belong to the parent.
                self._idle, self._owner = [], os.getpid()
            if self._idle:
                return self._idle.pop()
        if self._secure:
            return _Connection(http.client.HTTPSConnection(self._host, self._port, context=self._ssl))
        return _Connection(http.client.HTTPConnection(self._host, self._port))

    def _give_back(self, connection: _Connection) -> None:
        connection.is_used = True
        with self._lock:
            if len(self._idle) < _IDLE_CONNECTIONS and connection.inner.sock is not None:
                self._idle.append(connection)
                return
        connection.close()

    def _send(
        self, method: str, target: str, body: Optional[bytes], headers: Mapping[str, str], deadline: float
    ) -> Tuple[http.client.HTTPResponse, bytes]:
        while True:
            connection = self._take()
            try:
                answer = connection.exchange(method, target, body, headers, deadline)
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as fault:
                connection.close()
                # The node closes idle connections. Nothing of this request was answered, and requests
                # that must not be carried out twice are not made by this package.
                if connection.is_used:
                    continue
                raise UnreachableError(f"{self.url}: {fault}") from fault
            except (socket.timeout, TimeoutError) as fault:
                connection.close()
                raise UnreachableError(f"{self.url}: no answer in time") from fault
            except http.client.IncompleteRead as fault:
                connection.close()
                raise UnreachableError(f"{self.url}: the answer broke off") from fault
            except ssl.SSLCertVerificationError as fault:
                connection.close()
                raise CertificateError(f"{self.url}: {fault}") from fault
            except OSError as fault:
                connection.close()
                raise UnreachableError(f"{self.url}: {fault}") from fault
            except (http.client.HTTPException, ValueError) as fault:
                connection.close()
                raise BadAnswerError(f"{self.url}: not HTTP: {type(fault).__name__}") from fault
            except BaseException:
                connection.close()
                raise
            self._give_back(connection)
            return answer

    @staticmethod
    def _judge(response: http.client.HTTPResponse, text: bytes) -> Any:
        if response.status == 204:
            return None
        document: Any = None
        fault: Optional[Exception] = None
        try:
            document = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError) as why:
            fault = why
        if response.status >= 400:
            raise problem_from(response.status, document, _retry_after(response.getheader("Retry-After")))
        if not 200 <= response.status < 300:
            raise BadAnswerError(f"the answer has the status {response.status}")
        if fault is not None:
            raise BadAnswerError("the answer is not JSON") from fault
        return document
