"""A workspace as one file to hand in: the learner's Terraform and manifests, and what is known of how they came about.

`labs grade` takes it. The evidence is the learner's word. A grade comes from the files alone, and from what the seed in
it draws, which stands beside the score.
"""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eks_labs import whole_file
from eks_labs.errors import LabsError
from eks_labs.learn.checking import Checked, to_json
from eks_labs.learn.desk import Desk

EVIDENCE = "submission.json"
_LEFT_OUT = (".terraform", ".git")
_SAME = (2026, 1, 1, 0, 0, 0)
"""The date of every member: the same work makes the same file."""


def pack(desk: Desk, checked: Checked | None, into: Path) -> Path:
    """Write the submission `into` a file; returns it. `checked`: what a check just found, when the world is up.

    Raises `LabsError` when something else is there.
    """
    if into.exists() and not is_submission(into):
        raise LabsError(f"{into}: something else is there", "Name another file with --out.")
    evidence = _evidence(desk, checked)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in _files(desk):
            _add(archive, file.relative_to(desk.folder).as_posix(), file.read_bytes())
        _add(archive, EVIDENCE, json.dumps(evidence, indent=2, ensure_ascii=False).encode())
    whole_file.write(into, packed.getvalue())
    return into


def is_submission(file: Path) -> bool:
    """Whether the file is one that `pack` has written."""
    try:
        with zipfile.ZipFile(file) as archive:
            return EVIDENCE in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def _evidence(desk: Desk, checked: Checked | None) -> dict[str, Any]:
    return {
        "lab": desk.lab.name,
        "seed": desk.lab.seed,
        "values": dict(desk.lab.values),
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "hints": dict(desk.note.hints),
        "solved": desk.note.solved,
        "check": to_json(checked) if checked else None,
    }


def _files(desk: Desk) -> Iterator[Path]:
    name = desk.lab.name
    for folder in ("terraform/" + name, "terraform/modules", "manifests/" + name):
        for file in sorted((desk.folder / folder).rglob("*")):
            kept = not set(_LEFT_OUT) & set(file.parts) and ".tfstate" not in file.name
            if kept and file.is_file() and not file.is_symlink():
                yield file


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, _SAME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    archive.writestr(info, content)
