"""`labs lint` as a command, on the course and on work that was handed in; and its agreement with others' reading."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from eks_labs.course import Course, find_course
from eks_labs.course.scenario import read_feature
from eks_labs.lint import vocabulary as vocabulary_of
from eks_labs.lint.course import check_labs
from eks_labs.lint.guide import directives
from eks_labs.lint.problem import Problem
from eks_labs.lint.terraform.root import LONGEST
from tests.labs.linted import LAB, ROOT, VARIABLES, WEB, copy_course


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return copy_course(tmp_path)


# The command


def _labs(*arguments: str, course: Path | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    root = find_course().root
    chosen = ["--course", str(course)] if course else []
    return subprocess.run(
        [sys.executable, "-m", "eks_labs", *chosen, "lint", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd or root,
        env={**os.environ, "PYTHONPATH": str(root / "src")},
    )


def test_problems_are_printed_one_a_line(course: Course) -> None:
    (course.root / WEB).write_text("")
    done = _labs(course=course.root, cwd=course.root)
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout == f"{WEB}:1: holds no object. Write one, or remove the file\n1 lab: 1 problem\n"


def test_json(course: Course) -> None:
    (course.root / WEB).write_text("")
    done = _labs("--json", LAB, course=course.root, cwd=course.root)
    assert done.returncode == 2
    assert json.loads(done.stdout) == {
        "checked": [LAB],
        "problems": [{"path": WEB, "line": 1, "message": "holds no object. Write one, or remove the file"}],
    }


def test_labs_and_folders_by_name_or_path(course: Course, submission: Path) -> None:
    (submission / WEB).write_text("")
    done = _labs(f"labs/{LAB}", "mine", course=course.root, cwd=course.root)
    assert done.stdout == f"mine/{WEB}:1: holds no object. Write one, or remove the file\n2 checked: 1 problem\n"
    assert _labs(LAB, course=course.root).stdout == f"{LAB}: no problems\n"


def test_what_is_neither_lab_nor_folder() -> None:
    done = _labs("chapter7")
    assert (done.returncode, done.stdout) == (2, "")
    assert "chapter7 is neither a lab nor a folder" in done.stderr
    assert "Did you mean chapter07" in done.stderr


def test_names_of_files_may_hold_anything(course: Course) -> None:
    odd = os.fsencode(course.root / "manifests" / LAB) + b"/\xff\n.yaml"
    Path(os.fsdecode(odd)).write_text("")
    done = _labs(course=course.root, cwd=course.root)
    assert done.stdout.splitlines()[0].startswith(f"manifests/{LAB}/\ufffd .yaml:1: holds no object")
    assert done.returncode == 2


def test_the_course_is_well() -> None:
    done = _labs()
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.splitlines()[-1].endswith("no problems")


def test_it_imports_nothing_that_takes_long() -> None:
    code = (
        "import sys; from eks_labs.course import find_course; from eks_labs.lint.course import check_course;"
        "check_course(find_course());"
        "print(*sorted({'pytest', 'pytest_bdd', 'kubernetes', 'boto3', 'jinja2', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# Work that was handed in


@pytest.fixture
def submission(course: Course, tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    shutil.copytree(course.root / "terraform", folder / "terraform")
    shutil.copytree(course.root / "manifests", folder / "manifests")
    return folder


def _submit(course: Course, folder: Path) -> list[Problem]:
    return list(check_labs(course, [], [folder]).problems)


def test_an_untouched_workspace_is_well(course: Course, submission: Path) -> None:
    (submission / "terraform" / LAB / ".terraform").mkdir()
    (submission / "terraform" / LAB / "terraform.tfstate").write_text("{}")
    (submission / "README.md").write_text("Mine.")
    assert _submit(course, submission) == []


def test_learners_need_not_keep_the_courses_own_rules(course: Course, submission: Path) -> None:
    root = submission / ROOT
    root.write_text(root.read_text() + "# more\n" * LONGEST)
    web = (submission / WEB).read_text()
    (submission / "manifests" / LAB / "other.yaml").write_text(web.replace("app.kubernetes.io/part-of: chapter07", ""))
    (submission / VARIABLES).write_text((submission / VARIABLES).read_text().replace("description", "# description"))
    assert _submit(course, submission) == []


def test_some_files_are_enough_and_are_laid_over_the_labs(course: Course, submission: Path) -> None:
    shutil.rmtree(submission)
    (submission / "terraform" / LAB).mkdir(parents=True)
    root = submission / ROOT
    root.write_text((course.root / ROOT).read_text().replace('module "cluster"', 'module "eks"'))
    outputs = course.root / "terraform" / LAB / "outputs.tf"
    found = _submit(course, submission)
    assert {problem.path for problem in found} == {root, outputs}
    assert all("is not declared" in problem.message for problem in found)


def test_broken_submissions(course: Course, submission: Path) -> None:
    (submission / WEB).write_text("a: [\n")
    (submission / ROOT).write_text('module "a" {\n  source = "../modules/none"\n')
    (submission / "terraform" / "chapter99").mkdir()
    (submission / "terraform" / "chapter99" / "main.tf").write_text("")
    (submission / "manifests" / "web.yaml").write_text("")
    found = [f"{problem.path.name}:{problem.line}: {problem.message}" for problem in _submit(course, submission)]
    assert found == [
        "web.yaml:2: is not YAML: did not find expected node content",
        "web.yaml:1: is laid over nothing: files are in manifests/LAB",
        "main.tf:1: is not Terraform's syntax: { is not closed",
        "main.tf:1: is laid over nothing: there is no lab called chapter99. Did you mean chapter07?",
    ]


def test_a_folder_of_something_else(course: Course, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "has no files in terraform/ or manifests/" in _submit(course, tmp_path / "empty")[0].message


# Agreement with those who read the same files


def test_steps_are_those_that_pytest_bdd_registers() -> None:
    root = find_course().root
    code = (
        "import pathlib, importlib, json\n"
        "for file in sorted(pathlib.Path('checks/steps').glob('[!_]*.py')):\n"
        "    importlib.import_module(f'checks.steps.{file.stem}')\n"
        "from pytest_bdd.steps import step_function_context_registry as registry\n"
        "print(json.dumps(sorted([c.type or '', type(c.parser).__name__, c.parser.name] for c in registry.values())))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}:{root / 'src'}"},
    )
    known = vocabulary_of.read(root / "checks" / "steps").definitions
    assert sorted([each.kind, type(each.parser).__name__, each.parser.name] for each in known) == json.loads(
        done.stdout
    )


def test_guides_are_read_as_the_docs_read_them() -> None:
    from eks_labs.docs import guide

    for lab in find_course().labs():
        text = (lab.folder / "guide.md").read_text()
        for name in ("scenario", "terraform", "manifest", "diagram"):
            assert [found.argument for found in directives(text) if found.name == name] == guide.arguments(text, name)


def test_scenarios_are_those_that_pytest_bdd_runs() -> None:
    from pytest_bdd.parser import FeatureParser

    for lab in find_course().labs():
        theirs = FeatureParser(str(lab.feature.parent), lab.feature.name).parse().scenarios
        mine = read_feature(lab.feature)
        assert [(s.name, s.description, s.tags, s.line) for s in mine] == [
            (name, " ".join(s.description.split()), s.tags, s.line_number) for name, s in theirs.items()
        ]
        for one, other in zip(mine, theirs.values(), strict=True):
            assert [(step.kind, step.text, step.docstring, step.line, step.keyword) for step in one.steps] == [
                (step.type, step.name, step.docstring or "", step.line_number, step.keyword.strip())
                for step in other.steps
            ]
