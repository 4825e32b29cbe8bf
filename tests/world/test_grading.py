"""`labs grade` from the outside: a mixed batch and a hostile one. A row for each, true scores, and nothing is left."""

import json
import re
import shutil
import stat
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from eks_labs.course import find_course
from eks_labs.learn.desk import NOTE
from eks_labs.run import workspace
from tests.runs import GRADE, ROOT, Cli, Ran
from tests.world.grades import commands, rows

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("grading")]

LAB = "chapter07"


def local_exec(command: str) -> str:
    """A root whose apply runs a command on the grader's machine, or so it hopes."""
    return f"""
resource "terraform_data" "it" {{
  provisioner "local-exec" {{
    command = {json.dumps(command)}
  }}
}}
"""


FLOOD = """
apiVersion: v1
kind: Pod
metadata:
  name: flood
  labels:
    app.kubernetes.io/part-of: chapter07
spec:
  containers:
    - name: flood
      image: busybox
      command: ["sh", "-c", "for i in 1 2 3; do head -c 1G /dev/zero > /memory/$i/it; done; sleep 1000"]
      volumeMounts:
        - {name: one, mountPath: /memory/1}
        - {name: two, mountPath: /memory/2}
        - {name: three, mountPath: /memory/3}
  volumes:
    - {name: one, emptyDir: {medium: Memory}}
    - {name: two, emptyDir: {medium: Memory}}
    - {name: three, emptyDir: {medium: Memory}}
"""
"""A Pod that fills memory which is no process's; each volume is as large as its small node."""


@pytest.fixture(scope="module")
def mark() -> str:
    """In the arguments of whatever a submission leaves behind."""
    return f"left-{uuid.uuid4()}"


@pytest.fixture(scope="module")
def secret() -> Iterator[Path]:
    """A file of the grader's own home."""
    file = Path.home() / f".secret-{uuid.uuid4()}"
    file.write_text("of the grader")
    yield file
    file.unlink()


def manifest(submission: Path, text: str) -> None:
    """Write a submission of one manifest."""
    place = submission / "manifests" / LAB
    place.mkdir(parents=True)
    (place / "web.yaml").write_text(text)


def hostile(folder: Path, secret: Path, mark: str) -> dict[str, tuple[str, str]]:
    """Write the submissions; name → (status, pattern of the reason)."""
    expected: dict[str, tuple[str, str]] = {}

    def root(name: str, text: str, status: str, reason: str = "") -> None:
        place = folder / name / "terraform" / LAB
        place.mkdir(parents=True)
        (place / "evil.tf").write_text(text)
        expected[name] = (status, reason)

    # Succeeds only where none of these can be had; then the lab is as it was, which gets no points.
    shut = " && ".join(
        f"! ( {attempt} )"
        for attempt in (
            f"cat {secret}",
            "cat /etc/shadow",
            f"ls {ROOT / 'labs'}",
            "touch /usr/bin/mine",
            "mount -o remount,rw /usr",
            "echo x > /proc/sys/kernel/core_pattern",
            "ls /proc/*/root/etc/shadow",
            "unshare --user --map-root-user true",
            "curl --silent --max-time 3 http://1.1.1.1/",
            "curl --silent --max-time 3 http://[::1]/",
        )
    )
    root("looks-around", local_exec(shut), "graded")
    root("stays-behind", local_exec(f"(setsid sh -c 'sleep 1000; : {mark}' > /dev/null 2>&1 &); true"), "graded")
    root("hangs", local_exec(f"sleep 1000; : {mark}"), "rejected", "ran longer than 100 s")
    # Whoever is first: the supervisor's count, or the kernel's, without whose threads Terraform crashes.
    root("fork-bomb", local_exec("b() { b | b & }; b; sleep 60"), "rejected", "processes|exit code 2")
    root("floods-output", local_exec("yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "rejected", "said more than")
    root("floods-memory", local_exec("python3 -c 'x = b\"x\" * (4 << 30); input()'"), "rejected", "memory")
    root(
        "floods-disk",
        local_exec("for i in 1 2 3 4 5 6 7 8 9; do head -c 200000000 /dev/zero > /tmp/$i; done; sleep 60"),
        "rejected",
        "wrote more than",
    )
    root("kills-all", local_exec("kill -9 -1"), "rejected", "terraform apply failed")
    root("external", 'data "external" "it" {\n  program = ["id"]\n}\n', "rejected", "terraform init failed")
    root("no-such-provider", 'resource "nothing_thing" "x" {}\n', "rejected", "terraform init failed")
    root("module-from-git", 'module "m" {\n  source = "git::https://192.0.2.1/m.git"\n}\n', "rejected")
    root("reads-files", 'output "x" {\n  value = file("/etc/shadow")\n}\n', "rejected", "terraform apply failed")
    root("not-terraform", "resource {{{", "rejected", f"terraform/{LAB}/evil.tf")

    manifest(folder / "bad-yaml", "a: [1\nb: {")
    expected["bad-yaml"] = ("rejected", "web.yaml")
    (folder / "empty").mkdir()
    expected["empty"] = ("rejected", "neither a folder terraform/")
    (folder / "not-an-archive.zip").write_bytes(b"PK\x03\x04 hello")
    expected["not-an-archive"] = ("rejected", "neither a folder, nor a zip")
    with zipfile.ZipFile(folder / "escapes.zip", "w") as archive:
        archive.writestr(f"terraform/{LAB}/../../../../x.tf", "")
    expected["escapes"] = ("rejected", "leads out")
    with zipfile.ZipFile(folder / "links.zip", "w") as archive:
        info = zipfile.ZipInfo(f"terraform/{LAB}/main.tf")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, str(secret))
    expected["links"] = ("rejected", "is a link")
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"terraform/{LAB}/main.tf", bytes(60_000_000))
    expected["bomb"] = ("rejected", "larger than")
    return expected


