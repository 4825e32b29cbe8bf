"""What `labs doctor` finds, and the remedies it gives."""

from pathlib import Path

import pytest

from eks_labs import doctor
from eks_labs.doctor import Finding
from eks_labs.errors import Exit


def _program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def test_everything_has_a_state_and_what_is_missing_a_remedy(tmp_path: Path) -> None:
    findings = doctor.examine(tmp_path / "not" / "there")
    assert {finding.state for finding in findings} <= {"ok", "warn", "fail"}
    assert all(finding.remedy for finding in findings if finding.state != "ok")
    assert {"world", "terraform", "provider", "kubectl", "aws", "disk", "memory", "ports"} <= {f.name for f in findings}


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ('echo \'{"terraform_version": "1.11.4"}\'', "ok"),
        ('echo \'{"terraform_version": "1.9.0-rc1"}\'', "ok"),
        ('echo \'{"terraform_version": "1.5.7"}\'', "fail"),
        ("echo Terraform v0.12; exit 1", "fail"),
    ],
)
def test_terraform_must_be_new_enough(tmp_path: Path, said: str, state: str) -> None:
    path = _program(tmp_path / "bin", "terraform", said)
    found = doctor.terraform(lambda _: str(path))
    assert found.state == state
    assert found.state == "ok" or found.remedy


def test_no_terraform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = doctor.terraform()
    assert found.state == "fail"
    assert "Install Terraform" in found.remedy


@pytest.mark.parametrize(
    ("available", "state"), [("100000", "fail"), ("2000000", "warn"), ("16000000", "ok"), ("much", "warn")]
)
def test_memory(tmp_path: Path, available: str, state: str) -> None:
    source = tmp_path / "meminfo"
    source.write_text(f"MemTotal:       32000000 kB\nMemAvailable:   {available} kB\n")
    assert doctor.memory(source).state == state


def test_disk_says_what_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "DISK", (2**60, 2**61))
    found = doctor.disk(tmp_path / "state")
    assert found.state == "fail"
    assert "at least" in found.found


def test_exit_code() -> None:
    assert doctor.exit_code([Finding("a", "ok", ""), Finding("b", "warn", "")]) is Exit.PASSED
    assert doctor.exit_code([Finding("a", "ok", ""), Finding("b", "fail", "")]) is Exit.TARGET_FAILED
