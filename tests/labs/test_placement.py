"""Which nodes a Pod's spec lets it run on: the rules of nodeSelector, node affinity, taints and tolerations."""

from collections.abc import Sequence
from typing import Any

import pytest
from checks.placement import chooses, lets_on, repelling
from kubernetes import client

BATCH = "workload=batch:NoSchedule"


def node(labels: dict[str, str] | None = None, *taints: str) -> Any:
    """A node with labels, and with taints written as kubectl writes them."""
    metadata = client.V1ObjectMeta(name="n1", labels=labels)
    return client.V1Node(metadata=metadata, spec=client.V1NodeSpec(taints=[taint(text) for text in taints] or None))


def taint(text: str) -> Any:
    rest, _, effect = text.rpartition(":")
    key, _, value = rest.partition("=")
    return client.V1Taint(key=key, value=value or None, effect=effect)


def spec(*, terms: Sequence[Any] | None = None, tolerations: Sequence[Any] = (), **selector: str) -> Any:
    """A Pod's spec with a nodeSelector, with the terms of a required node affinity, and with tolerations."""
    affinity = None
    if terms is not None:
        required = client.V1NodeSelector(node_selector_terms=list(terms))
        affinity = client.V1Affinity(
            node_affinity=client.V1NodeAffinity(required_during_scheduling_ignored_during_execution=required)
        )
    return client.V1PodSpec(
        containers=[client.V1Container(name="main")],
        node_selector=selector or None,
        affinity=affinity,
        tolerations=list(tolerations) or None,
    )


def needs(key: str, operator: str, *values: str) -> Any:
    return client.V1NodeSelectorRequirement(key=key, operator=operator, values=list(values) or None)


def term(*labels: Any, fields: Sequence[Any] = ()) -> Any:
    return client.V1NodeSelectorTerm(match_expressions=list(labels) or None, match_fields=list(fields) or None)


def test_a_spec_without_rules_takes_any_node_that_takes_it() -> None:
    assert lets_on(spec(), node())
    assert lets_on(spec(), node({"workload": "batch"}))
    assert not lets_on(spec(), node(None, BATCH))


@pytest.mark.parametrize(
    ("labels", "taken"),
    [
        ({"workload": "batch", "disk": "ssd"}, True),
        ({"workload": "batch", "disk": "ssd", "more": ""}, True),
        ({"workload": "batch"}, False),
        ({"workload": "web", "disk": "ssd"}, False),
        (None, False),
    ],
)
def test_every_label_of_a_node_selector_must_be_there(labels: dict[str, str] | None, taken: bool) -> None:
    assert chooses(spec(workload="batch", disk="ssd"), node(labels)) is taken


@pytest.mark.parametrize(
    ("requirement", "taken"),
    [
        (needs("size", "In", "3", "5"), True),
        (needs("size", "In", "3"), False),
        (needs("other", "In", "5"), False),
        (needs("size", "NotIn", "3"), True),
        (needs("size", "NotIn", "5"), False),
        (needs("other", "NotIn", "5"), True),
        (needs("size", "Exists"), True),
        (needs("other", "Exists"), False),
        (needs("size", "DoesNotExist"), False),
        (needs("other", "DoesNotExist"), True),
        (needs("size", "Gt", "4"), True),
        (needs("size", "Gt", "5"), False),
        (needs("size", "Lt", "6"), True),
        (needs("size", "Lt", "5"), False),
        (needs("name", "Gt", "5"), False),
        (needs("other", "Lt", "5"), False),
    ],
)
def test_operators(requirement: Any, taken: bool) -> None:
    assert chooses(spec(terms=[term(requirement)]), node({"size": "5", "name": "x"})) is taken


def test_one_term_is_enough_and_all_of_it_must_hold() -> None:
    a, b = needs("a", "Exists"), needs("b", "Exists")
    assert chooses(spec(terms=[term(a), term(b)]), node({"b": ""}))
    assert not chooses(spec(terms=[term(a, b)]), node({"b": ""}))
    assert chooses(spec(terms=[term(a, b)]), node({"a": "", "b": ""}))


def test_a_term_without_requirements_takes_no_node() -> None:
    assert not chooses(spec(terms=[term()]), node())


def test_a_field_names_the_node() -> None:
    assert chooses(spec(terms=[term(fields=[needs("metadata.name", "In", "n1")])]), node())
    assert not chooses(spec(terms=[term(fields=[needs("metadata.name", "In", "n2")])]), node())


def test_selector_and_affinity_must_both_hold() -> None:
    both = spec(terms=[term(needs("a", "Exists"))], b="1")
    assert chooses(both, node({"a": "", "b": "1"}))
    assert not chooses(both, node({"a": ""}))
    assert not chooses(both, node({"b": "1"}))


@pytest.mark.parametrize(
    ("toleration", "let"),
    [
        ({"key": "workload", "value": "batch", "effect": "NoSchedule"}, True),
        ({"key": "workload", "operator": "Equal", "value": "batch"}, True),
        ({"key": "workload", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "workload", "value": "web", "effect": "NoSchedule"}, False),
        ({"key": "workload"}, False),
        ({"key": "other", "operator": "Exists"}, False),
    ],
)
def test_tolerations(toleration: dict[str, str], let: bool) -> None:
    assert lets_on(spec(tolerations=[client.V1Toleration(**toleration)]), node(None, BATCH)) is let


def test_every_taint_must_be_tolerated_and_one_that_only_asks_need_not() -> None:
    guest = spec(tolerations=[client.V1Toleration(key="workload", operator="Exists")])
    assert not lets_on(guest, node(None, BATCH, "gpu:NoExecute"))
    assert lets_on(guest, node(None, BATCH, "gpu:PreferNoSchedule"))


def test_taints_of_a_nodes_state_are_not_rules() -> None:
    assert repelling(node(None, "node.kubernetes.io/not-ready:NoExecute", "gpu:PreferNoSchedule")) == []
    assert [found.key for found in repelling(node(None, BATCH, "gpu:NoExecute"))] == ["workload", "gpu"]
