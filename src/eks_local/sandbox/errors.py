"""What a person is told when a world cannot be started or reached."""


class WorldError(RuntimeError):
    """A world cannot do what was asked. The message says what, where, and what to do about it."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what}\n{remedy}" if remedy else what)
        self.what = what
        self.remedy = remedy
