"""Which instance a person means: by its Name tag, its id, or its private DNS name. Pure."""

from collections.abc import Iterable, Sequence

from eks_local.aws.views import Instance

_BASTION = "bastion"


class NoInstance(LookupError):
    """No running instance is meant, or more than one. The message says which there are."""


def names(instance: Instance) -> set[str]:
    """All that an instance may be called. The bastion of a lab is “bastion”, whatever stands before that in its tag."""
    tag = instance.tags.get("Name", "")
    return {instance.id, instance.private_dns_name, tag, _BASTION if _is_bastion(tag) else ""} - {""}


def find(name: str, instances: Iterable[Instance]) -> Instance:
    """The running instance called `name`. Raises `NoInstance`."""
    running = _running(instances)
    found = [each for each in running if name in names(each)]
    return _only(found, running, f"called “{name}”")


def bastion(instances: Iterable[Instance]) -> Instance:
    """The running instance that is the bastion by its Name tag. Raises `NoInstance`."""
    running = _running(instances)
    found = [each for each in running if _is_bastion(each.tags.get("Name", ""))]
    return _only(found, running, "whose Name tag is “bastion” or ends in “-bastion”")


def _is_bastion(tag: str) -> bool:
    return tag == _BASTION or tag.endswith(f"-{_BASTION}")


def _running(instances: Iterable[Instance]) -> list[Instance]:
    return sorted((each for each in instances if each.state == "running"), key=lambda each: each.id)


def _only(found: Sequence[Instance], running: Sequence[Instance], which: str) -> Instance:
    if len(found) == 1:
        return found[0]
    if found:
        raise NoInstance(f"{len(found)} running instances are {which}; use an id: {_listed(found)}")
    raise NoInstance(f"there is no running instance {which}; there are: {_listed(running)}")


def _listed(instances: Sequence[Instance]) -> str:
    return ", ".join(map(_described, instances)) or "none"


def _described(instance: Instance) -> str:
    return f"{instance.tags.get('Name') or instance.private_dns_name} ({instance.id})"
