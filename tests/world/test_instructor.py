"""An instructor's story, from the command line: twenty mixed submissions, graded, one of them again, exported."""

import json
import shutil
import signal
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, Popen
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import pytest

from eks_labs.course import find_course
from eks_labs.learn.submitting import EVIDENCE
from eks_labs.run import workspace
from eks_local.waiting import wait_for
from tests.runs import GRADE, LONGEST, ROOT, Cli
from tests.world.grades import commands, rows

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("grading"), pytest.mark.timeout(1500)]

LAB = "chapter11"
TERRAFORM, SHOP = f"terraform/{LAB}/main.tf", f"manifests/{LAB}/shop.yaml"


def solved(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """The reference solution in `folder`, with (file, old, new) changed."""
    lab = find_course().lab(LAB)
    workspace.hand_in(lab, lab.solution, folder)
    for file, old, new in changes:
        text = (folder / file).read_text()
        assert old in text, (file, old)
        (folder / file).write_text(text.replace(old, new))
    return folder


def untouched(folder: Path) -> None:
    shutil.copytree(ROOT / "terraform" / LAB, folder / "terraform" / LAB)
    shutil.copytree(ROOT / "manifests" / LAB, folder / "manifests" / LAB)


def hand_in(sent: Path) -> dict[str, tuple[str, str, str]]:
    """Write twenty submissions; name → (status, points, words of the reason)."""
    solved(sent / "ann")
    with zipfile.ZipFile(sent / "ben.zip", "w") as archive:
        for file in (sent / "ann").rglob("*.*"):
            archive.write(file, Path("homework") / file.relative_to(sent / "ann"))
    with tarfile.open(sent / "cam.tar.gz", "w:gz") as tar:
        tar.add(sent / "ann", "work")
    solved(sent / "dee", (TERRAFORM, "retention_in_days = 7", "retention_in_days = 14"))
    solved(sent / "eli", (SHOP, "generic-garbage-collector", "the-cat"))
    untouched(sent / "fay")
    shutil.copytree(ROOT / "manifests" / LAB, sent / "gus" / "manifests" / LAB)
    solved(sent / "hal", (TERRAFORM, 'module "network" {', 'module "network"'))
    solved(sent / "ida", (TERRAFORM, "module.network.public_subnet_ids", "module.net.public_subnet_ids"))
    solved(sent / "jon", (SHOP, "data:\n  coffee", "data: [\n  coffee"))
    solved(sent / "kim", (TERRAFORM, '"api", "audit", "authenticator"', '"api", "audit"'))
    solved(sent / "lea")
    shutil.copytree(ROOT / "terraform" / "chapter03", sent / "lea" / "terraform" / "chapter03")
    (sent / "max").mkdir()
    (sent / "nia.zip").write_text("my homework is nice")
    solved(sent / "oli", (SHOP, 'coffee: "2.40"', 'coffee: "2.50"'))
    (solved(sent / "pam") / EVIDENCE).write_text(json.dumps({"lab": LAB, "solved": True}))
    solved(sent / "quin", (TERRAFORM, 'module "network" {', 'resource "acme_thing" "x" {}\n\nmodule "network" {'))
    solved(sent / "ray", (TERRAFORM, '["api", "audit", "authenticator"]', '["authenticator", "api", "audit"]'))
    solved(sent / "sue", (TERRAFORM, "retention_in_days = 7", "retention_in_days = 8"))
    solved(sent / "tom")
    outputs = (ROOT / "terraform" / LAB / "outputs.tf").read_text().replace('"cluster_name"', '"name_of_it"')
    (sent / "tom" / "terraform" / LAB / "outputs.tf").write_text(outputs)
    return {
        "ann": ("graded", "100", ""),
        "ben": ("graded", "100", ""),
        "cam": ("graded", "100", ""),
        "dee": ("graded", "50", ""),
        "eli": ("graded", "50", ""),
        "fay": ("graded", "0", ""),
        "gus": ("graded", "0", ""),
        "hal": ("rejected", "0", "main.tf"),
        "ida": ("rejected", "0", "main.tf"),
        "jon": ("rejected", "0", "shop.yaml"),
        "kim": ("graded", "50", ""),
        "lea": ("rejected", "0", "files of several labs"),
        "max": ("rejected", "0", "neither a folder terraform/"),
        "nia": ("rejected", "0", "neither a folder, nor a zip"),
        "oli": ("graded", "50", ""),
        "pam": ("graded", "100", "has seen the reference solution"),
        "quin": ("rejected", "0", "terraform init failed"),
        "ray": ("graded", "100", ""),
        "sue": ("rejected", "0", "retention_in_days to be one of"),
        "tom": ("graded", "0", ""),
    }


def test_the_story_of_an_instructor(tmp_path: Path) -> None:
    sent, out = tmp_path / "sent", tmp_path / "out"
    sent.mkdir()
    expected = hand_in(sent)
    grade = (*GRADE, str(sent), "--out", str(out), "--patience", "60", "--jobs", "3")
    # Not below ours: worlds are in it, whose sockets have paths of a hundred characters at most.
    with TemporaryDirectory() as temporary:
        ran = Cli(tmp_path)(*grade, env={"TMPDIR": temporary})
        assert list(Path(temporary).iterdir()) == []
    found = rows(out)
    assert len(found) == 20, str(ran)
    assert {name: (row["status"], row["score"]) for name, row in found.items()} == {
        name: (status, points) for name, (status, points, _) in expected.items()
    }, json.dumps(found, indent=1)
    for name, (_, _, words) in expected.items():
        assert words in found[name]["reason"], found[name]
    assert ran.code == 0, str(ran)

    # Dee hands in once more: only that is graded, the rest is as it was.
    written = {name: (out / name / "row.json").stat().st_mtime_ns for name in found}
    shutil.rmtree(sent / "dee")
    solved(sent / "dee")
    again = Cli(tmp_path)(*grade)
    assert again.code == 0, str(again)
    after = rows(out)
    assert after["dee"]["score"] == "100"
    assert {name: row for name, row in after.items() if name != "dee"} == {
        name: row for name, row in found.items() if name != "dee"
    }
    assert (out / "dee" / "row.json").stat().st_mtime_ns > written["dee"]
    _exported(out)


def _exported(out: Path) -> None:
    gradescope = json.loads((out / "eli" / "results.json").read_text())
    assert gradescope["score"] == 50
    assert [(test["score"], test["max_score"]) for test in gradescope["tests"]] == [(50, 50), (0, 50)]
    assert "the-cat" in gradescope["tests"][1]["output"]
    suites = ElementTree.parse(out / "junit.xml").getroot()
    assert len(list(suites.iter("testsuite"))) == 20
    assert "ray" in (out / "report.html").read_text()


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A dask scheduler and a worker, as an instructor starts them; the scheduler's address."""
    dask = ROOT / ".venv" / "bin" / "dask"
    file = folder / "scheduler.json"
    line = [dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file]
    with Popen(line, stdout=DEVNULL, stderr=DEVNULL) as scheduler:
        try:
            wait_for(lambda: file.exists() and file.read_text().strip() != "", what="the scheduler's file", seconds=60)
            address = str(json.loads(file.read_text())["address"])
            worker = [dask, "worker", address, "--nthreads", "2", "--no-nanny", "--no-dashboard"]
            with Popen(worker, stdout=DEVNULL, stderr=DEVNULL, cwd=folder) as child:
                try:
                    yield address
                finally:
                    child.terminate()
        finally:
            scheduler.terminate()


def test_a_batch_on_a_scheduler(tmp_path: Path) -> None:
    sent, out = tmp_path / "sent", tmp_path / "out"
    sent.mkdir()
    solved(sent / "ann")
    (sent / "max").mkdir()
    solved(sent / "jon", (SHOP, "data:\n  coffee", "data: [\n  coffee"))
    nobody = Cli(tmp_path)(*GRADE, str(sent), "--out", str(out), "--scheduler", "tcp://127.0.0.1:9")
    assert nobody.code == 2, str(nobody)
    assert "there is no scheduler at tcp://127.0.0.1:9" in nobody.err
    with cluster(tmp_path) as address:
        ran = Cli(tmp_path)(*GRADE, str(sent), "--out", str(out), "--scheduler", address)
    assert ran.code == 0, str(ran)
    found = rows(out)
    assert {name: (row["status"], row["score"]) for name, row in found.items()} == {
        "ann": ("graded", "100"),
        "jon": ("rejected", "0"),
        "max": ("rejected", "0"),
    }, json.dumps(found, indent=1)


def servers(mark: str) -> list[str]:
    """Worlds in which grading goes on."""
    return [line for line in commands((), mark) if "eks_local.server" in line]


def test_an_interrupted_batch_keeps_what_it_has(tmp_path: Path) -> None:
    sent, out = tmp_path / "handed-in", tmp_path / "grades"
    solved(sent / "ann", (SHOP, "data:\n  coffee", "data: [\n  coffee"))
    solved(sent / "jon")
    with Cli(tmp_path).start(*GRADE, str(sent), "--out", str(out)) as child:
        its = f"eks-labs-grade-{child.pid}-"
        wait_for((out / "ann" / "row.json").exists, what="the first row", seconds=60)
        wait_for(lambda: servers(its) != [], what="the other's world", seconds=60)
        child.send_signal(signal.SIGINT)
        said, errors = child.communicate(timeout=60)
    assert child.returncode == 130, said + errors
    assert "interrupted: 1 of 2 have a row. The same command goes on with the others." in said
    assert errors == ""
    assert list(rows(out)) == ["ann"]
    assert (out / "report.html").is_file()
    assert commands((), its) == []


def test_mutants_of_a_solution_are_found_out_and_leave_nothing(tmp_path: Path) -> None:
    with Cli(tmp_path).start("mutate", LAB, "--limit", "4", "--seed", "3", "--jobs", "2") as child:
        said, errors = child.communicate(timeout=LONGEST)
    assert child.returncode == 0, said + errors
    assert f"{LAB}: " in said
    assert " mutants killed, 100 %" in said
    assert commands((), f"eks-labs-mutate-{child.pid}-") == []
    with Cli(tmp_path).start("mutate", LAB, "--limit", "4") as child:
        its = f"eks-labs-mutate-{child.pid}-"
        wait_for(lambda: commands((), its) != [], what="a mutant on trial", seconds=300)
        child.send_signal(signal.SIGINT)
        said, errors = child.communicate(timeout=120)
    assert child.returncode == 130, said + errors
    assert "of 4 tried when you interrupted it; all of them with: labs mutate" in errors
    assert commands((), its) == []
