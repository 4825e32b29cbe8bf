"""Whether a lab's scores are true: nothing for the untouched workspace, all for right answers, less for wrong ones.

Each right answer is deployed from nothing, in the place of what was destroyed before. Wrong ones are mutants of the
solution: `eks_labs.mutation`.
"""

import operator
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from eks_labs.course import Course, Lab
from eks_labs.errors import Exit, LabsError
from eks_labs.events import Bus, Event, Failed, Scored, StepEnded
from eks_labs.grading.batch import default_jobs
from eks_labs.grading.grader import Grader
from eks_labs.lint.course import check_labs
from eks_labs.mutation import mutants
from eks_labs.mutation.trial import LEAST, WITHIN, trial
from eks_labs.mutation.verdict import Verdict
from eks_labs.run.plan import Options, plan
from eks_labs.run_folder import folder_of

PATIENCE = 20.0
"""Seconds that a condition of the untouched lab gets: what it does not show soon, it does not show later either."""


@dataclass(frozen=True)
class Finding:
    """One thing that must hold of every lab."""

    what: str
    holds: bool
    seen: str


def examine(course: Course, name: str, tell: Callable[[str], None], *, mutate: bool = True) -> Iterator[Finding]:
    """Everything that must hold of the lab, as it is found; `tell` gets what goes on meanwhile.

    Without `mutate` no wrong answers are tried. Raises `LabsError` for a lab that is not there.
    """
    lab = course.lab(name)
    problems = check_labs(course, [name], []).problems
    first = f"{problems[0].path.name}:{problems[0].line}: {problems[0].message}" if problems else ""
    yield Finding("lint finds nothing", not problems, first or "no problems")
    if problems or not lab.exercises:
        return
    untouched = Options(name, exercises=True, patience=PATIENCE)
    yield _scored(
        "the untouched workspace gets no points", course, untouched, Exit.CHECK_FAILED, lambda points, _: points == 0
    )
    solved = Options(name, exercises=True, overlay=lab.solution, twice=True)
    again = "the solution, deployed after that was destroyed and applied twice, gets all points"
    yield _scored(again, course, solved, Exit.PASSED, operator.eq)
    for other, folder in lab.alternatives.items():
        answer = Options(name, exercises=True, overlay=folder)
        yield _scored(f"the other right answer {other} gets all points", course, answer, Exit.PASSED, operator.eq)
    if mutate:
        yield _sees_mistakes(course, lab, tell)


def _sees_mistakes(course: Course, lab: Lab, tell: Callable[[str], None]) -> Finding:
    what = f"the checks see mistakes, at least {LEAST} % of the solution's mutants"
    try:
        every = mutants.of(lab)
        as_good = mutants.equivalent(lab, every)
        wrong = mutants.shuffled([each for each in every if each.name not in as_good], seed=1)
        with closing(Grader()) as grader:
            verdict = Verdict.of(trial(grader, course, lab, wrong, default_jobs(), None, WITHIN, tell))
    except LabsError as error:
        return Finding(what, False, error.what)
    survivors = "".join(f"; survived: {result.mutant}" for result in verdict.survived)
    return Finding(what, verdict.rate >= LEAST and not verdict.errors, f"{verdict}{survivors}")


def _scored(what: str, course: Course, options: Options, code: Exit, right: Callable[[int, int], bool]) -> Finding:
    from eks_labs.run.workflow import run

    scored: list[Scored] = []
    trouble: list[str] = []

    def note(event: Event) -> None:
        if isinstance(event, Scored):
            scored.append(event)
        elif isinstance(event, Failed):
            trouble.append(event.what)
        elif isinstance(event, StepEnded) and event.outcome == "failed" and code is Exit.PASSED:
            trouble.append(f"{event.scenario}: expected {event.expected}, seen {event.seen}")

    bus = Bus()
    bus.subscribe(note)
    ended = run(plan(course, options), folder_of(options.lab), bus)
    if ended is Exit.INTERRUPTED:
        raise KeyboardInterrupt
    if not scored:
        return Finding(what, False, trouble[0] if trouble else f"exit code {ended.value}")
    points, of = scored[-1].points, scored[-1].of
    holds = right(points, of) and ended is code
    return Finding(what, holds, "; ".join([f"{points} of {of} points", *([] if holds else trouble)]))
