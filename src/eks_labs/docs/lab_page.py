"""The page of one lab."""

from collections.abc import Mapping

from jinja2 import Environment

from eks_labs.course import Scenario
from eks_labs.docs import diagram, guide, hcl
from eks_labs.docs.errors import DocsError
from eks_labs.docs.labs import Material
from eks_labs.docs.markdown import difference, fence
from eks_labs.docs.records import ScenarioRun
from eks_labs.docs.topology import read_topology


def lab_page(material: Material, modules: Mapping[str, Mapping[str, str]], templates: Environment) -> str:
    """Markdown of the lab's page. `modules` are the shared Terraform modules' files. Raises `DocsError`."""
    source = f"labs/{material.lab.name}/guide.md"
    heading, _, prose = material.guide.partition("\n")
    if heading != f"# {material.lab.title}":
        raise DocsError(f"{source} begins with {heading!r}", f"Begin it with: # {material.lab.title}")
    _require_all_shown(material, source)
    return templates.get_template("lab.md.j2").render(
        **{name: getattr(material, name) for name in ("lab", "intro", "outro", "tasks", "terraform", "manifests")},
        record=material.record,
        body=guide.fill(prose.strip(), _fillers(material, modules, templates), source),
        solutions=_solutions(material),
        workspace=f"my-{material.lab.name}",
        parts=" ".join(_parts(material)),
        shown=len(material.walkthrough),
        captured=len([scenario for scenario in material.walkthrough if _run_of(scenario, material)]),
    )


def _fillers(
    material: Material, modules: Mapping[str, Mapping[str, str]], templates: Environment
) -> dict[str, guide.Filler]:
    name = material.lab.name
    scenarios = {scenario.name: scenario for scenario in material.walkthrough}

    def scenario(wanted: str) -> str:
        return _scenario(scenarios[wanted], material, templates)

    def drawing(_: str) -> str:
        return _drawing(material, modules, templates)

    def terraform(place: str) -> str:
        file, _, header = place.partition("#")
        text = material.terraform[file]
        if header:
            text = {block.header: block.text for block in hcl.blocks(text)}[header]
        return fence(text, "terraform", title=f"terraform/{name}/{file}")

    def manifest(file: str) -> str:
        return fence(material.manifests[file], "yaml", title=f"manifests/{name}/{file}")

    return {"scenario": scenario, "diagram": drawing, "terraform": terraform, "manifest": manifest}


def _drawing(material: Material, modules: Mapping[str, Mapping[str, str]], templates: Environment) -> str:
    where = f"terraform/{material.lab.name}"
    try:
        topology = read_topology(material.terraform, modules)
    except (LookupError, TypeError, ValueError) as error:
        raise DocsError(f"{where} cannot be drawn: {error!r}", "What the modules are given must be literal.") from error
    if topology is None:
        raise DocsError(f"{where} cannot be drawn", "{{ diagram }} needs the modules network and cluster.")
    return diagram.draw(topology, templates)


def _parts(material: Material) -> list[str]:
    """The folders of the course that a workspace begins with."""
    kinds = [("terraform", material.terraform), ("manifests", material.manifests)]
    return [f"{kind}/{material.lab.name}" for kind, files in kinds if files]


def _scenario(scenario: Scenario, material: Material, templates: Environment) -> str:
    run = _run_of(scenario, material)
    steps = list(zip(scenario.steps, run.steps if run else [None] * len(scenario.steps), strict=True))
    return templates.get_template("scenario.md.j2").render(scenario=scenario, run=run, steps=steps).strip()


def _run_of(scenario: Scenario, material: Material) -> ScenarioRun | None:
    return material.record.run_of(scenario) if material.record else None


def _require_all_shown(material: Material, source: str) -> None:
    shown = guide.arguments(material.guide, "scenario")
    for scenario in material.walkthrough:
        if shown.count(scenario.name) != 1:
            raise DocsError(
                f"{source} shows the scenario {scenario.name!r} {shown.count(scenario.name)} times",
                f"Have this line in it once: {{{{ scenario: {scenario.name} }}}}",
            )


def _solutions(material: Material) -> list[str]:
    """The reference solution, one unified diff a file against what the learner starts with."""
    start = material.workspace
    return [difference(start.get(path, ""), text, path) for path, text in material.solution.items()]
