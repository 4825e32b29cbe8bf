"""The built site in headless Chromium: what a reader clicks, copies, searches, and sees on a phone.

After each test, nothing may have been asked of anybody but the local server, and the console must be empty.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from eks_labs.course import Course
from eks_labs.docs import guide
from eks_labs.docs.build import build
from eks_labs.docs.serve import server_of
from eks_setup import packages
from tests.docs.browser import SCHEME, Browser, browsing
from tests.docs.sample import ROOT, copy_course, write_records

pytestmark = pytest.mark.browser

OVERFLOWING = """
const width = document.documentElement.clientWidth
if (document.documentElement.scrollWidth <= width) return []
const within = e => e && (getComputedStyle(e).overflowX !== 'visible' || within(e.parentElement))
return [...document.body.querySelectorAll('*')]
  .filter(e => e.getBoundingClientRect().right > width + 1 && !within(e.parentElement))
  .map(e => `${e.tagName} ${e.className}`).concat('scrolls to ' + document.documentElement.scrollWidth)
"""
DRAWER = "return document.querySelector('.md-sidebar--primary').getBoundingClientRect().right"
BACKGROUND = "return getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the course, with a record for each lab."""
    if lacking := packages.missing(packages.BROWSER):
        message = f"browser tests need: {' '.join(packages.install_command(lacking))}"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    course = copy_course(tmp_path_factory.mktemp("course") / "course")
    write_records(course)
    build(course, course / "built")
    return course / "built"


