"""Rules of security groups that keep what they are said to be for, also when they name a group or a prefix list."""

from collections.abc import Iterator
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroupRule

_DESCRIPTION = "Description"


class Rule(SecurityGroupRule):
    """moto's rule. Its description is no part of what makes it the same as another: EC2 revokes by the rest."""

    source_group: dict[str, str]
    prefix_list_description: str | None = None

    @property
    def description(self) -> str | None:
        """What the rule is for, whatever kind of peer it has."""
        return self.ip_range.get(_DESCRIPTION) or self.source_group.get(_DESCRIPTION) or self.prefix_list_description

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecurityGroupRule):
            return NotImplemented
        group: dict[str, str] = self.source_group
        others: dict[str, str] = other.source_group
        # moto compares them whole.
        self.source_group, other.source_group = _plain(group), _plain(others)
        try:
            return super().__eq__(other)
        finally:
            self.source_group, other.source_group = group, others

    __hash__ = None  # type: ignore[assignment]


class DescribedRuleBackend(EC2Backend):
    """moto's EC2, whose rules are of the class above."""

    def _iterate_security_rules(self, *args: Any, **kwargs: Any) -> Iterator[SecurityGroupRule]:
        *_, prefix_lists = args
        said = {item["PrefixListId"]: item.get(_DESCRIPTION) for item in prefix_lists}
        for rule in super()._iterate_security_rules(*args, **kwargs):
            # moto makes them itself, and knows no other class.
            rule.__class__ = Rule
            rule.prefix_list_description = said.get(rule.prefix_list_id)
            yield rule


def _plain(group: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in group.items() if key != _DESCRIPTION}
