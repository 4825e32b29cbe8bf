"""What counts as one submission, what as a folder of them, and of which lab each is."""

from pathlib import Path

import pytest

from eks_labs.grading import submissions
from eks_labs.grading.archives import Unusable

KNOWN = ("chapter07", "chapter07-prefix")


def workspace(root: Path, lab: str = "chapter07", part: str = "terraform") -> Path:
    (root / part / lab).mkdir(parents=True)
    return root


def names(*arguments: Path) -> list[str]:
    return [found.name for found in submissions.find(arguments)]


def test_a_workspace_is_one_and_a_folder_of_them_is_many(tmp_path: Path) -> None:
    workspace(tmp_path / "ann")
    workspace(tmp_path / "bob" / "eks-labs")
    (tmp_path / "cy.tar.gz").touch()
    (tmp_path / "notes.txt").touch()
    (tmp_path / ".cache").mkdir()
    assert names(tmp_path) == ["ann", "bob", "cy", "notes.txt"]
    assert names(tmp_path / "ann", tmp_path / "bob") == ["ann", "bob"]


@pytest.mark.parametrize(("inside", "name"), [("ann", "ann"), ("chapter07", "it"), ("eks-labs", "it")])
def test_a_folder_with_one_workspace_is_a_batch_of_one_unless_that_is_called_as_a_lab_s(
    tmp_path: Path, inside: str, name: str
) -> None:
    workspace(tmp_path / "it" / inside)
    assert names(tmp_path / "it") == [name]
    workspace(tmp_path / "other" / inside)
    assert names(tmp_path / "it", tmp_path / "other") == ["it", "other"]


def test_a_row_is_kept_for_what_is_not_there(tmp_path: Path) -> None:
    assert names(tmp_path / "gone.zip") == ["gone"]


def test_names_are_unique_and_fit_for_files(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        workspace(tmp_path / folder / "same name; rm -rf")
    assert names(tmp_path / "a" / "same name; rm -rf", tmp_path / "b" / "same name; rm -rf") == [
        "same_name_rm_-rf",
        "same_name_rm_-rf-2",
    ]


def test_the_root_may_be_wrapped_in_folders(tmp_path: Path) -> None:
    inner = workspace(tmp_path / "handed-in" / "eks-labs")
    assert submissions.root_of(tmp_path) == inner
    (tmp_path / "second").mkdir()
    with pytest.raises(Unusable, match="neither a folder terraform/"):
        submissions.root_of(tmp_path)


def test_the_lab_is_that_of_its_folders(tmp_path: Path) -> None:
    root = workspace(workspace(tmp_path / "a"), part="manifests")
    (root / "terraform" / "modules").mkdir()
    assert submissions.lab_of(root, KNOWN) == "chapter07"
    with pytest.raises(Unusable, match="several labs: chapter07, chapter07-prefix"):
        submissions.lab_of(workspace(root, "chapter07-prefix"), KNOWN)
    with pytest.raises(Unusable, match="no lab of this course"):
        submissions.lab_of(workspace(tmp_path / "b", "chapter99"), KNOWN)
