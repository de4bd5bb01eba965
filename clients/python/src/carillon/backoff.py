"""Pauses between attempts."""

from __future__ import annotations

import random


class Backoff:
    """Pauses in seconds that double up to a limit, each a random half shorter.

    The randomness keeps many clients of a node that restarts from coming back together.
    """

    def __init__(self, first: float = 0.1, most: float = 10.0) -> None:
        self._first = first
        self._most = most
        self._next = first

    def next(self, at_least: float = 0.0) -> float:
        """The next pause; `at_least` is what the node asked for, which no pause undercuts."""
        pause = self._next * random.uniform(0.5, 1.0)
        self._next = min(self._next * 2, self._most)
        return max(pause, at_least * random.uniform(1.0, 1.1))

    def reset(self) -> None:
        """After a success."""
        self._next = self._first
