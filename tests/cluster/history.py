"""Judges what clients of several nodes saw against the log that is there at the end. Nothing here talks to a node.

Times are seconds of one clock that nobody sets (`time.monotonic` of the test). An *operation* is one request to publish;
the same event may have several, at several nodes, also at a time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

STORED, DUPLICATE, UNKNOWN, REFUSED = "stored", "duplicate", "unknown", "refused"


class Fault(NamedTuple):
    #: lost, double, foreign, gap, answer, order, time, refused, missing, repeats, back, effect, take-over, ended
    kind: str
    text: str


@dataclass(frozen=True)
class Operation:
    event: str
    node: str
    begin: float
    end: float
    #: STORED and DUPLICATE are acknowledgements, with a position; REFUSED is an answer that no fault explains.
    outcome: str
    seq: int = 0
    text: str = ""

    @property
    def acknowledged(self) -> bool:
        return self.outcome in (STORED, DUPLICATE)


@dataclass(frozen=True)
class Stored:
    """A row of the log. `event` is empty for events that nodes made."""

    seq: int
    event: str
    #: RFC 3339 in UTC, all with the same number of digits.
    recorded_at: str
    key: str = ""


@dataclass(frozen=True)
class Arrival:
    """An event that came to a webhook, a session or a worker."""

    seq: int
    event: str
    at: float = 0.0
    key: str = ""


@dataclass
class Endpoint:
    name: str
    in_flight: int
    ordered: bool
    arrivals: List[Arrival]


def check_log(operations: Sequence[Operation], log: Sequence[Stored]) -> List[Fault]:
    return [
        *check_rows(log),
        *check_events(operations, log),
        *check_order(operations, log),
    ]


def check_rows(log: Sequence[Stored]) -> List[Fault]:
    """Positions begin with 1 and are dense; `recordedAt` never goes back."""
    out: List[Fault] = []
    for place, row in enumerate(log, 1):
        if row.seq != place:
            out.append(Fault("gap", f"position {row.seq} where {place} belongs"))
            break
    for one, next in zip(log, log[1:]):
        if len(one.recorded_at) != len(next.recorded_at) or next.recorded_at < one.recorded_at:
            out.append(Fault("time", f"{next.seq} was recorded at {next.recorded_at}, {one.seq} at {one.recorded_at}"))
    return out


def check_events(operations: Sequence[Operation], log: Sequence[Stored]) -> List[Fault]:
    """Each acknowledged event is there once, at the position that was answered; nothing is there that nobody sent."""
    out: List[Fault] = []
    places: Dict[str, List[int]] = defaultdict(list)
    for row in log:
        if row.event:
            places[row.event].append(row.seq)
    out += [Fault("double", f"{event} is at {where}") for event, where in places.items() if len(where) > 1]
    sent = {x.event for x in operations}
    out += [Fault("foreign", f"nobody sent {event}, at {places[event]}") for event in places if event not in sent]
    stored: Counter[str] = Counter()
    lost: Set[str] = set()
    for x in operations:
        if x.outcome == REFUSED:
            out.append(Fault("refused", f"{x.event} at {x.node}: {x.text}"))
        if not x.acknowledged:
            continue
        stored[x.event] += x.outcome == STORED
        if x.event not in places:
            lost.add(x.event)
        elif x.seq not in places[x.event]:
            out.append(Fault("answer", f"{x.node} said that {x.event} is at {x.seq}; it is at {places[x.event]}"))
    out += [Fault("lost", f"{event} was acknowledged") for event in sorted(lost)]
    out += [Fault("answer", f"{event} was stored {n} times, by the answers") for event, n in stored.items() if n > 1]
    return out


def check_order(operations: Sequence[Operation], log: Sequence[Stored]) -> List[Fault]:
    """Appends are linearizable: what was acknowledged before another one began has the smaller position."""
    # One that is there twice is judged elsewhere.
    place = {row.event: row.seq for row in reversed(log) if row.event}
    begins: Dict[str, float] = {}
    ends: Dict[str, float] = {}
    for x in operations:
        begins[x.event] = min(begins.get(x.event, x.begin), x.begin)
        if x.acknowledged:
            ends[x.event] = min(ends.get(x.event, x.end), x.end)
    # By time; at the same time nothing is before the other.
    moments: List[Tuple[float, int, str]] = [(at, 0, event) for event, at in begins.items() if event in place]
    moments += [(at, 1, event) for event, at in ends.items() if event in place]
    out: List[Fault] = []
    last = (0, "")
    for _, is_end, event in sorted(moments):
        if is_end:
            last = max(last, (place[event], event))
        elif place[event] < last[0]:
            out.append(Fault("order", f"{event} is at {place[event]}, {last[1]}, acknowledged before it began, at {last[0]}"))
    return out


def check_endpoint(endpoint: Endpoint, log: Sequence[Stored], disturbances: int, gone: bool = False) -> List[Fault]:
    """A webhook: everything at least once, few repeats, and an ordered one in the order of the log.

    @param disturbances how often calls under way may have been cut off
    @param gone the database may have lost what was not acknowledged, and given its position to another event
    """
    name, wanted = endpoint.name, {x.seq: x.event for x in log if x.event}
    seen: Counter[int] = Counter(x.seq for x in endpoint.arrivals if wanted.get(x.seq) == x.event)
    missing = sorted(set(wanted) - set(seen))
    out = [Fault("missing", f"{name} did not get {len(missing)} events, first {missing[0]}")] if missing else []
    if gone:
        return out
    out += [
        Fault("foreign", f"{name} got {x.event} as {x.seq}") for x in endpoint.arrivals if wanted.get(x.seq) != x.event
    ]
    repeats = sum(seen.values()) - len(seen)
    if repeats > endpoint.in_flight * disturbances:
        out.append(Fault("repeats", f"{name} got {repeats} again, in flight {endpoint.in_flight}, cut off {disturbances} times"))
    if endpoint.ordered:
        out += _check_back(name, endpoint.arrivals)
    return out


def _check_back(name: str, arrivals: Iterable[Arrival]) -> List[Fault]:
    highest = 0
    for x in arrivals:
        if x.seq < highest:
            return [Fault("back", f"{name} got {x.seq} after {highest}")]
        highest = x.seq
    return []


def check_worker(name: str, arrivals: Sequence[Arrival], log: Sequence[Stored]) -> List[Fault]:
    """A remote consumer with keys: everything, and per key an event begins after the ones before it."""
    wanted = {x.seq: x for x in log if x.event}
    missing = sorted(set(wanted) - {x.seq for x in arrivals})
    out = [Fault("missing", f"{name} did not get {len(missing)} events, first {missing[0]}")] if missing else []
    first: Dict[int, Arrival] = {}
    for x in arrivals:
        first.setdefault(x.seq, x)
    by_key: Dict[str, List[Arrival]] = defaultdict(list)
    for x in first.values():
        by_key[x.key].append(x)
    for key, some in by_key.items():
        out += _check_back(f"{name}, key {key}", some)
    return out


def check_session(name: str, arrivals: Sequence[Arrival], log: Sequence[Stored], key: str) -> List[Fault]:
    """A live session that resumes where it was: every event of its company once, in order."""
    wanted = [(x.seq, x.event) for x in log if x.event and x.key == key]
    got = [(x.seq, x.event) for x in arrivals]
    if got == wanted:
        return []
    if sorted(set(got)) != wanted:
        odd = sorted(set(got) ^ set(wanted))[0]
        return [Fault("missing" if odd in wanted else "foreign", f"{name}: {odd}, {len(got)} of {len(wanted)} came")]
    return [Fault("double", f"{name} got {len(got) - len(wanted)} events again")] if len(got) > len(wanted) else [
        Fault("back", f"{name} got events in another order")
    ]


def check_effects(name: str, rows: Sequence[int], log: Sequence[Stored]) -> List[Fault]:
    """@param rows positions of the events whose effect is there, as often as it is"""
    wanted, seen = {x.seq for x in log if x.event}, Counter(rows)
    out = [Fault("effect", f"{name} of {seq} is there {n} times") for seq, n in seen.items() if n > 1]
    out += [Fault("effect", f"{name} of {seq} is not there") for seq in sorted(wanted - set(seen))[:1]]
    out += [Fault("effect", f"{name} of {seq}, which is no event") for seq in sorted(set(seen) - wanted)[:1]]
    return out


def check_total(name: str, total: int, log: Sequence[Stored]) -> List[Fault]:
    """An effect that adds up, and would count an event twice."""
    wanted = sum(1 for x in log if x.event)
    return [] if total == wanted else [Fault("effect", f"{name} counted {total} of {wanted} events")]


def check_take_overs(seconds: Sequence[float], most: float) -> List[Fault]:
    return [Fault("take-over", f"nobody owned for {x:.1f} s") for x in seconds if x > most]


def summary(faults: Sequence[Fault], most: int = 5) -> Optional[str]:
    """The first of each kind, for people."""
    if not faults:
        return None
    kinds: Dict[str, List[str]] = defaultdict(list)
    for kind, text in faults:
        kinds[kind].append(text)
    return "\n".join(
        f"{kind} ({len(texts)}): " + "; ".join(texts[:most]) + (" …" if len(texts) > most else "")
        for kind, texts in kinds.items()
    )
