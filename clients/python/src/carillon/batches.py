"""Many events, or jobs, in few requests."""

from __future__ import annotations

import time
from typing import Any, Callable, Dict, Iterable, Iterator, List, Sequence, TypeVar, Union

from .backoff import Backoff
from .errors import TEMPORARY, BadAnswerError, ProblemError, problem_from
from .models import member
from .transport import Port

T = TypeVar("T")

#: What is sent in one request: the node takes 10,000 events and 8 MiB, or 1,000 jobs and 4 MiB.
_MOST_ITEMS = 1_000
_MOST_BYTES = 4 * 1024 * 1024 - 1024


def parts_of(texts: Iterable[bytes]) -> Iterator[List[bytes]]:
    """The texts, each JSON, in runs that fit into one request."""
    part: List[bytes] = []
    size = 0
    for text in texts:
        if part and (len(part) >= _MOST_ITEMS or size + len(text) > _MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(text)
        size += len(text) + 1
    if part:
        yield part


def send_part(
    port: Port, path: str, part: Sequence[bytes], receipt_of: Callable[[Any], T], deadline: float
) -> List[Union[T, ProblemError]]:
    """Sends the texts as one array, and again those that are refused for now. One result each, in their order."""
    results: Dict[int, Union[T, ProblemError]] = {}
    left = list(range(len(part)))
    backoff = Backoff()
    while left:
        body = b"[" + b",".join(part[i] for i in left) + b"]"
        answer = port.call("POST", path, body, deadline=deadline)
        verdicts = member(answer, "results", list)
        if len(verdicts) != len(left):
            raise BadAnswerError("the node answered with another number of results")
        for i, verdict in zip(left, verdicts):
            results[i] = _result_of(verdict, receipt_of)
        left = [i for i in left if _is_temporary(results[i])]
        pause = backoff.next(1.0)
        if not left or time.monotonic() + pause >= deadline:
            break
        time.sleep(pause)
    return [results[i] for i in range(len(part))]


def _result_of(verdict: Any, receipt_of: Callable[[Any], T]) -> Union[T, ProblemError]:
    if isinstance(verdict, dict) and "error" in verdict:
        problem = member(verdict, "error", dict)
        return problem_from(member(problem, "status", int), problem)
    return receipt_of(verdict)


def _is_temporary(result: object) -> bool:
    return isinstance(result, ProblemError) and result.status in TEMPORARY
