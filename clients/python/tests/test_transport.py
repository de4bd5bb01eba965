"""Requests to a server that lies, hangs and breaks off."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import unittest
from typing import Optional
from unittest import mock

from support import LyingServer, http
from carillon import (
    BadAnswerError,
    Carillon,
    CarillonError,
    CertificateError,
    ConflictError,
    InvalidError,
    NewEvent,
    QuotaError,
    TransportError,
    UnavailableError,
    UnreachableError,
)

RECEIPT = http(201, b'{"seq":7,"id":"x","duplicate":false}')


class Transport(unittest.TestCase):
    def server(self, *answers: Optional[bytes], kept: bool = False) -> LyingServer:
        out = LyingServer(*answers, kept=kept)
        self.addCleanup(out.close)
        return out

    def client(self, server: LyingServer, timeout: float = 10.0) -> Carillon:
        out = Carillon(server.url, "ck_1", server.url, timeout=timeout)
        self.addCleanup(out.close)
        return out

    def test_garbage_is_not_taken_for_an_answer(self) -> None:
        for garbage in (
            b"\0\1\2\3\r\n\r\n",
            b"HTTP/1.1 2000 X\r\n\r\n",
            b"SSH-2.0-OpenSSH\r\n",
            http(200, b"<html>"),
            http(200, b"[1,2"),
            http(200, b"null"),
            http(204, b""),
            http(200, b'{"seq":NaN,"id":"x","duplicate":false}'),
            http(200, b'{"seq":"7","id":"x","duplicate":false}'),
            http(200, b'{"seq":7,"id":"x"}'),
            http(200, b"[" * 100_000),
            http(200, b"\xff\xfe"),
            http(302, b'{"seq":7,"id":"x","duplicate":false}', Location="http://127.0.0.1:1/"),
            http(200, b"{}", Content_Length="x"),
            b"HTTP/1.1 200 X\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
            b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ):
            with self.subTest(garbage[:40]):
                client = self.client(self.server(garbage), timeout=0.3)
                with self.assertRaises(TransportError):
                    client.publish("order.created")

    def test_garbage_is_followed_by_another_attempt(self) -> None:
        server = self.server(b"nonsense", http(200, b"<html>"), RECEIPT)
        self.assertEqual(self.client(server).publish("order.created").seq, 7)
        self.assertEqual(len(server.bodies), 3)

    def test_all_attempts_have_the_same_bytes(self) -> None:
        server = self.server(b"", http(503, b"{}"), http(502, b"<html>"), RECEIPT)
        self.client(server).publish("order.created", {"x": 1})
        self.assertEqual(len(server.bodies), 4)
        self.assertEqual(len(set(server.bodies)), 1)
        self.assertIn(b'"id":"0', server.bodies[0])

    def test_an_answer_that_breaks_off_is_none(self) -> None:
        for broken in (
            http(200, b'{"seq":7,"id":"x","duplicate":false}', Content_Length="100"),
            b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n24\r\n" + b'{"seq":7,"id":"x","duplicate":false}',
            b"HTTP/1.1 200 X\r\nContent-Le",
        ):
            with self.subTest(broken):
                with self.assertRaises(TransportError):
                    self.client(self.server(broken), timeout=0.3).publish("order.created")

    def test_the_deadline_holds_for_a_server_that_is_silent_or_slow(self) -> None:
        began = time.monotonic()
        silent = self.server(None)
        with self.assertRaisesRegex(UnreachableError, "in time"):
            self.client(silent, timeout=0.5).publish("order.created")
        self.assertLess(time.monotonic() - began, 5)
        # It has sent a head, and would send the rest some day.
        slow = self.server(b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{", kept=True)
        with self.assertRaisesRegex(UnreachableError, "in time"):
            self.client(slow, timeout=0.5).publish("order.created")
        self.assertLess(time.monotonic() - began, 10)

    def test_the_deadline_is_for_all_reads_together(self) -> None:
        """A byte for each read never lets a single read time out."""
        near, far = socket.socketpair()
        self.addCleanup(near.close)
        self.addCleanup(far.close)
        from carillon.transport import _DeadlineStream

        stream = _DeadlineStream(near, time.monotonic() + 0.2)
        with self.assertRaises((TimeoutError, socket.timeout)):
            while True:
                far.sendall(b"x")
                stream.read(1)

    def test_nobody_listens(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            url = "http://127.0.0.1:%d" % free.getsockname()[1]
        with self.assertRaises(UnreachableError):
            Carillon(url, timeout=0.3).publish("order.created")

    def test_retry_after_is_honoured(self) -> None:
        server = self.server(http(503, b"{}", Retry_After="1"), RECEIPT)
        self.client(server).publish("order.created")
        self.assertGreaterEqual(server.times[1] - server.times[0], 1.0)

    def test_a_pause_beyond_the_deadline_ends_the_call_at_once(self) -> None:
        server = self.server(http(429, b'{"code":"quota_exceeded"}', Retry_After="60"))
        began = time.monotonic()
        with self.assertRaises(QuotaError) as caught:
            self.client(server).publish("order.created")
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual((caught.exception.retry_after, caught.exception.code), (60, "quota_exceeded"))

    def test_a_retry_after_that_makes_no_sense_is_ignored(self) -> None:
        for value in ("soon", "-5", "1e9", "Fri, 99 Foo", "99999999999999999999"):
            server = self.server(http(503, b"{}", Retry_After=value), RECEIPT)
            self.assertEqual(self.client(server).publish("order.created").seq, 7)
        date = self.server(http(503, b"{}", Retry_After="Sat, 01 Jan 2000 00:00:00 GMT"), RECEIPT)
        self.assertEqual(self.client(date).publish("order.created").seq, 7)

    def test_refusals_are_not_repeated(self) -> None:
        for status, kind in ((400, InvalidError), (409, ConflictError), (422, InvalidError)):
            server = self.server(http(status, b'{"code":"c","title":"t"}'))
            with self.assertRaises(kind):
                self.client(server).publish("order.created")
            self.assertEqual(len(server.bodies), 1)

    def test_a_connection_is_kept(self) -> None:
        server = self.server(RECEIPT, kept=True)
        client = self.client(server)
        for _ in range(3):
            client.publish("order.created")
        self.assertEqual(len(server._open), 1)

    def test_a_kept_connection_that_was_closed_is_replaced_at_once(self) -> None:
        server = self.server(RECEIPT, kept=True)
        client = self.client(server)
        client.publish("order.created")
        server._open[0].shutdown(socket.SHUT_RDWR)
        with mock.patch("time.sleep", side_effect=AssertionError("it paused")):
            client.publish("order.created")

    def test_a_child_process_does_not_use_its_parents_connections(self) -> None:
        server = self.server(RECEIPT, kept=True)
        client = self.client(server)
        client.publish("order.created")
        with mock.patch("os.getpid", return_value=os.getpid() + 1):
            client.publish("order.created")
        self.assertEqual(len(server._open), 2)

    def test_an_answer_has_a_bound(self) -> None:
        with mock.patch("carillon.transport.MOST_ANSWER_BYTES", 100_000):
            client = self.client(self.server(http(200, b'"' + b"x" * 200_000 + b'"')), timeout=0.3)
            with self.assertRaisesRegex(BadAnswerError, "exceeds"):
                client.publish("order.created")

    def test_pages_that_never_end_are_noticed(self) -> None:
        server = self.server(http(200, b'{"events":[],"nextCursor":"a"}'))
        with self.assertRaisesRegex(BadAnswerError, "repeats"):
            list(self.client(server).events())

    def test_verdicts_that_are_too_few(self) -> None:
        server = self.server(http(200, b'{"results":[]}'))
        with self.assertRaises(BadAnswerError):
            self.client(server, timeout=1).publish_many([NewEvent("a.b")])

    def test_events_that_the_node_had_no_room_for_are_sent_again(self) -> None:
        first = b'{"results":[{"seq":1,"id":"a","duplicate":false},{"error":{"status":503,"code":"overloaded"}}]}'
        second = b'{"results":[{"seq":2,"id":"b","duplicate":false}]}'
        server = self.server(http(200, first), http(200, second))
        done = self.client(server).publish_many([NewEvent("a.b", id="a"), NewEvent("a.b", id="b")])
        self.assertEqual([getattr(x, "seq", x) for x in done], [1, 2])
        self.assertNotIn(b'"id":"a"', server.bodies[1])
        full = self.server(http(200, first))
        done = self.client(full, timeout=0.5).publish_many([NewEvent("a.b", id="a"), NewEvent("a.b", id="b")])
        self.assertIsInstance(done[1], UnavailableError)

    def test_the_key_goes_into_its_header_only(self) -> None:
        server = self.server(http(401, b'{"code":"unauthenticated"}'))
        client = self.client(server)
        with self.assertRaises(CarillonError) as caught:
            client.publish("order.created")
        self.assertIn(b"Authorization: Bearer ck_1", server.heads[0])
        self.assertNotIn("ck_1", repr(caught.exception) + repr(client) + repr(client.data_port))

    def test_tls(self) -> None:
        directory = tempfile.mkdtemp(prefix="carillon-python-")
        self.addCleanup(shutil.rmtree, directory)
        key, certificate = f"{directory}/key.pem", f"{directory}/certificate.pem"
        subprocess.run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", key, "-out", certificate, "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost",
            ],
            check=True,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = LyingServer(RECEIPT, kept=True, context=context)
        self.addCleanup(server.close)
        url = server.url.replace("http://127.0.0.1", "https://localhost")
        trusting = ssl.create_default_context(cafile=certificate)
        with Carillon(url, ssl_context=trusting) as client:
            client.publish("order.created")
            client.publish("order.created")
        self.assertEqual(len(server._open), 1)
        with self.assertRaisesRegex(CertificateError, "certificate verify failed"):
            Carillon(url).publish("order.created")
        elsewhere = url.replace("localhost", "127.0.0.1")
        with self.assertRaisesRegex(CertificateError, "certificate verify failed"):
            Carillon(elsewhere, ssl_context=trusting).publish("order.created")
        silent = LyingServer(None, context=context)
        self.addCleanup(silent.close)
        with self.assertRaisesRegex(UnreachableError, "in time"):
            Carillon(
                silent.url.replace("http://127.0.0.1", "https://localhost"), ssl_context=trusting, timeout=0.5
            ).publish("order.created")

    def test_urls_and_keys_that_are_none(self) -> None:
        for url in ("127.0.0.1:7070", "ftp://x", "http://", "http://u:p@x", "http://x?y", "http://x#y"):
            with self.subTest(url), self.assertRaises(ValueError):
                Carillon(url)
        for key in ("a b", "a\r\nX: y", "\u20ac"):
            with self.subTest(key), self.assertRaises(ValueError):
                Carillon("http://x", key)

    def test_a_path_of_the_url_comes_first(self) -> None:
        server = self.server(RECEIPT)
        Carillon(server.url + "/events/").publish("order.created")
        self.assertIn(b"POST /events/api/events HTTP/1.1", server.heads[0])


if __name__ == "__main__":
    unittest.main()
