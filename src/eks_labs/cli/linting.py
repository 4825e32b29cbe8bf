"""`labs lint`."""

import json
import os
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from eks_labs.cli import arguments
from eks_labs.course import Course
from eks_labs.errors import Exit, LabsError, closest
from eks_labs.lint.course import Report, check_course, check_labs
from eks_labs.lint.problem import Problem


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    try:
        names = arguments.course_of(ctx).names()
    except LabsError:
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.command()
@click.argument("what", nargs=-1, metavar="[LAB|FOLDER]...", shell_complete=_complete)
@arguments.checks_option("Your own checks, as labs grade takes them: alone, or beside what is named.")
@click.option("--steps", is_flag=True, help="Also try each step in worlds with nothing in them: some seconds.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def lint(ctx: click.Context, what: tuple[str, ...], checks: Path | None, steps: bool, as_json: bool) -> int:
    """Check labs without deploying them.

    LAB is a lab's name; all labs when nothing is given. FOLDER is a workspace, with terraform/ and manifests/ in it.
    Exit code 0 when all is well, 2 when there are problems.
    """
    course = arguments.course_of(ctx)
    named = bool(what or checks)
    if steps and named:
        raise click.UsageError("--steps is about all labs' steps: name neither labs, nor folders, nor checks.", ctx)
    report = _check_named(course, what, checks) if named else check_course(course, try_steps=steps)
    if as_json:
        problems = [{"path": shown(p.path), "line": p.line, "message": _line(p.message)} for p in report.problems]
        click.echo(
            json.dumps(
                {"checked": [shown(Path(name)) for name in report.checked], "problems": problems},
                indent=2,
                ensure_ascii=False,
            )
        )
    else:
        for problem in report.problems:
            click.echo(text(problem))
        click.echo(_summary(report))
    return int(Exit.LAB_ERROR if report.problems else Exit.PASSED)


def _check_named(course: Course, what: tuple[str, ...], checks: Path | None) -> Report:
    names, folders = [], []
    for argument in dict.fromkeys(what):
        name = _lab(course, argument)
        if name:
            names.append(name)
        elif Path(argument).is_dir():
            folders.append(Path(argument).absolute())
        else:
            raise LabsError(f"{argument} is neither a lab nor a folder", closest(argument, course.names()))
    return check_labs(course, names, folders, [checks.absolute()] if checks else [])


def _lab(course: Course, argument: str) -> str | None:
    """The lab that is meant by its name, or by its folder, as shells complete it."""
    path = Path(argument).absolute()
    names = course.names()
    if argument in names:
        return argument
    return path.name if path.parent == course.root / "labs" and path.name in names else None


def text(problem: Problem) -> str:
    """One finding on a line, as editors read it."""
    return f"{shown(problem.path)}:{problem.line}: {_line(problem.message)}"


def _summary(report: Report) -> str:
    count = len(report.problems)
    found = f"{count} problem{'s' if count > 1 else ''}" if count else "no problems"
    return f"{_subject(report)}: {found}"


def _subject(report: Report) -> str:
    if report.whole_course:
        return f"{len(report.checked)} lab{'s' if len(report.checked) != 1 else ''}"
    return shown(Path(report.checked[0])) if len(report.checked) == 1 else f"{len(report.checked)} checked"


def shown(path: Path) -> str:
    """As seen from where the command was given, so that editors and terminals find it."""
    here = Path.cwd()
    name = path.relative_to(here) if path.is_relative_to(here) else path
    return _line(os.fsencode(name).decode(errors="replace"))


def _line(text: str) -> str:
    """On one line: names of files and parsers' messages may hold anything."""
    return "".join(character if character.isprintable() else " " for character in text)
