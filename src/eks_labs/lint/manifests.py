"""Rule: manifests are objects that `kubectl apply` would take, as far as their text tells."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from eks_labs.lint.problem import Broken, Problem
from eks_labs.lint.reading import text_of
from eks_labs.lint.tree import Tree, files_in

PART_OF = "app.kubernetes.io/part-of"

DEEPEST = 60
"""Collections within each other. PyYAML's binding to libyaml follows them on the C stack: thousands end the process."""

ALIASES = 30
"""Merged into each other (`<<: [*a, *a]`), the size of what they make grows with a power of their number."""

_CONSTRUCTION = (ValueError, KeyError, AttributeError, TypeError, OverflowError, RecursionError)
"""What PyYAML raises besides its own errors for values such as the date 2024-99-99."""


@dataclass(frozen=True)
class Document:
    """A YAML document: its value, and where it begins."""

    path: Path
    line: int
    value: Any

    @property
    def labels(self) -> dict[str, Any]:
        """The object's own labels."""
        metadata = self.value.get("metadata") if isinstance(self.value, dict) else None
        labels = metadata.get("labels") if isinstance(metadata, dict) else None
        return labels if isinstance(labels, dict) else {}


def check(lab: str, tree: Tree, text: Callable[[Path], str], *, own: bool) -> Iterator[Problem]:
    """The manifests of a workspace, which `text` reads.

    `own` are the course's, which have its labels; learners label as they like.
    """
    folder = f"manifests/{lab}"
    documents: list[Document] = []
    for path in files_in(tree, folder, [".yaml", ".yml"]).values():
        try:
            found, problems = read(path, text)
        except Broken as broken:
            found, problems = [], list(broken.problems)
        yield from problems
        documents += found
        if not found and not problems:
            yield Problem(path, 1, "holds no object. Write one, or remove the file")
    for document in documents:
        yield from shape(document)
    if own:
        yield from _labels(lab, documents)
    yield from _not_applied(folder, tree)


def read(path: Path, content: Callable[[Path], str] = text_of) -> tuple[list[Document], list[Problem]]:
    """The documents of a file, and what is wrong with it as YAML. Raises `Broken` when nothing can be read."""
    import yaml

    text = content(path)
    documents: list[Document] = []
    problems: list[Problem] = []
    line = 1
    try:
        _require_small(path, text)
        loader = yaml.CSafeLoader(text)
        while loader.check_node():
            node = loader.get_node()
            if node is None:
                continue
            line = _line(node)
            problems += [Problem(path, at, f"the key {key!r} is twice in one object") for at, key in _twice(node)]
            value = loader.construct_document(node)
            if value is not None:
                documents.append(Document(path, line, value))
    except yaml.YAMLError as error:
        problems.append(_not_yaml(path, text, error))
    except _CONSTRUCTION as error:
        problems.append(Problem(path, line, f"has a value that YAML cannot read: {error}"))
    return documents, problems


def _not_yaml(path: Path, text: str, error: Any) -> Problem:
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    mark = getattr(error, "problem_mark", None)
    # Characters that YAML does not allow are told by their offset in bytes, everything else by a line.
    line = mark.line if mark else text.encode()[: getattr(error, "position", 0)].count(b"\n")
    return Problem(path, line + 1, f"is not YAML: {what}")


def _require_small(path: Path, text: str) -> None:
    """Raise `Broken` for what ends the process, or takes forever, when it is made into objects."""
    import yaml

    depth = aliases = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        aliases += isinstance(event, yaml.AliasEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise Broken(Problem(path, _line(event), f"has more than {DEEPEST} levels"))
        if aliases > ALIASES:
            raise Broken(Problem(path, _line(event), f"has more than {ALIASES} aliases (*name)"))


def _twice(root: Any) -> Iterator[tuple[int, str]]:
    """(line, key) of keys that stand twice in one object: Kubernetes refuses them, YAML takes the last."""
    import yaml

    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            keys = set()
            for key, value in node.value:
                waiting.append(value)
                if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                    if key.value in keys:
                        yield _line(key), key.value
                    keys.add(key.value)


def shape(document: Document) -> Iterator[Problem]:
    """What keeps a document from being a Kubernetes object."""
    value = document.value
    if not isinstance(value, dict):
        yield Problem(document.path, document.line, "is no object with apiVersion, kind and metadata")
        return
    missing = [key for key in ("apiVersion", "kind") if not (isinstance(value.get(key), str) and value[key])]
    metadata = value.get("metadata")
    if not isinstance(metadata, dict) or not (isinstance(metadata.get("name"), str) and metadata["name"]):
        missing.append("metadata.name")
    if missing:
        yield Problem(document.path, document.line, f"an object has no {', '.join(missing)}")


def _labels(lab: str, documents: list[Document]) -> Iterator[Problem]:
    if not any(PART_OF in document.labels for document in documents):
        return
    for document in documents:
        value = document.labels.get(PART_OF)
        if value != lab and isinstance(document.value, dict):
            says = f"has the label {PART_OF}: {value}" if value is not None else f"has no label {PART_OF}"
            yield Problem(document.path, document.line, f"an object {says}. Set it to {lab}")


def _not_applied(folder: str, tree: Tree) -> Iterator[Problem]:
    for place, path in tree.items():
        pure = PurePosixPath(place)
        if not place.startswith(f"{folder}/") or pure.suffix not in (".yaml", ".yml", ".json"):
            continue
        if str(pure.parent) != folder:
            yield Problem(path, 1, f"is not applied: only files in {folder} itself are")
        elif pure.suffix == ".json":
            yield Problem(path, 1, "is not applied: only *.yaml and *.yml are")


def _line(node: Any) -> int:
    """The line, counted from 1, on which a node or an event begins."""
    return int(node.start_mark.line) + 1
