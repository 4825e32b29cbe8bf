"""All pages of the site as Markdown, and the navigation over them."""

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, TemplateError

from eks_labs import events, facts
from eks_labs.docs import guide, operations
from eks_labs.docs.cli_reference import read_commands
from eks_labs.docs.errors import DocsError
from eks_labs.docs.event_reference import read_events
from eks_labs.docs.lab_page import lab_page
from eks_labs.docs.labs import Material, read_materials
from eks_labs.docs.markdown import templates
from eks_labs.docs.sources import read, read_all
from eks_labs.docs.vocabulary import read_vocabulary

Pages = dict[str, str]
"""Path within the site's sources → Markdown."""

SECTIONS = {"labs": "Labs", "reference": "Reference", "develop": "Develop"}
"""Folders of pages that are sections of the navigation, in its order."""


def make_pages(root: Path) -> Pages:
    """Every page of the site. Raises `DocsError`."""
    for needed in ("mkdocs.yml", "site/templates", "site/pages", "checks/steps"):
        if not (root / needed).exists():
            raise DocsError(f"{root / needed} is missing", "The site is made from a whole course.")
    try:
        return _make_pages(root)
    except TemplateError as error:
        raise DocsError(f"site/templates: {error!r}", "Correct the template.") from error


def _make_pages(root: Path) -> Pages:
    environment = templates(root / "site" / "templates")
    materials = read_materials(root)
    modules = _modules(root)
    pages = {f"labs/{material.lab.name}.md": lab_page(material, modules, environment) for material in materials}
    pages["reference/steps.md"] = _vocabulary_page(root, materials, environment)
    pages["reference/cli.md"] = environment.get_template("cli.md.j2").render(commands=read_commands())
    pages["reference/events.md"] = _events_page(environment)
    pages |= {f"reference/{name}.md": text for name, text in _schema_pages(root, environment).items()}
    fillers: dict[str, guide.Filler] = {
        "labs": lambda _: environment.get_template("cards.html.j2").render(materials=materials).strip(),
        "operations": lambda _: _operations(environment),
        "screen": lambda _: _screen(materials, environment),
    }
    for path in sorted((root / "site" / "pages").rglob("*.md")):
        name = str(path.relative_to(root / "site" / "pages"))
        pages[name] = guide.fill(read(path), fillers, f"site/pages/{name}")
    return pages


def navigation(pages: Pages) -> list[dict[str, Any]]:
    """mkdocs' `nav`: the home page, other pages at the top, then a section for each folder."""
    sections: dict[str, list[str]] = defaultdict(list)
    for page in sorted(pages, key=lambda page: (_title(pages[page]).lower(), page)):
        sections[page.rpartition("/")[0]].append(page)
    top = [{"Home": "index.md"}, *({_title(pages[page]): page} for page in sections.pop("") if page != "index.md")]
    listed = [folder for folder in SECTIONS if folder in sections]
    listed += [folder for folder in sorted(sections) if folder not in SECTIONS]
    if "labs" in sections:
        sections["labs"].sort(key=lambda page: page.removesuffix(".md"))
    return top + [{SECTIONS.get(folder, folder.capitalize()): sections[folder]} for folder in listed]


def _title(markdown: str) -> str:
    """The first heading of a page, which mkdocs takes as its title."""
    return next((line[2:].strip() for line in markdown.splitlines() if line.startswith("# ")), "")


def _screen(materials: tuple[Material, ...], environment: Environment) -> str:
    """What a lab looks like when it runs: the quickest of those that have been recorded; nothing when there is none."""
    recorded = [(each.record.seconds, number, each) for number, each in enumerate(materials) if each.record]
    quickest = min(recorded)[2] if recorded else None
    return environment.get_template("screen.html.j2").render(material=quickest).strip()


def _operations(environment: Environment) -> str:
    found = operations.read_operations(operations.source())
    return environment.get_template("operations.md.j2").render(operations=found).strip()


def _vocabulary_page(root: Path, materials: tuple[Material, ...], environment: Environment) -> str:
    subjects = read_vocabulary(root / "checks" / "steps")
    return environment.get_template("steps.md.j2").render(subjects=subjects, materials=materials)


def _events_page(environment: Environment) -> str:
    """From the code that is running, not from the course's folder: a course of its own need not have the code."""
    sample = events.StepEnded("Ten replicas", "Then", "7 Pods are Running", "", "passed", 2.1)
    return environment.get_template("events.md.j2").render(
        shapes=read_events(Path(facts.__file__)), sample=events.to_json(sample, at=1764000000.25)
    )


def _schema_pages(root: Path, environment: Environment) -> Pages:
    """One page for each JSON schema that the runner publishes in `site/schemas`."""
    found: Pages = {}
    for path in sorted((root / "site" / "schemas").glob("*.schema.json")):
        try:
            schema = json.loads(read(path))
        except ValueError as error:
            raise DocsError(f"{path}: {error}", "Make it anew from src/eks_labs/course/schema.py.") from error
        name = path.name.removesuffix(".schema.json")
        found[name] = environment.get_template("schema.md.j2").render(schema=schema, file=path.name)
    return found


def _modules(root: Path) -> Mapping[str, Mapping[str, str]]:
    return {
        folder.name: read_all(folder, "*.tf")
        for folder in sorted((root / "terraform" / "modules").glob("*"))
        if folder.is_dir()
    }
