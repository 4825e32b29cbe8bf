"""Manifests of a workspace as they are read before anything is applied: whatever a learner left there."""

from pathlib import Path

import pytest

from eks_labs.errors import LabsError
from eks_labs.run.manifests import documents

GOOD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def test_objects_come_in_the_order_of_the_files_and_empty_documents_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text(GOOD.replace("name: a", "name: b"))
    (tmp_path / "a.yaml").write_text(f"---\n---\n{GOOD}---\n{GOOD}")
    (tmp_path / "README.md").write_text("no manifest")
    names = [(file.name, body["metadata"]["name"]) for file, body in documents(tmp_path)]
    assert names == [("a.yaml", "a"), ("a.yaml", "a"), ("b.yml", "b")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: [1", ":2: is not YAML"),
        (b"- a\n", "m.yaml:1: "),
        (b"kind: Pod\n", "m.yaml:1: "),
        (b"apiVersion: v1\nkind: Pod\nmetadata: {}\n", "metadata.name"),
        (GOOD.encode() + b"data: {when: 2024-99-99}\n", "cannot read"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[" * 100_000, "levels"),
        (b"", None),
    ],
)
def test_what_is_no_manifest_is_said_with_its_file(tmp_path: Path, content: bytes, said: str | None) -> None:
    (tmp_path / "m.yaml").write_bytes(content)
    if said is None:
        assert list(documents(tmp_path)) == []
        return
    with pytest.raises(LabsError, match=r"m\.yaml") as refused:
        list(documents(tmp_path))
    assert said in refused.value.what


def test_a_folder_in_a_files_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").mkdir()
    with pytest.raises(LabsError, match=r"m\.yaml"):
        list(documents(tmp_path))
