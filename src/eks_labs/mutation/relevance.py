"""Which exercise is likeliest to see a mistake: the one that speaks of what is mistaken.

The first failed check ends a mutant's trial, and some checks watch Pods for half a minute.
"""

import re
from collections import Counter

from eks_labs.course import Lab, Scenario
from eks_labs.mutation.mutants import Mutant

_WORD = re.compile(r"[a-z][a-z0-9]*")


def order(lab: Lab, mutant: Mutant) -> tuple[str, ...]:
    """The names of the lab's exercises, the likeliest first; in the lab's order when nothing speaks for another."""
    spoken = {scenario.name: _words(_text(scenario)) for scenario in lab.scenarios() if scenario.exercise}
    known = Counter(word for words in spoken.values() for word in words)
    # Where the mistake is. What it is ("left out") is said in words that are any exercise's.
    wrong = _words(f"{mutant.file} {mutant.what.partition(': ')[0]}")

    def likely(name: str) -> float:
        """The rarer a word is among the exercises, the more it says."""
        return sum(1 / known[word] for word in wrong & spoken[name] if known[word] < len(spoken))

    return tuple(sorted((exercise.name for exercise in lab.exercises), key=likely, reverse=True))


def _text(scenario: Scenario) -> str:
    return "\n".join([scenario.name, *(f"{step.text}\n{step.beneath}" for step in scenario.steps)])


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))
