"""`lab.laptop_at`: the laptop is elsewhere for a while, and home again whatever happens meanwhile."""

from contextlib import suppress
from typing import Any, cast

import pytest
from checks.steps.endpoint import api_answers, api_does_not_answer

from eks_labs.checks import CheckFailed
from eks_labs.checks.commands import CommandResult
from eks_labs.checks.context import CheckContext
from eks_labs.checks.handover import Handover
from eks_labs.targets import Reach

HOME = "203.0.113.10"


class _Eks:
    def __init__(self, *cidrs: str, public: bool = True) -> None:
        config = {"endpointPublicAccess": public, "endpointPrivateAccess": True, "publicAccessCidrs": list(cidrs)}
        self._cluster = {"endpoint": "https://x.eks.amazonaws.com", "resourcesVpcConfig": config}

    def describe_cluster(self, **_: str) -> Any:
        return {"cluster": self._cluster}


class _Target:
    """A target whose laptop has the address `at`; None when it cannot be given one."""

    def __init__(self, at: str | None, eks: _Eks | None = None) -> None:
        self.at = at
        self.been: list[str] = []
        self._eks = eks

    def laptop_address(self, change: str | None = None) -> str | None:
        if change is not None:
            self.been.append(change)
            self.at = change
        return self.at

    def client(self, _: str) -> Any:
        return self._eks


def context(target: _Target) -> CheckContext:
    handover = Handover(
        lab="demo",
        target="local",
        region="us-east-1",
        workspace="/w",
        state_dir="/s",
        observe_from="laptop",
        outputs={"cluster_name": "demo"},
        environment={},
        scenarios=(),
    )
    return CheckContext(handover, cast(Reach, target))


def test_it_is_home_again_after_a_failure() -> None:
    target = _Target(HOME)
    with suppress(CheckFailed), context(target).laptop_at("203.0.113.77") as moved:
        assert moved
        raise CheckFailed("this", "that")
    assert target.been == ["203.0.113.77", HOME]
    assert target.at == HOME


def test_one_that_cannot_move_stays() -> None:
    with context(_Target(None)).laptop_at("203.0.113.77") as moved:
        assert not moved


@pytest.mark.parametrize("let_in", ["203.0.113.77", HOME])
def test_the_laptop_tries_from_the_address(monkeypatch: pytest.MonkeyPatch, let_in: str) -> None:
    target = _Target(HOME, _Eks("0.0.0.0/0"))
    lab = context(target)

    def probe(vantage: str, text: str, seconds: float = 0) -> CommandResult:
        assert vantage == "laptop"
        return CommandResult(vantage, text, "", 0 if target.at == let_in else 28, 0.1)

    monkeypatch.setattr(lab, "probe", probe)
    if let_in == HOME:
        api_does_not_answer(lab, "203.0.113.77")
    else:
        api_answers(lab, "203.0.113.77")
        with pytest.raises(CheckFailed):
            api_does_not_answer(lab, "203.0.113.77")
    assert target.at == HOME
    assert "203.0.113.77" in target.been


def test_where_it_cannot_move_the_cidrs_decide() -> None:
    lab = context(_Target(None, _Eks("203.0.113.0/25", "193.16.23.16/28")))
    for address in ("203.0.113.1", "203.0.113.126", "193.16.23.17"):
        api_answers(lab, address)
    for address in ("203.0.113.128", "193.16.23.32"):
        api_does_not_answer(lab, address)
    # Without a public endpoint its list says nothing.
    api_does_not_answer(context(_Target(None, _Eks("0.0.0.0/0", public=False))), "203.0.113.1")
