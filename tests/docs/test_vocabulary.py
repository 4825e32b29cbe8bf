"""The step vocabulary as it is read from the code of the steps."""

from pathlib import Path

import pytest

from eks_labs.course import Course
from eks_labs.docs.errors import DocsError
from eks_labs.docs.vocabulary import StepDefinition, Subject, read_vocabulary
from tests.docs.sample import ROOT

STEPS = '''"""Pods: which run, and which wait."""

from pytest_bdd import given, parsers, then, when

LIMIT = 120.0


@then(parsers.parse('{count:d} Pods with label "{label}" are Running'))
@then(parsers.parse('{count:d} Pod with label "{label}" is Running'))
def running(lab, count, label):
    """So many Pods run.

    No more.
    """


@then("nothing is left")
@true_of_nothing
def nothing_is_left(lab):
    """All is gone."""


@given("nothing")
@when("I wait")
def nothing(lab):
    """Nothing happens."""


@property
def not_a_step(self):
    return None


def helper():
    """No step either."""
'''


def read(folder: Path, text: str, name: str = "pods.py") -> tuple[Subject, ...]:
    (folder / name).write_text(text)
    return read_vocabulary(folder)


def test_steps_are_read_in_order_with_all_their_sentences(tmp_path: Path) -> None:
    (subject,) = read(tmp_path, STEPS)
    assert (subject.name, subject.summary) == ("pods", "Which run, and which wait.")
    assert subject.steps == (
        StepDefinition(
            "Then",
            ('{count:d} Pods with label "{label}" are Running', '{count:d} Pod with label "{label}" is Running'),
            "So many Pods run.\n\nNo more.",
        ),
        StepDefinition("Then", ("nothing is left",), "All is gone.", true_of_nothing=True),
        StepDefinition("Given", ("nothing",), "Nothing happens."),
        StepDefinition("When", ("I wait",), "Nothing happens."),
    )


def test_the_code_is_not_run(tmp_path: Path) -> None:
    assert read(tmp_path, f"raise SystemExit\n{STEPS}")[0].steps


def test_modules_without_steps_are_no_subjects(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text('"""Not a subject."""\n')
    assert read(tmp_path, '"""Only helpers."""\n\ndef helper():\n    pass\n', "helpers.py") == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('@then("x")\ndef step(lab):\n    pass\n', r"pods.py:2: step step has no docstring"),
        ('@then(NAME)\ndef step(lab):\n    """Says."""\n', r"pods.py:1: a step's sentence is computed"),
        ('@then(f"{x}")\ndef step(lab):\n    """Says."""\n', r"pods.py:1: a step's sentence is computed"),
        ('@then()\ndef step(lab):\n    """Says."""\n', r"pods.py:1: a step's sentence is computed"),
        ('@then(parsers.parse(name="x"))\ndef step(lab):\n    """Says."""\n', r"pods.py:1: a step's sentence is"),
        ("@then(3)\ndef step(lab):\n    '''Says.'''\n", r"pods.py:1: a step's sentence is computed"),
        ("def step(:\n", r"pods.py:1: "),
    ],
)
def test_a_step_that_cannot_be_shown_is_named(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(DocsError, match=problem):
        read(tmp_path, text)


def test_every_step_of_the_course_has_a_meaning_and_is_in_the_vocabulary_once() -> None:
    steps = [step for subject in read_vocabulary(ROOT / "checks" / "steps") for step in subject.steps]
    sentences = [(step.kind, pattern) for step in steps for pattern in step.patterns]
    assert len(sentences) == len(set(sentences))
    used = {step.text for lab in Course(ROOT).labs() for scenario in lab.scenarios() for step in scenario.steps}
    assert len(steps) > 10
    assert len(used) > 10