def test_a_hostile_batch_gets_a_row_each_and_leaves_nothing(tmp_path: Path, secret: Path, mark: str) -> None:
    sent, out = tmp_path / "sent", tmp_path / "out"
    sent.mkdir()
    expected = hostile(sent, secret, mark)
    before = set(psutil.pids())
    limits = ("--time-limit", "100", "--memory", "3", "--disk", "0.5", "--patience", "3")
    with Cli(tmp_path).start(*GRADE, str(sent), "--out", str(out), "--jobs", "2", *limits) as child:
        said, error = child.communicate(timeout=1000)
    ran = Ran(child.returncode, said, error)
    found = rows(out)
    assert set(found) == set(expected), str(ran)
    for name, (status, reason) in expected.items():
        assert found[name]["status"] == status, (name, found[name])
        assert re.search(reason, found[name]["reason"]), (name, found[name])
        assert found[name]["score"] == "0", (name, found[name])
    assert ran.code == 0, str(ran)
    assert commands(before, mark, str(tmp_path), f"eks-labs-grade-{child.pid}-") == []
    assert "of the grader" not in "".join(file.read_text() for file in out.rglob("*") if file.is_file())


def test_a_pod_that_fills_memory_which_is_no_processs_is_rejected(tmp_path: Path) -> None:
    manifest(tmp_path / "floods-volumes", FLOOD)
    # It takes a Pod to do so, whose start the checks do not wait for: they have to be at it for long enough.
    limits = ("--memory", "3", "--patience", "60")
    ran = Cli(tmp_path)(*GRADE, str(tmp_path / "floods-volumes"), "--out", str(tmp_path / "out"), *limits)
    assert ran.code == 0, str(ran)
    (row,) = rows(tmp_path / "out").values()
    assert (row["status"], row["score"]) == ("rejected", "0"), row
    assert "memory" in row["reason"], row


def test_a_batch_of_true_work_its_hidden_checks_and_a_second_run(tmp_path: Path) -> None:
    sent, out, private = tmp_path / "sent", tmp_path / "out", tmp_path / "private"
    # Both hand in what solves the lab for the seed 1, and only one says that it is theirs.
    for name in ("ann", "dee"):
        theirs = find_course().lab(LAB, "1")
        workspace.prepare(theirs, sent / name, theirs.solution)
    (sent / "ann" / NOTE).write_text(json.dumps({"lab": LAB, "seed": "1"}))
    shutil.copytree(ROOT / "manifests" / LAB, sent / "bob" / "manifests" / LAB)
    (sent / "cy").mkdir()
    private.mkdir()
    (private / f"{LAB}.feature").write_text(
        "Feature: Private\n\n"
        "  @exercise @exact\n  Scenario: The secret count of nodes\n    Then the number of Ready nodes is 2\n"
        '    And the Deployment "web" has <replicas> replicas, all available\n'
    )
    (private / f"{LAB}.toml").write_text(
        '[[exercise]]\nname = "The secret count of nodes"\npoints = 10\nhint = "psst"\n'
    )
    ran = grade(tmp_path, sent, out, "--checks", str(private))
    assert ran.code == 0, str(ran)
    found = rows(out)
    assert {name: (row["status"], row["score"], row["of"]) for name, row in found.items()} == {
        "ann": ("graded", "110", "110"),
        "bob": ("graded", "0", "110"),
        "cy": ("rejected", "0", "0"),
        "dee": ("graded", "40", "110"),
    }
    assert (found["ann"]["seed"], found["ann"]["values"]) == ("1", f"replicas = {theirs.values['replicas']}")
    assert (found["dee"]["seed"], found["dee"]["values"]) == ("", "replicas = 10")
    assert "it names no seed" in found["dee"]["reason"]
    assert "replicas = 10" in json.loads((out / "dee" / "results.json").read_text())["output"]
    for name in found:
        told = (out / name / "results.json").read_text()
        assert "secret" not in told
        assert "psst" not in told
    bob = json.loads((out / "bob" / "results.json").read_text())
    assert [test["visibility"] for test in bob["tests"]] == ["visible", "visible", "hidden"]
    assert all(test["output"] for test in bob["tests"][:2])
    again = grade(tmp_path, sent, out, "--checks", str(private))
    assert again.code == 0
    assert rows(out) == found


def grade(home: Path, sent: Path, out: Path, *more: str) -> Ran:
    return Cli(home)(*GRADE, str(sent), "--out", str(out), "--jobs", "2", *more)
