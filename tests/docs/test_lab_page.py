"""A lab's page: what is on it with and without a record, and sources that do not fit together."""

import json
from pathlib import Path

import pytest

from eks_labs.course import Course
from eks_labs.docs.errors import DocsError
from eks_labs.docs.pages import make_pages, navigation
from eks_labs.errors import LabsError
from eks_labs.run import workflow
from tests.docs.sample import write_records

HOSTILE = "</code></pre></div></div></div>\n```\n# out\n<script>alert(1)</script>\n"


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_every_source_has_its_page(course: Path) -> None:
    pages = make_pages(course)
    written = {str(path.relative_to(course / "site" / "pages")) for path in (course / "site" / "pages").rglob("*.md")}
    made = {f"labs/{folder.name}.md" for folder in (course / "labs").iterdir()}
    made |= {"reference/steps.md", "reference/cli.md", "reference/events.md", "reference/lab.md"}
    assert set(pages) == written | made


def test_navigation_has_every_page_once_home_first_and_labs_in_order(course: Path) -> None:
    pages = make_pages(course)
    home, working, *sections = navigation(pages)
    assert working == {"Work through a lab": "working.md"}
    assert home == {"Home": "index.md"}
    assert [next(iter(section)) for section in sections] == ["Labs", "Reference", "Develop"]
    labs = sorted(file.parent.name for file in course.glob("labs/*/lab.toml"))
    assert sections[0]["Labs"] == [f"labs/{name}.md" for name in labs]
    listed = [page for section in sections for page in next(iter(section.values()))]
    assert sorted([*listed, "index.md", "working.md"]) == sorted(pages)


def test_without_a_record_commands_are_shown_and_it_is_said_that_outputs_are_not(course: Path) -> None:
    pages = make_pages(course)
    page = pages["labs/chapter07.md"]
    assert "Outputs were not yet captured" in page
    assert "kubectl scale deployment web --replicas=9" in page
    assert "It printed" not in page
    assert "How long it takes" not in page
    assert "screen" not in pages["index.md"]
    assert "{{" not in page


def test_with_a_record_commands_have_their_outputs_and_all_has_its_time(course: Path) -> None:
    write_records(course)
    pages = make_pages(course)
    page = pages["labs/chapter07.md"]
    assert "captured" not in page
    assert "0/1 nodes are available: 1 Too many pods." in page
    assert "| Terraform applies | 1 min 01 s |" in page
    assert "| `module.network.aws_vpc.this (create)` | 10 s |" in page
    assert page.count('class="badge badge-modelled"') == 2
    assert page.count('class="badge badge-exact"') == 6 + 2
    assert "passed in 2 min 14 s" in pages["index.md"]
    first = Course(course).labs()[0]
    walkthrough = [scenario for scenario in first.scenarios() if not scenario.exercise]
    assert pages["index.md"].count('class="screen-scenario"') == len(walkthrough)


def test_the_stage_that_scenarios_stand_under_has_the_runners_name(course: Path) -> None:
    template = (course / "site" / "templates" / "screen.html.j2").read_text()
    assert '"Scenarios run"' in template
    assert '"Scenarios run"' in Path(workflow.__file__).read_text()


def test_a_changed_scenario_loses_its_outputs_and_others_keep_theirs(course: Path) -> None:
    write_records(course)
    edit(course / "checks" / "chapter07.feature", "--replicas=9", "--replicas=8")
    page = make_pages(course)["labs/chapter07.md"]
    assert "1 of 8 scenarios have changed since the last verified run" in page
    assert page.count("Its output was not yet captured by a verified run.") == 1
    assert page.count("It printed") == 8


def test_hostile_output_stays_in_its_block(course: Path) -> None:
    write_records(course)
    file = course / "labs" / "chapter07" / "record.json"
    record = json.loads(file.read_text())
    record["scenarios"][0]["steps"][0]["command"]["output"] = HOSTILE
    file.write_text(json.dumps(record))
    page = make_pages(course)["labs/chapter07.md"]
    assert f'```` {{ .text .no-copy .output title="It printed" }}\n{HOSTILE.strip()}\n````' in page


