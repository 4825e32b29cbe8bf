"""What is noted of how a control plane was started, and what becomes of notes that nobody can use."""

import contextlib
import json
from pathlib import Path

import pytest

from eks_local.cluster import head_start
from eks_local.cluster.arguments import Files, OidcProvider
from eks_local.cluster.head_start import Start
from eks_local.cluster.pki import Names
from eks_local.paths import WorldPaths
from tests.cluster.test_arguments import settings

NAMES = Names.of_cluster("host", "172.20.0.0/16", ["198.51.100.1", "10.0.0.4"])
PROVIDER = OidcProvider("https://issuer", "kubernetes", "email", required_claims=(("team", "blue"), ("env", "lab")))


@pytest.mark.parametrize("provider", [None, PROVIDER], ids=["no provider", "a provider"])
def test_what_was_written_is_read(tmp_path: Path, provider: OidcProvider | None) -> None:
    start = Start(NAMES, settings(oidc=provider))
    start.write(Files(tmp_path))
    assert head_start.read(Files(tmp_path)) == start


def noted(**changes: object) -> str:
    folder = {"names": {"dns": ["host"], "addresses": []}, "settings": {"version": "1.35"}}
    return json.dumps({**folder, **changes})


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", noted(), noted(settings=None), noted(names={}), noted(names={"dns": 1})]
)
def test_a_note_that_cannot_be_used_is_none(tmp_path: Path, text: str) -> None:
    Files(tmp_path).start.write_text(text)
    assert head_start.read(Files(tmp_path)) is None


def test_nothing_begins_in_a_new_world_or_in_one_that_was_killed(tmp_path: Path) -> None:
    paths = WorldPaths(tmp_path)
    with contextlib.ExitStack() as owned:
        assert head_start.begin(paths, tmp_path, owned) == {}
        files = Files(paths.cluster("demo"))
        files.folder.mkdir(parents=True)
        Start(NAMES, settings()).write(files)
        assert head_start.begin(paths, tmp_path, owned) == {}
        assert not files.logs.exists()
