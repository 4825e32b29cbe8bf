"""Where providers are found, so that `terraform init` needs no network."""

from pathlib import Path

import pytest

from eks_labs.terraform import mirror


def _mirror(folder: Path) -> Path:
    (folder / "registry.example.org" / "hashicorp" / "aws" / "5.100.0" / "linux_amd64").mkdir(parents=True)
    return folder


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "opt"
    folder.mkdir()
    return folder


def test_a_configuration_of_the_user_is_left_alone(tmp_path: Path, empty: Path) -> None:
    own = tmp_path / "own.tfrc"
    own.write_text("")
    assert mirror.configuration({"TF_CLI_CONFIG_FILE": str(own)}, tmp_path, empty) is None


def test_terraformrc_of_the_home_is_left_alone(tmp_path: Path, empty: Path) -> None:
    (tmp_path / ".terraformrc").write_text("")
    assert mirror.configuration({}, tmp_path, empty) is None


def test_a_variable_that_names_no_file_is_not_believed(tmp_path: Path, empty: Path) -> None:
    found = _mirror(empty / "plugins")
    text = mirror.configuration({"TF_CLI_CONFIG_FILE": str(tmp_path / "gone")}, tmp_path, empty)
    assert text is not None
    assert str(found) in text


@pytest.mark.parametrize("where", [".terraform.d/plugins", ".local/share/terraform/plugins"])
def test_implied_mirrors_of_the_home(tmp_path: Path, empty: Path, where: str) -> None:
    found = _mirror(tmp_path / where)
    assert f'"{found}"' in (mirror.configuration({"XDG_DATA_DIRS": str(empty)}, tmp_path, empty) or "")


def test_implied_mirrors_of_the_system(tmp_path: Path, empty: Path) -> None:
    found = _mirror(tmp_path / "share" / "terraform" / "plugins")
    assert f'"{found}"' in (mirror.configuration({"XDG_DATA_DIRS": str(tmp_path / "share")}, tmp_path, empty) or "")


def test_add_on_folders(tmp_path: Path, empty: Path) -> None:
    found = _mirror(empty / "some-mirror")
    (empty / "something-else" / "bin").mkdir(parents=True)
    text = mirror.configuration({"XDG_DATA_DIRS": str(tmp_path / "none")}, tmp_path, empty) or ""
    assert f'"{found}"' in text
    assert "something-else" not in text


def test_nothing_found(tmp_path: Path, empty: Path) -> None:
    assert mirror.configuration({"XDG_DATA_DIRS": str(empty)}, tmp_path, empty) == ""
    cached = {"XDG_DATA_DIRS": str(empty), "TF_PLUGIN_CACHE_DIR": "/var/cache/tf"}
    assert 'plugin_cache_dir = "/var/cache/tf"' in (mirror.configuration(cached, tmp_path, empty) or "")
