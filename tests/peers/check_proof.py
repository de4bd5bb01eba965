#!/usr/bin/env python3
"""Verifies a proof of an event, by docs/evidence.md alone; uses nothing of Carillon.

check_proof.py PROOF KEY          verifies the file PROOF with the public key KEY
check_proof.py --flip PROOF KEY   also changes each bit of it, one after the other: none may verify
"""

import base64
import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TEXTS = ["id", "source", "type", "companyId", "userId", "correlationId", "causationId", "traceparent"]
NUMBERS = ["seq", "time", "recordedAt", "audience", "hops"]


class Refused(Exception):
    """The proof proves nothing."""


def demand(holds, why):
    if not holds:
        raise Refused(why)


def sha256(*pieces):
    return hashlib.sha256(b"".join(pieces)).digest()


def number(x):
    return (x % 2**64).to_bytes(8, "big")


def text(x):
    return number(len(x)) + x


def leaf_of(proof):
    event = proof["event"]
    encoding = number(1) + b"".join(number(event[x]) for x in NUMBERS)
    encoding += b"".join(text(event[x]) for x in TEXTS)
    for x in ["metadata", "data"]:
        encoding += sha256(proof["salts"][x], event[x])
    return sha256(b"\x00", encoding)


def root_of(leaf, index, size, path):
    """RFC 9162, section 2.1.3.2."""
    demand(index < size, "the checkpoint does not reach the event")
    node, last, root = index, size - 1, leaf
    for other in path:
        demand(last > 0, "the path is too long")
        if node % 2 == 1 or node == last:
            root = sha256(b"\x01", other, root)
            while node % 2 == 0 and node != 0:
                node, last = node // 2, last // 2
        else:
            root = sha256(b"\x01", root, other)
        node, last = node // 2, last // 2
    demand(last == 0, "the path is too short")
    return root


def verified_text(note, key):
    """c2sp.org/signed-note: the text that this key has signed."""
    name, key_id, encoded = key.split("+", 2)
    public = base64.b64decode(encoded, validate=True)
    demand(public[:1] == b"\x01" and len(public) == 33, "the key is not Ed25519")
    expected_id = sha256(name.encode(), b"\n", public)[:4]
    demand(expected_id.hex() == key_id, "the key has another id")
    body, found, signatures = note.rpartition(b"\n\n")
    demand(found and signatures.endswith(b"\n"), "the checkpoint is not a note")
    body += b"\n"
    verified = False
    for line in signatures[:-1].split(b"\n"):
        parts = line.split(b" ")
        demand(len(parts) == 3 and parts[0] == "\u2014".encode(), "a line is not a signature")
        signature = base64.b64decode(parts[2], validate=True)
        demand(base64.b64encode(signature) == parts[2], "a signature is not base64 in one form")
        if parts[1] == name.encode() and signature[:4] == expected_id:
            Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], body)
            verified = True
    demand(verified, "no signature is by this key")
    return body, name


def verify(proof, key):
    body, name = verified_text(proof["checkpoint"], key)
    lines = body.split(b"\n")
    demand(len(lines) >= 4, "the checkpoint is too short")
    origin, size, root = lines[:3]
    demand(origin == name.encode(), "the checkpoint is of another log")
    index = proof["event"]["seq"] - 1
    demand(index >= 0, "positions begin with 1")
    found = root_of(leaf_of(proof), index, int(size), proof["path"])
    demand(found == base64.b64decode(root, validate=True), "the path does not lead to the signed root")
    return int(size)


def is_verified(proof, key):
    try:
        verify(proof, key)
        return True
    except (Refused, InvalidSignature, ValueError):
        return False


def read(file):
    """With texts as bytes."""
    with open(file, "rb") as source:
        proof = json.load(source)
    demand(proof["format"] == "carillon event proof 1", "the format is another one")
    event = proof["event"]
    return {
        "event": {x: event[x] for x in NUMBERS} | {x: event[x].encode() for x in [*TEXTS, "metadata", "data"]},
        "salts": {x: base64.b64decode(y, validate=True) for x, y in proof["salts"].items()},
        "path": [base64.b64decode(x, validate=True) for x in proof["path"]],
        "checkpoint": proof["checkpoint"].encode(),
    }


def places(proof):
    """Each container and key that has something to change."""
    for part in ["event", "salts"]:
        yield from ((proof[part], x) for x in proof[part])
    yield from ((proof["path"], x) for x in range(len(proof["path"])))
    yield proof, "checkpoint"


def flips(value):
    if isinstance(value, int):
        yield from (value ^ 1 << bit for bit in range(63))
        return
    for at in range(len(value)):
        for bit in range(8):
            yield value[:at] + bytes([value[at] ^ 1 << bit]) + value[at + 1 :]


def main(arguments):
    flip = arguments[:1] == ["--flip"]
    file, key = arguments[flip:]
    proof = read(file)
    size = verify(proof, key)
    tried = 0
    for container, place in places(proof) if flip else []:
        value = container[place]
        for changed in flips(value):
            container[place] = changed
            tried += 1
            demand(not is_verified(proof, key), f"it verifies with another {place}: {changed!r}")
        container[place] = value
    print(f"valid: event {proof['event']['seq']} of {size}, {tried} changed bits refused")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Refused, InvalidSignature, ValueError, KeyError) as fault:
        sys.exit(f"not valid: {fault!r}")
