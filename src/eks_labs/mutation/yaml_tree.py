"""Kubernetes manifests as nodes."""

from dataclasses import replace
from typing import Any

import yaml

from eks_labs.mutation.tree import Node, cuts, line_start


def read(text: str) -> Node:
    """The objects of a file, each under the key "Kind NAMESPACE/NAME". Raises `yaml.YAMLError`."""
    documents = [node for node in yaml.compose_all(text, Loader=yaml.SafeLoader) if node is not None]
    objects = [_node(_called(node), node, text) for node in documents]
    spans = [(found.start, found.end) for found in objects]
    # An object that goes leaves its `---`: an empty document is none.
    objects = [replace(found, begin=span[0], cut=span) for found, span in zip(objects, spans, strict=True)]
    return Node("", "mapping", 1, 0, len(text), children=tuple(objects))


def _node(key: str, node: Any, text: str) -> Node:
    line, start, end = node.start_mark.line + 1, node.start_mark.index, _end(node, text)
    if isinstance(node, yaml.ScalarNode):
        block = node.style in ("|", ">")
        return Node(key, "expression" if block else "scalar", line, start, end, node.value, bool(node.style), node.tag)
    if isinstance(node, yaml.MappingNode):
        pairs = [(str(name.value), name, value) for name, value in node.value]
        spans = [(name.start_mark.index, _end(value, text)) for _, name, value in pairs]
        children = [
            replace(_node(called, value, text), line=name.start_mark.line + 1, begin=name.start_mark.index, cut=cut)
            for (called, name, value), cut in zip(pairs, cuts(text, spans, lines=not node.flow_style), strict=True)
        ]
        return Node(key, "mapping", line, start, end, children=tuple(children))
    spans = [(_item_start(item, text, flow=bool(node.flow_style)), _end(item, text)) for item in node.value]
    placed = zip(node.value, cuts(text, spans, lines=not node.flow_style), strict=True)
    children = [replace(_node(str(number), item, text), cut=cut) for number, (item, cut) in enumerate(placed)]
    return Node(key, "sequence", line, start, end, children=tuple(children))


def _end(node: Any, text: str) -> int:
    """A block collection ends for PyYAML where the next token begins; for us where its last line does."""
    end = int(node.end_mark.index)
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        return line_start(text, end) if end < len(text) or text.endswith("\n") else end
    return end


def _item_start(item: Any, text: str, *, flow: bool) -> int:
    """With its dash."""
    start = int(item.start_mark.index)
    return start if flow else text.rindex("-", 0, start)


def _called(node: Any) -> str:
    value = {str(name.value): inner for name, inner in node.value} if isinstance(node, yaml.MappingNode) else {}
    metadata = value.get("metadata")
    named = metadata.value if isinstance(metadata, yaml.MappingNode) else ()
    own = {str(name.value): str(inner.value) for name, inner in named}
    kind = str(value["kind"].value) if "kind" in value else "?"
    namespace = f"{own['namespace']}/" if "namespace" in own else ""
    return f"{kind} {namespace}{own.get('name', '?')}"
