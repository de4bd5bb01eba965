"""Signatures, by the vectors that Standard Webhooks publishes and by messages of a node."""

import base64
import email.message
import hashlib
import hmac
import http.server
import json
import threading
import unittest
import urllib.request
from typing import Any, Dict, List, Tuple
from unittest import mock

from support import Node, eventually, has, order_data
from carillon import Carillon, MissingPackageError, SignatureError, verify_webhook, webhook_secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = 1614265330
BODY = b'{"test": 2432232314}'
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
OTHER = "whsec_" + base64.b64encode(b"x" * 32).decode()
PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
PUBLIC_SIGNATURE = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="


class Vectors(unittest.TestCase):
    def refused(self, why: str, body: Any = BODY, headers: Any = HEADERS, secret: Any = SECRET, **more: Any) -> None:
        with self.assertRaisesRegex(SignatureError, why):
            verify_webhook(body, headers, secret, **{"now": NOW, **more})

    def test_the_published_vector_is_valid(self) -> None:
        message = verify_webhook(BODY, HEADERS, SECRET, now=NOW)
        self.assertEqual((message.id, message.timestamp), (HEADERS["webhook-id"], NOW))
        verify_webhook(BODY.decode(), HEADERS, SECRET, now=NOW)

    def test_the_names_of_headers_have_any_case_and_several_shapes(self) -> None:
        upper = {name.title(): value for name, value in HEADERS.items()}
        verify_webhook(BODY, upper, SECRET, now=NOW)
        verify_webhook(BODY, list(upper.items()), SECRET, now=NOW)
        parsed = email.message.Message()
        for name, value in upper.items():
            parsed[name] = value
        verify_webhook(BODY, parsed.items(), SECRET, now=NOW)

    def test_a_changed_message_is_refused(self) -> None:
        self.refused("no signature", body=BODY + b"\n")
        self.refused("no signature", headers={**HEADERS, "webhook-id": "msg_other"})
        self.refused("no signature", headers={**HEADERS, "webhook-timestamp": "1614265331"})
        self.refused("no signature", secret=OTHER)
        cut = HEADERS["webhook-signature"][:-4]
        for signature in (cut, cut + "AAA=", "v2" + cut[2:] + "1OE=", "v1,", "v1", ",", "\u20ac"):
            self.refused("no signature", headers={**HEADERS, "webhook-signature": signature})

    def test_one_of_several_signatures_and_secrets_suffices(self) -> None:
        several = "v1,AAAA " + HEADERS["webhook-signature"] + " v9,x"
        verify_webhook(BODY, {**HEADERS, "webhook-signature": several}, [OTHER, SECRET], now=NOW)
        self.refused("too many", headers={**HEADERS, "webhook-signature": "v1,AAAA " * 101})

    def test_the_time_is_checked_on_both_sides(self) -> None:
        verify_webhook(BODY, HEADERS, SECRET, now=NOW + 300)
        verify_webhook(BODY, HEADERS, SECRET, now=NOW - 300)
        verify_webhook(BODY, HEADERS, SECRET, tolerance=float("inf"))
        self.refused("old", now=NOW + 301)
        self.refused("future", now=NOW - 301)
        self.refused("old", now=None)
        for stamp in ("1614265330.0", "-1", "١٦", "0x10", "9" * 20):
            self.refused("not a number", headers={**HEADERS, "webhook-timestamp": stamp})

    def test_headers_are_all_there_and_once(self) -> None:
        for name in HEADERS:
            self.refused(f"{name} is missing", headers={x: y for x, y in HEADERS.items() if x != name})
        self.refused("twice", headers=[*HEADERS.items(), ("Webhook-Id", "msg_other")])

    def test_secrets_that_are_none_are_named(self) -> None:
        self.refused("24 to 64", secret="whsec_" + base64.b64encode(b"x" * 23).decode())
        self.refused("not base64", secret="whsec_???")
        self.refused("private key", secret="whsk_AAAA")

    def test_any_text_is_a_secret_by_a_rule(self) -> None:
        secret = webhook_secret("pass word")
        key = base64.b64decode(secret[len("whsec_"):])
        self.assertEqual(key, hashlib.sha256(b"carillon webhook secret v1\0pass word").digest())
        self.assertEqual(webhook_secret(secret), secret)
        mac = hmac.digest(key, b"msg_1.1614265330.{}", hashlib.sha256)
        headers = {**HEADERS, "webhook-id": "msg_1", "webhook-signature": "v1," + base64.b64encode(mac).decode()}
        verify_webhook(b"{}", headers, "pass word", now=NOW)

    @unittest.skipUnless(has("cryptography"), "the package cryptography is not installed")
    def test_ed25519(self) -> None:
        headers = {**HEADERS, "webhook-signature": PUBLIC_SIGNATURE}
        verify_webhook(BODY, headers, PUBLIC, now=NOW)
        verify_webhook(BODY, headers, [SECRET, PUBLIC], now=NOW)
        self.refused("no signature", body=BODY + b" ", headers=headers, secret=PUBLIC)
        self.refused("no signature", headers={**headers, "webhook-signature": "v1a,AAAA"}, secret=PUBLIC)
        self.refused("32 bytes", headers=headers, secret="whpk_AAAA")
        self.refused("only public keys", secret=PUBLIC)

    def test_ed25519_without_its_package_says_so(self) -> None:
        headers = {**HEADERS, "webhook-signature": PUBLIC_SIGNATURE}
        self.refused("give the public key", headers=headers)
        with mock.patch("carillon.webhooks.import_module", side_effect=ImportError):
            with self.assertRaisesRegex(MissingPackageError, "cryptography"):
                verify_webhook(BODY, headers, PUBLIC, now=NOW)


class OfANode(unittest.TestCase):
    """What a node sends is valid, and says what was published."""

    def test_a_message_of_a_node(self) -> None:
        received: List[Tuple[bytes, Dict[str, str]]] = []

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                received.append((body, dict(self.headers.items())))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        node = Node()
        self.addCleanup(node.close)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        kinds = [None, "ed25519"] if has("cryptography") else [None]
        for kind in kinds:
            body: Dict[str, Any] = {"url": f"http://127.0.0.1:{server.server_port}/", "types": ["order.*"]}
            if kind is not None:
                body["kind"] = kind
            request = urllib.request.Request(
                f"{node.admin_url}/api/events/webhooks", json.dumps(body).encode(), {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request) as answer:
                made = json.load(answer)
            with Carillon(node.url) as client:
                receipt = client.publish("order.created", order_data(f"o-{kind}"), company_id="c-1", user_id="u-1")
            wanted = b'"o-%s"' % str(kind).encode()
            secret = made.get("publicKey") or made["secret"]

            def valid() -> Any:
                for raw, headers in received:
                    if wanted in raw:
                        try:
                            return verify_webhook(raw, headers, secret)
                        except SignatureError:
                            pass  # by the other webhook
                return None

            message = eventually(valid, "a valid message")
            self.assertEqual((message.type, message.seq, message.event_id), ("order.created", receipt.seq, receipt.id))
            self.assertEqual((message.company_id, message.user_id), ("c-1", "u-1"))
            self.assertEqual(message.data["orderId"], f"o-{kind}")
            self.assertIsNone(message.replay)


if __name__ == "__main__":
    unittest.main()