def test_the_workspace_is_what_there_is(course: Path) -> None:
    for file in (course / "manifests" / "chapter07").iterdir():
        file.unlink()
    pages = make_pages(course)
    assert "cp -r --parents terraform/chapter07 my-chapter07\n" in pages["labs/chapter07.md"]
    prefix = "cp -r --parents terraform/chapter07-prefix manifests/chapter07-prefix my-chapter07-prefix\n"
    assert prefix in pages["labs/chapter07-prefix.md"]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("labs/chapter07/guide.md", "{{ diagram }}", "{{ diagrm }}", "labs/chapter07/guide.md: nothing is called"),
        ("labs/chapter07/guide.md", "{{ diagram }}", "{{ manifest: no.yaml }}", "there is no 'no.yaml'"),
        ("labs/chapter07/guide.md", "{{ diagram }}", "{{ terraform: main.tf#module }}", "there is no 'module'"),
        ("labs/chapter07/guide.md", "{{ diagram }}", "{{ scenario: No such }}", "there is no 'No such'"),
        (
            "labs/chapter07/guide.md",
            "{{ scenario: Nine",
            "{{ scenario: Eight",
            "'Nine replicas leave two Pods pending'",
        ),
        ("labs/chapter07/guide.md", "# How many", "# How few", "labs/chapter07/guide.md begins with"),
        ("labs/chapter07/exercise.md", "## All replicas", "## All nine", "exercise.md does not describe 'All replicas"),
        ("checks/chapter07.feature", "@exercise @exact\n  Scenario: All", "@exact\n  Scenario: All", "no @exercise"),
        ("checks/chapter07.feature", "Scenario: Nine", "Scenari: Nine", "checks/chapter07.feature"),
        ("labs/chapter07/lab.toml", "minutes = 20", 'minutes = "long"', "labs/chapter07/lab.toml"),
        ("terraform/chapter07/main.tf", 'module "network"', 'module "network', "terraform/chapter07 cannot be drawn"),
        ("terraform/chapter07/main.tf", "zones = 2", "zones = 0", "terraform/chapter07 cannot be drawn: "),
        ("terraform/chapter07/main.tf", '"../modules/cluster"', '"./cluster"', "terraform/chapter07 cannot be drawn"),
        ("checks/steps/pods.py", "@then", "@then((", "checks/steps/pods.py:"),
        ("site/templates/lab.md.j2", "{{ body }}", "{{ bodi }}", "site/templates"),
        ("site/templates/lab.md.j2", "{{ body }}", "{% if %}", "site/templates"),
        ("site/schemas/lab.schema.json", "{", "{,", "site/schemas/lab.schema.json"),
        ("site/pages/index.md", "{{ labs }}", "{{ lab }}", "site/pages/index.md: nothing is called {{ lab }}"),
    ],
)
def test_sources_that_do_not_fit_are_named(file: str, old: str, new: str, said: str, course: Path) -> None:
    edit(course / file, old, new)
    with pytest.raises(LabsError) as error:
        make_pages(course)
    assert said in error.value.what


@pytest.mark.parametrize(
    "file",
    [
        "labs/chapter07/guide.md",
        "labs/chapter07/exercise.md",
        "checks/chapter07.feature",
        "site/templates/lab.md.j2",
        "mkdocs.yml",
    ],
)
def test_a_missing_source_is_named(file: str, course: Path) -> None:
    (course / file).unlink()
    with pytest.raises(LabsError) as error:
        make_pages(course)
    assert file.removeprefix("site/templates/") in error.value.what


@pytest.mark.parametrize("file", ["labs/chapter07/guide.md", "terraform/chapter07/main.tf", "site/pages/index.md"])
def test_a_source_that_is_no_text_is_named(file: str, course: Path) -> None:
    (course / file).write_bytes(b"\xff\x00")
    with pytest.raises(DocsError, match=f"{file} is not text in UTF-8"):
        make_pages(course)
