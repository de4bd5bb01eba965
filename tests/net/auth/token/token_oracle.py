"""Issues tokens with PyJWT (Debian's python3-jwt), which knows nothing of Carillon.

Output: the set of keys on one line, then a line each of: what is expected ("yes" or "no"), the user,
the company, exp (or "-") and the token; separated by tabs. Arguments: the time in seconds, and the
secret.
"""
import json
import sys

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import RSAAlgorithm
from jwt.utils import base64url_encode

sys.stdout.reconfigure(encoding="utf-8")
now = int(sys.argv[1])
secret = sys.argv[2].encode()
oct_key = b"k" * 32


def to_jwk(key, kid):
    """The public half; PyJWT 2.6 writes no EC keys."""
    numbers = key.public_key().public_numbers()
    if isinstance(numbers, ec.EllipticCurvePublicNumbers):
        out = {"kty": "EC", "crv": "P-256"}
        for name in "x", "y":
            out[name] = base64url_encode(getattr(numbers, name).to_bytes(32, "big")).decode()
    else:
        out = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
    out["kid"] = kid
    return out


rsa_keys = {f"rsa-{i}": rsa.generate_private_key(65537, bits) for i, bits in enumerate((2048, 3072))}
ec_keys = {f"ec-{i}": ec.generate_private_key(ec.SECP256R1()) for i in range(4)}
set_of_keys = {"keys": [to_jwk(key, kid) for kid, key in {**rsa_keys, **ec_keys}.items()]}
set_of_keys["keys"].append(
    {"kty": "oct", "k": base64url_encode(oct_key).decode(), "kid": "oct-0"})
print(json.dumps(set_of_keys))


def say(expected, claims, key, algorithm, kid):
    headers = {"kid": kid} if kid else None
    token = jwt.encode(claims, key, algorithm=algorithm, headers=headers)
    fields = (claims.get("sub", ""), claims.get("company", ""), claims.get("exp", "-"))
    print(expected, *fields, token, sep="\t")


keys = [("RS256", kid, key) for kid, key in rsa_keys.items()]
keys += [("ES256", kid, key) for kid, key in ec_keys.items()]
keys += [("HS256", "oct-0", oct_key), ("HS256", None, secret)]
claims = {"sub": "J\u00fcrgen", "company": "c-1", "iat": now, "nbf": now, "exp": now + 60,
          "aud": ["a", "b"]}
for algorithm, kid, key in keys:
    # Many, because numbers of an ECDSA signature begin with a zero now and then.
    for i in range(40):
        say("yes", {**claims, "sub": f"u-{i}"}, key, algorithm, kid)
    say("yes", claims, key, algorithm, None)
    say("yes", {"company": "c"}, key, algorithm, kid)
    say("no", {**claims, "exp": now - 120}, key, algorithm, kid)
    say("no", {**claims, "nbf": now + 120}, key, algorithm, kid)
    say("no", {"exp": now + 60}, key, algorithm, kid)
    say("no", claims, key, algorithm, "another")
for size in (384, 512):
    say("no", claims, rsa_keys["rsa-0"], f"RS{size}", "rsa-0")
    say("no", claims, rsa_keys["rsa-0"], f"PS{size}", "rsa-0")
    say("no", claims, secret, f"HS{size}", None)
say("no", claims, rsa_keys["rsa-0"], "PS256", "rsa-0")
say("no", claims, rsa_keys["rsa-1"], "RS256", "rsa-0")
say("no", claims, ec_keys["ec-1"], "ES256", "ec-0")
say("no", claims, None, "none", None)
