"""What comes through when somebody hands in a folder, a zip or a tarball, and what is refused with a reason."""

import contextlib
import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eks_labs.grading.archives import Limits, Unusable, unpack

FILES = {"terraform/chapter07/main.tf": b"# mine\n", "manifests/chapter07/web.yaml": b"kind: Deployment\n"}


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def zipped(path: Path, files: dict[str, bytes], mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


def tarred(path: Path, *members: tuple[tarfile.TarInfo, bytes], how: str = "w:gz") -> Path:
    with tarfile.open(path, how) as archive:  # type: ignore[call-overload]
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def laid_out(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return root


@pytest.mark.parametrize(
    "make",
    [
        lambda tmp: laid_out(tmp / "work", FILES),
        lambda tmp: zipped(tmp / "work.zip", FILES),
        lambda tmp: zipped(tmp / "named-otherwise", FILES),
        *(
            lambda tmp, how=how: tarred(tmp / "work", *((member(n), c) for n, c in FILES.items()), how=how)
            for how in ("w", "w:gz", "w:xz", "w:bz2")
        ),
    ],
)
def test_every_form_comes_through(tmp_path: Path, into: Path, make: Callable[[Path], Path]) -> None:
    unpack(make(tmp_path), into)
    assert contents(into) == FILES


def test_what_tools_leave_behind_is_left_out(tmp_path: Path, into: Path) -> None:
    junk = {"terraform/chapter07/.terraform/providers/x": b"x", "__MACOSX/a": b"x", ".git/config": b"x"}
    unpack(zipped(tmp_path / "a.zip", {**FILES, **junk}), into)
    assert contents(into) == FILES
    again = tmp_path / "again"
    again.mkdir()
    unpack(laid_out(tmp_path / "folder", {**FILES, **junk}), again)
    assert contents(again) == FILES


def link_in_folder(tmp: Path) -> Path:
    folder = laid_out(tmp / "work", FILES)
    (folder / "terraform/chapter07/shadow.tf").symlink_to("/etc/shadow")
    return folder


def pipe_in_folder(tmp: Path) -> Path:
    folder = laid_out(tmp / "work", FILES)
    os.mkfifo(folder / "terraform/pipe.tf")
    return folder


def linked_folder(tmp: Path) -> Path:
    link = tmp / "link"
    link.symlink_to("/etc")
    return link


def encrypted(tmp: Path) -> Path:
    content = bytearray(zipped(tmp / "a.zip", {"a": b"abc"}).read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    (tmp / "a.zip").write_bytes(content)
    return tmp / "a.zip"


def damaged(tmp: Path) -> Path:
    file = zipped(tmp / "a.zip", {"terraform/main.tf": os.urandom(5000)})
    content = bytearray(file.read_bytes())
    content[200:260] = bytes(60)
    file.write_bytes(content)
    return file


def cut_short(tmp: Path) -> Path:
    file = tarred(tmp / "a.tgz", (member("terraform/main.tf"), os.urandom(50_000)))
    file.write_bytes(file.read_bytes()[:20_000])
    return file


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "nothing": (lambda tmp: tmp / "nothing", "no such file"),
    "no archive": (lambda tmp: laid_out(tmp, {"a.zip": b"hello"}) / "a.zip", "neither a folder"),
    "empty file": (lambda tmp: laid_out(tmp, {"a.zip": b""}) / "a.zip", "neither a folder"),
    "damaged": (damaged, "cannot be read"),
    "cut short": (cut_short, "cannot be read"),
    "encrypted": (encrypted, "cannot be read"),
    "absolute": (lambda tmp: zipped(tmp / "a.zip", {"/etc/cron.d/x": b""}), "leads out"),
    "parent": (lambda tmp: zipped(tmp / "a.zip", {"terraform/../../x": b""}), "leads out"),
    "backslashes": (lambda tmp: zipped(tmp / "a.zip", {"..\\..\\x": b""}), "leads out"),
    "tar parent": (lambda tmp: tarred(tmp / "a.tgz", (member("../x"), b"")), "leads out"),
    "symlink in zip": (lambda tmp: zipped(tmp / "a.zip", {"a": b"/etc/shadow"}, stat.S_IFLNK | 0o777), "is a link"),
    "symlink in tar": (lambda tmp: tarred(tmp / "a.tgz", (member("a", tarfile.SYMTYPE, "/etc"), b"")), "is a link"),
    "hard link": (lambda tmp: tarred(tmp / "a.tgz", (member("a", tarfile.LNKTYPE, "/etc/shadow"), b"")), "is a link"),
    "device": (lambda tmp: tarred(tmp / "a.tgz", (member("a", tarfile.BLKTYPE), b"")), "is a device"),
    "symlink in folder": (link_in_folder, "is a link"),
    "pipe in folder": (pipe_in_folder, "is a pipe"),
    "link to a folder": (linked_folder, "it is a link"),
    "twice": (lambda tmp: tarred(tmp / "a.tgz", (member("a"), b"1"), (member("a"), b"2")), "in it twice"),
    "bomb": (lambda tmp: zipped(tmp / "a.zip", {"a": bytes(3_000_000)}), "larger than"),
    "tar bomb": (lambda tmp: tarred(tmp / "a.tgz", (member("a"), bytes(3_000_000))), "larger than"),
    "many": (lambda tmp: zipped(tmp / "a.zip", {f"f{i}": b"" for i in range(60)}), "more than 50 files"),
    "deep": (lambda tmp: zipped(tmp / "a.zip", {"/".join("abcdefghijklmnopqrstuvwxyz"): b""}), "deeper than"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_it_is_refused_with_a_reason_and_nothing_is_written_outside(tmp_path: Path, into: Path, kind: str) -> None:
    make, reason = REFUSED[kind]
    source = make(tmp_path)
    before = {path for path in tmp_path.rglob("*") if into not in path.parents}
    with pytest.raises(Unusable, match=reason):
        unpack(source, into, Limits(files=50, size=2_000_000, depth=20))
    assert {path for path in tmp_path.rglob("*") if into not in path.parents} == before


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    name=st.text(st.characters(codec="utf-8", exclude_categories=()), min_size=1, max_size=40),
    content=st.binary(max_size=20),
)
def test_no_name_of_a_member_leads_out(tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    into = folder / "into"
    into.mkdir()
    try:
        source = tarred(folder / "a.tar", (member(name), content), how="w")
    except (ValueError, UnicodeError):
        return
    with contextlib.suppress(Unusable):
        unpack(source, into)
    assert {path.name for path in folder.iterdir()} == {"a.tar", "into"}
