"""What came of all mutants that were tried: the kill rate, and who survived."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from eks_labs.mutation.trial import Outcome, Result


@dataclass(frozen=True)
class Verdict:
    """How many mutants came to which end. Those that could not be deployed are no merit of the checks."""

    killed: int
    survived: tuple[Result, ...]
    refused: int
    errors: int

    @classmethod
    def of(cls, results: Iterable[Result]) -> "Verdict":
        """Count them."""
        every = list(results)
        count = Counter(result.outcome for result in every)
        survived = tuple(result for result in every if result.outcome is Outcome.SURVIVED)
        return cls(count[Outcome.KILLED], survived, count[Outcome.REFUSED], count[Outcome.ERROR])

    @property
    def judged(self) -> int:
        """Those of which the checks could say something."""
        return self.killed + len(self.survived)

    @property
    def rate(self) -> float:
        """Percent that were killed. Of what nothing could be said of, nothing is good."""
        return 100 * self.killed / self.judged if self.judged else 0.0

    def __str__(self) -> str:
        ours = f"; {self.errors} failed by our fault" if self.errors else ""
        return (
            f"{self.killed} of {self.judged} mutants killed, {self.rate:.0f} %; "
            f"{self.refused} could not be deployed{ours}"
        )
