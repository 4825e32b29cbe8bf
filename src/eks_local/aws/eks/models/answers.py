"""Answers to calls that carried a client request token: AWS does the work once, and answers the same again."""

from typing import Any

MOST = 500
"""Answers that are remembered: a token is used again within seconds, or never."""


class Answers:
    """What was answered, by what was asked."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def find(self, asked: str) -> Any:
        """The answer to a call that was made before; None when it was not."""
        return self._known.get(asked)

    def keep(self, asked: str, answer: Any) -> None:
        """Remember an answer, and forget the oldest when there are too many."""
        self._known[asked] = answer
        while len(self._known) > MOST:
            del self._known[next(iter(self._known))]
