"""Payload filters a second time, as docs/filters.md tells them, by the plainest means.

Usage: payload_filter_model.py SEED CASES

Writes a case a line: 1 if the event matches, else 0; the filter; id, type, source, companyId, userId,
correlationId and causationId of the event; its data. A tab stands between them.
"""
import random
import sys
from decimal import Decimal

MISSING = object()
MEMBERS = ["id", "type", "source", "companyId", "userId", "correlationId", "causationId"]
NAMES = ["a", "b", "c", "total", "a.b", "a/b", "~", "", "0", "1", "ü", "long-name-of-a-member-beyond-sixteen"]
TEXTS = ["", "a", "ab", "abc", "b", "order", "order-1", "ü", "€uro", "10", "9", "A", "line\nbreak", 'quo"te', "back\\slash",
         "\u0001", "😀", "\ufffd", "zz", "2026-12-01T10:00:00Z", "2026-12-02T10:00:00Z"]
NUMBERS = ["0", "-0", "0.0", "1", "1.0", "10e-1", "1E0", "2", "-1", "-1.5", "-15e-1", "100", "1e2", "1E+2", "0.1", "0.10", "1e-1",
           "9007199254740992", "9007199254740993", "123456789012345678901234567890", "123456789012345678901234567891",
           "999999999999999999", "1000000000000000000", "0.30000000000000004", "0.3", "1e-300", "12.5", "125e-1", "1.25e1"]


class Number:
    """A JSON number as it is written."""

    def __init__(self, text):
        self.text = text
        self.value = Decimal(text)


def encode_text(x, rng):
    out = '"'
    for c in x:
        code = ord(c)
        if c in '"\\' or code < 0x20 or rng.random() < 0.05:
            if code > 0xFFFF:
                code -= 0x10000
                out += "\\u%04x\\u%04X" % (0xD800 + (code >> 10), 0xDC00 + (code & 0x3FF))
            elif c in '"\\/' and rng.random() < 0.5:
                out += "\\" + c
            elif c == "\n" and rng.random() < 0.5:
                out += "\\n"
            else:
                out += "\\u%04x" % code
        else:
            out += c
    return out + '"'


def encode(x, rng):
    gap = " " * (rng.randrange(3) if rng.random() < 0.1 else 0)
    if x is None:
        return "null"
    if isinstance(x, bool):
        return "true" if x else "false"
    if isinstance(x, Number):
        return x.text
    if isinstance(x, str):
        return encode_text(x, rng)
    if isinstance(x, list):
        return "[" + gap + ("," + gap).join(encode(y, rng) for y in x) + gap + "]"
    return "{" + gap + ",".join(gap + encode_text(k, rng) + gap + ":" + gap + encode(v, rng) for k, v in x.items()) + gap + "}"


def scalar(rng):
    return rng.choice([None, True, False, Number(rng.choice(NUMBERS)), Number(rng.choice(NUMBERS)), rng.choice(TEXTS), rng.choice(TEXTS)])


