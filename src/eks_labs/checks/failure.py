"""How a step says that it failed."""


class CheckFailed(AssertionError):
    """A check did not find what it expected. All three texts are for the learner.

    `final`: time alone will not mend it, so nobody need look again.
    """

    def __init__(self, expected: str, seen: str, hint: str = "", *, final: bool = False) -> None:
        super().__init__(f"expected {expected}, seen {seen}" + (f" ({hint})" if hint else ""))
        self.expected = expected
        self.seen = seen
        self.hint = hint
        self.final = final
