"""What is shown of the host so that `aws` and `kubectl` run on an instance."""

from pathlib import Path

import pytest

from eks_local.node import programs


@pytest.mark.parametrize(
    ("prefix", "base", "shown"),
    [
        ("/home/me/venv", "/home/me/.pyenv/versions/3.12", ["/home/me/venv", "/home/me/.pyenv/versions/3.12"]),
        ("/home/me/venv", "/usr", ["/home/me/venv"]),
        ("/usr", "/usr", []),
        ("/opt/python/venv", "/opt/python", ["/opt/python"]),
        ("/opt/python", "/opt/python", ["/opt/python"]),
    ],
)
def test_the_folders_of_python_are_shown_unless_they_are_anyway(
    monkeypatch: pytest.MonkeyPatch, prefix: str, base: str, shown: list[str]
) -> None:
    monkeypatch.setattr("sys.prefix", prefix)
    monkeypatch.setattr("sys.base_prefix", base)
    assert programs.folders() == [Path(folder) for folder in shown]


def test_kubectl_is_the_hosts_when_it_can_be_seen_inside_else_the_node_binary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = tmp_path / "opt/aws/bin"
    monkeypatch.setattr("shutil.which", lambda *_, **__: "/usr/bin/env")
    programs.install(tmp_path)
    assert (links / "kubectl").readlink() == Path("/usr/bin/env")
    for hidden in ("/home/me/bin/kubectl", None):
        monkeypatch.setattr("shutil.which", lambda *_, found=hidden, **__: found)
        programs.install(tmp_path)
        assert (links / "kubectl").readlink() == Path("/opt/eks/bin/eks-node")
    assert (links / "aws").readlink().name == "aws"