def value(rng, depth):
    roll = rng.random()
    if depth == 0 or roll < 0.5:
        return scalar(rng)
    if roll < 0.7:
        return [value(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {rng.choice(NAMES): value(rng, depth - 1) for _ in range(rng.randrange(5))}


def data(rng):
    return {rng.choice(NAMES): value(rng, 3) for _ in range(rng.randrange(1, 8))}


def paths_in(x, so_far=()):
    """Every path in a value, and some that are not."""
    out = []
    if isinstance(x, dict):
        for k, v in x.items():
            out += [so_far + (k,)] + paths_in(v, so_far + (k,))
    if isinstance(x, list):
        for k, v in enumerate(x):
            out += [so_far + (str(k),)] + paths_in(v, so_far + (str(k),))
    return out


def path(rng, of):
    if rng.random() < 0.1:
        return (rng.choice(MEMBERS),)
    known = paths_in(of)
    if known and rng.random() < 0.8:
        return ("data",) + rng.choice(known)
    return ("data",) + tuple(rng.choice(NAMES) for _ in range(rng.randrange(1, 4)))


def path_text(parts, rng):
    dotted = all(p and "." not in p and not p.startswith("/") for p in parts)
    if dotted and rng.random() < 0.7:
        return ".".join(parts)
    return "".join("/" + p.replace("~", "~0").replace("/", "~1") for p in parts)


def look_up(parts, event):
    if parts[0] != "data":
        return event[parts[0]] or MISSING
    at = event["data"]
    for p in parts[1:]:
        if isinstance(at, dict):
            at = at.get(p, MISSING)
        elif isinstance(at, list):
            at = at[int(p)] if p.isdigit() and str(int(p)) == p and int(p) < len(at) else MISSING
        else:
            return MISSING
    return at


def near(rng, found):
    """A constant that may well compare with what was found."""
    if rng.random() < 0.7 and (found is None or isinstance(found, (bool, str, Number))):
        return found
    return scalar(rng)


def same(x, y):
    if isinstance(x, bool) or isinstance(y, bool):
        return x is y
    if isinstance(x, Number) and isinstance(y, Number):
        return x.value == y.value
    if isinstance(x, str) and isinstance(y, str):
        return x == y
    return x is None and y is None


def ordered(x, y, holds):
    if isinstance(x, Number) and isinstance(y, Number):
        return holds((x.value > y.value) - (x.value < y.value))
    if isinstance(x, str) and isinstance(y, str):
        a, b = x.encode(), y.encode()
        return holds((a > b) - (a < b))
    return False


def condition(rng, found, depth):
    """The operator as JSON, and whether it holds."""
    roll = rng.randrange(12)
    if roll < 2:
        c = near(rng, found)
        return "$eq" if roll else "$ne", c, same(found, c) == bool(roll)
    if roll < 6:
        name, holds = [("$gt", lambda o: o > 0), ("$gte", lambda o: o >= 0), ("$lt", lambda o: o < 0), ("$lte", lambda o: o <= 0)][roll - 2]
        c = near(rng, found)
        while c is None or isinstance(c, bool):
            c = scalar(rng)
        return name, c, ordered(found, c, holds)
    if roll < 8:
        cs = [near(rng, found) for _ in range(rng.randrange(5))]
        return ("$in", "$nin")[roll - 6], cs, any(same(found, c) for c in cs) == (roll == 6)
    if roll == 8:
        c = rng.random() < 0.5
        return "$exists", c, (found is not MISSING) == c
    if roll < 11:
        c = near(rng, found)
        if isinstance(c, str) and rng.random() < 0.7:
            c = c[: rng.randrange(len(c) + 1)] if roll == 9 else c[rng.randrange(len(c) + 1):]
        if not isinstance(c, str):
            c = rng.choice(TEXTS)
        holds = isinstance(found, str) and (found.startswith(c) if roll == 9 else found.endswith(c))
        return ("$startsWith", "$endsWith")[roll - 9], c, holds
    if depth == 0:
        return condition(rng, found, 0)
    inner, holds = conditions(rng, found, depth - 1)
    return "$not", inner, not holds


def conditions(rng, found, depth):
    if rng.random() < 0.2:
        c = near(rng, found)
        return c, same(found, c)
    out, all_hold = {}, True
    for _ in range(rng.randrange(1, 3)):
        name, c, holds = condition(rng, found, depth)
        if name not in out:
            out[name] = c
            all_hold = all_hold and holds
    return out, all_hold


def make_filter(rng, event, depth):
    """The filter as JSON, and whether the event matches."""
    out, all_hold = {}, True
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        roll = rng.random()
        if depth > 0 and roll < 0.3:
            name = rng.choice(["$and", "$or", "$not"])
            if name == "$not":
                part, holds = make_filter(rng, event, depth - 1)
                holds = not holds
            else:
                both = [make_filter(rng, event, depth - 1) for _ in range(rng.randrange(1, 4))]
                part = [x for x, _ in both]
                holds = (all if name == "$and" else any)(y for _, y in both)
        else:
            parts = path(rng, event["data"])
            name = path_text(parts, rng)
            part, holds = conditions(rng, look_up(parts, event), 2)
        if name not in out:
            out[name] = part
            all_hold = all_hold and holds
    return out, all_hold


def main():
    rng = random.Random(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        event = {name: rng.choice(["", "a", "abc", "order", "order-1", "ü"]) for name in MEMBERS}
        event["data"] = data(rng)
        wanted, holds = make_filter(rng, event, 2)
        fields = [str(int(holds)), encode(wanted, rng)] + [event[name] for name in MEMBERS] + [encode(event["data"], rng)]
        sys.stdout.write("\t".join(fields) + "\n")


main()
