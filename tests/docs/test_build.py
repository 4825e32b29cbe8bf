"""Building the site as people do: a process, an exit code, a message or a folder."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from eks_labs.course import Course
from eks_labs.course.schema import LAB
from eks_labs.docs.build import build
from eks_labs.docs.errors import DocsError
from eks_labs.docs.serve import server_of
from tests.docs.sample import ROOT, copy_course, write_records

pytestmark = pytest.mark.slow


def labs(course: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "eks_labs", "--course", str(course), "docs", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=course,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of recorded labs, built strict by a process."""
    course = copy_course(tmp_path_factory.mktemp("course") / "course")
    write_records(course)
    done = labs(course, "build", "--out", "out/site")
    assert (done.returncode, done.stdout, done.stderr) == (0, "out/site/index.html\n", "")
    return course / "out" / "site"


class Links(HTMLParser):
    """What a page refers to: every address, and those that a browser loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.linked: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given["id"]} if "id" in given else set()
        if tag in ("script", "img", "iframe", "source") and "src" in given:
            self.loaded.append(given["src"])
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload", "preconnect"):
            self.loaded.append(given["href"])
        if tag == "a" and "href" in given:
            self.linked.append(given["href"])


def read(page: Path) -> Links:
    links = Links()
    links.feed(page.read_text())
    return links


def pages(site: Path) -> Iterator[Path]:
    yield from (page for page in site.rglob("*.html") if page.name != "404.html")


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    for page in pages(site):
        for address in read(page).loaded:
            assert not re.match(r"(\w+:)?//", address), f"{page}: {address}"
            assert (page.parent / address.partition("?")[0]).resolve().exists(), f"{page}: {address}"
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(\s*['\"]?(https?:)?//|@import", style.read_text()), style


def test_every_link_leads_to_a_page_and_an_anchor_of_it(site: Path) -> None:
    for page in pages(site):
        for address in read(page).linked:
            if re.match(r"\w+:", address):
                continue
            path, _, anchor = address.partition("#")
            target = (page.parent / path).resolve() if path else page
            target = target / "index.html" if target.is_dir() else target
            assert target.is_file(), f"{page}: {address}"
            assert not anchor or anchor in read(target).ids, f"{page}: {address}"


def test_the_last_hint_of_each_exercise_links_what_it_speaks_of(site: Path) -> None:
    for lab in Course(site.parents[1]).labs():
        linked = read(site / "labs" / lab.name / "index.html").linked
        for exercise in lab.exercises:
            assert exercise.hints[-1].split()[-1] in linked, exercise.name


def test_no_page_names_this_machine(site: Path) -> None:
    for page in [*pages(site), site / "search" / "search_index.json"]:
        assert str(site.parents[2]) not in page.read_text()
        assert str(ROOT) not in page.read_text()


def test_the_same_sources_make_the_same_site(site: Path, tmp_path: Path) -> None:
    build(site.parents[1], tmp_path / "again")
    # The sitemap's archive has the time of its making in its header.
    files = [path.relative_to(site) for path in site.rglob("*") if path.is_file() and path.suffix != ".gz"]
    assert len(files) > 20
    assert [file for file in files if (site / file).read_bytes() != (tmp_path / "again" / file).read_bytes()] == []


def test_the_published_schema_is_the_one_that_is_checked(site: Path) -> None:
    assert json.loads((ROOT / "site" / "schemas" / "lab.schema.json").read_text()) == LAB
    assert json.loads((site / "schemas" / "lab.schema.json").read_text()) == LAB


def test_a_site_is_replaced_but_no_other_folder_is(site: Path, tmp_path: Path) -> None:
    course = site.parents[1]
    (tmp_path / "mine.txt").write_text("precious")
    done = labs(course, "build", "--out", str(tmp_path))
    assert done.returncode == 2
    assert f"{tmp_path} is not empty, and not a site" in done.stderr
    assert (tmp_path / "mine.txt").read_text() == "precious"
    with pytest.raises(DocsError, match=r"mine.txt is not a folder"):
        build(course, tmp_path / "mine.txt")
    old = site / "removed-lab.html"
    old.write_text("old")
    assert labs(course, "build", "--out", "out/site").returncode == 0
    assert not old.exists()


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("labs/chapter07/guide.md", "{{ nonsense }}\n", "labs/chapter07/guide.md"),
        ("labs/chapter07/record.json", "garbage\0", "labs/chapter07/record.json is not the record of a run"),
        ("labs/chapter07/guide.md", "# How many Pods fit on a node\n", "shows the scenario 'A cluster with one small"),
        ("site/pages/reference/fidelity.md", "# Fidelity\n\n[x](steps.md#gone)\n", "reference/fidelity.md"),
        ("mkdocs.yml", "site_name: [", "mkdocs"),
    ],
)
def test_bad_input_ends_with_2_and_names_the_file(file: str, text: str, said: str, course: Path) -> None:
    (course / file).write_text(text)
    done = labs(course, "build", "--out", str(course / "out"))
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_no_whole_course_is_told_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "labs").mkdir()
    done = labs(tmp_path, "build")
    assert done.returncode == 2
    assert f"{tmp_path / 'mkdocs.yml'} is missing" in done.stderr


def test_a_warning_is_let_pass_when_asked(course: Path) -> None:
    (course / "site" / "pages" / "reference" / "fidelity.md").write_text("# Fidelity\n\n[gone](gone.md)\n")
    assert labs(course, "build", "--no-strict", "--out", str(course / "out")).returncode == 0


def test_serving_on_a_port_that_is_taken_says_so(course: Path) -> None:
    with server_of(course) as taken:
        done = labs(course, "serve", "--port", str(taken.server_port))
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{taken.server_port}" in done.stderr
    assert "Choose another with --port." in done.stderr


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_there_is_not_is_told_apart(port: int, tmp_path: Path) -> None:
    with pytest.raises(DocsError, match="cannot listen on"):
        server_of(tmp_path, port=port)
