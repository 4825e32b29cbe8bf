"""What is shown of the host so that `aws` and `kubectl` run on an instance."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from eks_local.node import programs


@pytest.mark.parametrize(
    ("base", "packages", "shown"),
    [
        ("/home/me/py", "/home/me/venv", {"/home/me/py": "/opt/aws/python", "/home/me/venv": "/opt/aws/packages"}),
        ("/usr", "/home/me/venv", {"/home/me/venv": "/opt/aws/packages"}),
        ("/usr/local", "/usr/local/lib/python3/dist-packages", {}),
    ],
)
def test_python_and_its_packages_are_shown_at_places_of_the_instance_unless_they_are_anyway(
    monkeypatch: pytest.MonkeyPatch, base: str, packages: str, shown: dict[str, str]
) -> None:
    found = SimpleNamespace(origin=f"{packages}/awscli/__init__.py")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: found)
    monkeypatch.setattr("sys.base_prefix", base)
    assert programs.folders() == {Path(outside): Path(inside) for outside, inside in shown.items()}


def test_kubectl_is_the_hosts_when_it_can_be_seen_inside_else_the_nodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = tmp_path / "opt/aws/bin"
    monkeypatch.setattr("shutil.which", lambda *_, **__: "/usr/bin/env")
    programs.install(tmp_path)
    assert (links / "kubectl").readlink() == Path("/usr/bin/env")
    for hidden in ("/home/me/bin/kubectl", None):
        monkeypatch.setattr("shutil.which", lambda *_, found=hidden, **__: found)
        programs.install(tmp_path)
        assert (links / "kubectl").readlink() == Path("/opt/eks/bin/kubectl")
    assert os.access(links / "aws", os.X_OK)
    assert str(Path.home()) not in (links / "aws").read_text()
