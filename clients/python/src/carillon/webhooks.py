"""Checks messages of webhooks: Standard Webhooks 1.0."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from .errors import MissingPackageError, SignatureError

_MOST_SIGNATURES = 100

Headers = Union[Mapping[str, str], Iterable[Tuple[str, str]]]


@dataclass(frozen=True)
class WebhookMessage:
    """A message whose signature is valid."""

    #: `webhook-id`: the same in every attempt. Store it with a unique key to recognize repeats.
    id: str
    #: When this attempt was signed, in seconds since 1970.
    timestamp: int
    type: str
    data: Dict[str, Any]
    #: The position of the event; 0 in a test.
    seq: int
    #: The id that the publisher gave the event.
    event_id: Optional[str]
    company_id: Optional[str]
    user_id: Optional[str]
    #: When the event happened, RFC 3339.
    time: Optional[str]
    #: The number of the replay, if an operator sent it again on purpose.
    replay: Optional[str]


def webhook_secret(text: str) -> str:
    """The secret for any text, for senders and receivers whose secret is a plain password.

    `whsec_` and base64 of SHA-256 over `carillon webhook secret v1`, a zero byte and the text. What is
    a secret or a public key already stays as it is.
    """
    if text.startswith(("whsec_", "whpk_", "whsk_")):
        return text
    digest = hashlib.sha256(b"carillon webhook secret v1\0" + text.encode()).digest()
    return "whsec_" + base64.b64encode(digest).decode()


def verify_webhook(
    body: Union[bytes, str],
    headers: Headers,
    secret: Union[str, Sequence[str]],
    tolerance: float = 300.0,
    now: Optional[float] = None,
) -> WebhookMessage:
    """Checks a request of a webhook and returns what it says. Raises SignatureError.

    `body` is what was received, byte for byte, before any parsing. `secret` is `whsec_…`, or a public key
    `whpk_…` (Ed25519, which needs the package cryptography), any other text as `webhook_secret` turns it
    into one, or several of them while they are rotated. `tolerance` is how many seconds the
    time of the message may be away from now.
    """
    raw = body.encode() if isinstance(body, str) else bytes(body)
    named = _named(headers)
    id = _required(named, "webhook-id")
    stamp = _required(named, "webhook-timestamp")
    signatures = _required(named, "webhook-signature")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise SignatureError("webhook-timestamp is not a number of seconds")
    secrets = [secret] if isinstance(secret, str) else list(secret)
    checks = [_check_of(x) for x in secrets]
    signed = f"{id}.{stamp}.".encode() + raw
    parts = signatures.split()
    if len(parts) > _MOST_SIGNATURES:
        raise SignatureError("webhook-signature has too many signatures")
    if not any([check(part, signed) for check in checks for part in parts]):
        raise SignatureError(_why_none(parts, secrets))
    away = int(stamp) - (time.time() if now is None else now)
    if abs(away) > tolerance:
        side = "old" if away < 0 else "in the future"
        raise SignatureError(f"the message is {abs(away):.0f} s {side}, more than the {tolerance:.0f} s allowed")
    return _message(raw, id, int(stamp), named.get("carillon-replay"))


def _named(headers: Headers) -> Dict[str, str]:
    pairs = headers.items() if isinstance(headers, Mapping) or hasattr(headers, "items") else headers
    out: Dict[str, str] = {}
    for name, value in pairs:
        name = name.lower()
        if out.setdefault(name, value) != value and name.startswith("webhook-"):
            raise SignatureError(f"{name} is there twice")
    return out


def _required(named: Mapping[str, str], name: str) -> str:
    value = named.get(name)
    if not value:
        raise SignatureError(f"the header {name} is missing")
    return value


def _decoded(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SignatureError(f"{what} is not base64") from None


def _check_of(secret: str) -> Callable[[str, bytes], bool]:
    """A function that tells whether a signature over a text is by this secret."""
    secret = webhook_secret(secret)
    if secret.startswith("whsk_"):
        raise SignatureError("this is the private key of the sender: receivers use the public one, whpk_…")
    if secret.startswith("whpk_"):
        return _ed25519_check(_decoded(secret[5:], "the public key"))
    key = _decoded(secret[6:], "the secret")
    if not 24 <= len(key) <= 64:
        raise SignatureError(f"a secret has 24 to 64 bytes, this one {len(key)}")

    def check(signature: str, signed: bytes) -> bool:
        wanted = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        return hmac.compare_digest(wanted.encode(), signature.encode())

    return check


def _ed25519_check(key: bytes) -> Callable[[str, bytes], bool]:
    try:
        ed25519: Any = import_module("cryptography.hazmat.primitives.asymmetric.ed25519")
        invalid: Any = import_module("cryptography.exceptions").InvalidSignature
    except ImportError:
        raise MissingPackageError("Ed25519 signatures (v1a, whpk_…) need the package cryptography") from None
    if len(key) != 32:
        raise SignatureError(f"a public key has 32 bytes, this one {len(key)}")
    public = ed25519.Ed25519PublicKey.from_public_bytes(key)

    def check(signature: str, signed: bytes) -> bool:
        if not signature.startswith("v1a,"):
            return False
        try:
            public.verify(base64.b64decode(signature[4:], validate=True), signed)
        except (invalid, ValueError):
            return False
        return True

    return check


def _why_none(parts: List[str], secrets: List[str]) -> str:
    kinds = {part.split(",", 1)[0] for part in parts}
    public = {webhook_secret(x).startswith("whpk_") for x in secrets}
    if "v1a" in kinds and "v1" not in kinds and True not in public:
        return "the message is signed with Ed25519 (v1a): give the public key, whpk_…"
    if "v1" in kinds and "v1a" not in kinds and False not in public:
        return "the message is signed with a shared secret (v1), but only public keys were given"
    return "no signature is by this secret, or the body is not what was sent"


def _message(raw: bytes, id: str, stamp: int, replay: Optional[str]) -> WebhookMessage:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise SignatureError("the signature is valid, but the body is not JSON") from None
    members: Dict[str, Any] = document if isinstance(document, dict) else {}

    def text(name: str) -> Optional[str]:
        value = members.get(name)
        return value if isinstance(value, str) else None

    data, seq = members.get("data"), members.get("seq")
    return WebhookMessage(
        id=id,
        timestamp=stamp,
        type=text("type") or "",
        data=data if isinstance(data, dict) else {},
        seq=seq if isinstance(seq, int) else 0,
        event_id=text("id"),
        company_id=text("companyId"),
        user_id=text("userId"),
        time=text("timestamp"),
        replay=replay,
    )