@pytest.fixture(scope="module")
def opened(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests, and the server of the site."""
    with server_of(site) as server:
        thread = threading.Thread(target=server.serve_forever, name="site")
        thread.start()
        try:
            with browsing(f"http://127.0.0.1:{server.server_port}/", tmp_path_factory.mktemp("profile")) as browser:
                yield browser
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def browser(opened: Browser) -> Iterator[Browser]:
    """A window as of somebody who was never here, who prefers light."""
    opened.resize(1280)
    opened.arrive("light")
    yield opened
    assert [url for url in opened.requested() if not url.startswith(opened.url)] == []
    assert opened.complaints() == []


def commands_of(lab: str) -> list[str]:
    """The commands of a lab in the order in which its guide shows them."""
    found = Course(ROOT).lab(lab)
    scenarios = {scenario.name: scenario for scenario in found.scenarios()}
    shown = guide.arguments((found.folder / "guide.md").read_text(), "scenario")
    return [step.docstring for name in shown for step in scenarios[name].steps if step.docstring]


def test_from_the_home_page_to_a_lab(browser: Browser) -> None:
    assert browser.see("h1").text == "Learn Amazon EKS by running it"
    assert "passed in 2 min 14 s" in browser.see(".screen").text
    labs = sorted(folder.name for folder in (ROOT / "labs").iterdir())
    assert [card.text.splitlines()[0] for card in browser.visible(".card")] == labs
    browser.visible(".card")[labs.index("chapter07")].click()
    browser.until(lambda: browser.driver.current_url.endswith("/labs/chapter07/"), "page of the lab")
    assert browser.see("h1").text.startswith("How many Pods fit on a node")
    facts = browser.see(".facts").text
    for fact in ("20 minutes", "2 min 14 s to run on the local target", "Kubernetes 1.33", "$0.13"):
        assert fact in facts
    assert browser.see(".diagram svg").get_attribute("aria-label") == (
        "chapter07: VPC 10.0.0.0/16 in 2 zones, control plane and nodes"
    )


@pytest.mark.parametrize("lab", ["chapter07", "chapter07-prefix"])
def test_each_command_is_copied_exactly_and_outputs_stand_with_it(lab: str, browser: Browser) -> None:
    browser.open(f"labs/{lab}/")
    browser.see(".run-command button.md-code__button, .run-command .md-clipboard")
    runs = browser.visible(".run")
    commands = commands_of(lab)
    assert len(runs) == len(commands) > 5
    for run, command in zip(runs, commands, strict=True):
        (button,) = [found for found in run.find_elements(By.CSS_SELECTOR, "button") if found.is_displayed()]
        browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()
        with contextlib.suppress(TimeoutException):
            browser.until(lambda command=command: browser.copied() == command, f"copy of {command!r}")
        assert browser.copied() == command
        assert run.find_element(By.CSS_SELECTOR, ".run-output pre").is_displayed()


def test_badges_lead_to_what_they_mean(browser: Browser) -> None:
    browser.open("labs/chapter07/")
    badges = [badge.text for badge in browser.visible(".scenario-head .badge")]
    assert badges == ["modelled"] * 2 + ["exact"] * 6
    browser.see(".scenario-head .badge-modelled").click()
    browser.until(lambda: browser.driver.current_url.endswith("/reference/fidelity/#modelled"), "page of fidelity")
    assert browser.see("h2#modelled").text.startswith("modelled")


def test_hints_and_solutions_are_shown_when_asked_for(browser: Browser) -> None:
    browser.open("labs/chapter07/")
    for kind, said in (("question", "each node is a"), ("tip", "Ask the scheduler"), ("success", "solution")):
        box = browser.see(f"details.{kind}")
        body = box.find_element(By.CSS_SELECTOR, "ul, p:not(.admonition-title)")
        assert not body.is_displayed()
        box.find_element(By.TAG_NAME, "summary").click()
        browser.until(body.is_displayed, f"opened {kind}")
        assert said.lower() in box.text.lower()


def test_the_files_of_a_lab_are_tabs(browser: Browser) -> None:
    browser.open("labs/chapter07/")
    assert "manifests/chapter07/web.yaml" not in browser.see(".tabbed-set").text
    label = next(found for found in browser.visible(".tabbed-labels label") if found.text == "web.yaml")
    browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", label)
    label.click()
    browser.until(lambda: "kind: Deployment" in browser.see(".tabbed-set").text, "manifest")


@pytest.mark.parametrize(("first", "then"), [("light", "dark"), ("dark", "light")])
def test_the_palette_follows_the_reader_and_is_remembered(first: str, then: str, browser: Browser) -> None:
    schemes = {"light": "default", "dark": "slate"}
    browser.arrive(first)
    browser.until(lambda: browser.ask(SCHEME) == schemes[first], f"{first} page")
    before = browser.ask(BACKGROUND)
    browser.see("[data-md-component=palette] label").click()
    browser.until(lambda: browser.ask(SCHEME) == schemes[then], f"{then} page")
    browser.until(lambda: browser.ask(BACKGROUND) != before, "other background")
    browser.open("labs/chapter07/")
    browser.until(lambda: browser.ask(SCHEME) == schemes[then], "the palette that was chosen")


def test_search_finds_the_symptom_and_leads_to_it(browser: Browser) -> None:
    field = browser.see("input.md-search__input")
    field.click()
    field.send_keys("Too many pods")
    browser.until(lambda: "How many Pods fit on a node" in browser.see(".md-search-result__list").text, "the lab")

    def follow_first() -> bool:
        browser.visible(".md-search-result__link")[0].click()
        return True

    browser.until(follow_first, "result to click")
    browser.until(lambda: browser.driver.current_url.partition("?")[0] != browser.url, "page of a result")
    assert "too many pods" in browser.see("article").text.lower()


def test_search_has_an_answer_for_what_is_not_there(browser: Browser) -> None:
    field = browser.see("input.md-search__input")
    field.click()
    field.send_keys("zzzxqy")
    browser.until(lambda: "No matching documents" in browser.see(".md-search-result__meta").text, "answer")
    field.send_keys(Keys.ESCAPE)


def test_the_way_to_the_step_vocabulary(browser: Browser) -> None:
    browser.link("Reference", ".md-tabs").click()
    browser.until(lambda: "/reference/" in browser.driver.current_url, "reference")
    browser.link("Step vocabulary", ".md-sidebar--primary").click()
    browser.until(lambda: browser.driver.current_url.endswith("/reference/steps/"), "vocabulary")
    assert any("each node is a" in step.text for step in browser.visible(".step"))


def test_a_phone_has_the_navigation_in_a_drawer(browser: Browser) -> None:
    browser.resize(390)
    browser.open()
    assert browser.ask(DRAWER) <= 0
    browser.see("label.md-header__button[for=__drawer]").click()
    browser.until(lambda: browser.ask(DRAWER) > 200, "opened drawer")
    drawer = browser.see(".md-sidebar--primary nav")
    labs = browser.until(
        lambda: next((x for x in drawer.find_elements(By.CSS_SELECTOR, "label") if x.text.strip() == "Labs"), None),
        "Labs in the drawer",
    )
    labs.click()
    browser.link("A hundred Pods on a small node", ".md-sidebar--primary").click()
    browser.until(lambda: browser.driver.current_url.endswith("/labs/chapter07-prefix/"), "page of the lab")


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_its_window(width: int, scheme: str, site: Path, browser: Browser) -> None:
    browser.resize(width)
    browser.arrive(scheme)
    pages = sorted(str(page.parent.relative_to(site)) for page in site.rglob("index.html"))
    assert len(pages) > 10
    for page in pages:
        browser.open("" if page == "." else f"{page}/")
        assert browser.ask(OVERFLOWING) == [], page
