"""Parts of a snapshot: a gate for calls, copies without holes, a process that stands still."""

import sys
import threading
from pathlib import Path

import pytest

from eks_local import snapshots
from eks_local.aws.gate import Gate
from eks_local.paths import WorldPaths
from eks_local.processes import Process
from eks_local.sandbox.errors import WorldError
from eks_local.waiting import wait_for


def test_calls_wait_while_the_gate_is_held() -> None:
    gate, passed = Gate(), threading.Event()

    def call() -> None:
        with gate.passage():
            passed.set()

    with gate.held() as empty:
        assert empty
        caller = threading.Thread(target=call)
        caller.start()
        assert not passed.wait(0.1)
    assert passed.wait(5)
    caller.join(5)


def test_the_gate_says_when_a_call_does_not_end() -> None:
    gate, inside, leave = Gate(), threading.Event(), threading.Event()

    def call() -> None:
        with gate.passage():
            inside.set()
            leave.wait(5)

    caller = threading.Thread(target=call)
    caller.start()
    assert inside.wait(5)
    with gate.held(patience=0.05) as empty:
        assert not empty
    leave.set()
    caller.join(5)
    with gate.held() as empty:
        assert empty


def test_clusters_are_copied_without_logs_and_holes(tmp_path: Path) -> None:
    source, target = WorldPaths(tmp_path / "source"), WorldPaths(tmp_path / "target")
    data = source.cluster("demo") / "etcd" / "member"
    data.mkdir(parents=True)
    with (data / "0.wal").open("wb") as file:
        file.write(b"begin")
        file.seek(32 << 20)
        file.write(b"end")
        file.truncate(64 << 20)
    (data / "0.tmp").write_bytes(b"made in advance")
    (source.cluster("demo") / "logs").mkdir()
    target.root.mkdir()
    snapshots.copy_clusters(source, target)
    copied = target.cluster("demo") / "etcd" / "member" / "0.wal"
    assert copied.read_bytes() == (data / "0.wal").read_bytes()
    assert copied.stat().st_blocks * 512 < 1 << 20
    assert [path.name for path in copied.parent.iterdir()] == ["0.wal"]
    assert not (target.cluster("demo") / "logs").exists()


@pytest.mark.parametrize("label", [None, "{", '{"region": "us-east-1", "format": 0}', '{"other": 1}'])
def test_what_is_no_snapshot_is_refused_before_anything_is_touched(tmp_path: Path, label: str | None) -> None:
    (tmp_path / "snapshot").mkdir()
    if label is not None:
        (tmp_path / "snapshot" / "snapshot.json").write_text(label)
    kept = WorldPaths(tmp_path / "world").cluster("demo")
    kept.mkdir(parents=True)
    with pytest.raises(WorldError, match="snapshot"):
        snapshots.lay(tmp_path / "snapshot", WorldPaths(tmp_path / "world"))
    assert kept.is_dir()


def test_a_suspended_process_does_nothing_and_then_goes_on(tmp_path: Path) -> None:
    count = (
        "import sys, time\nn = 0\nwhile True:\n    n += 1\n    open(sys.argv[1], 'w').write(str(n)); time.sleep(0.001)"
    )
    file = tmp_path / "count"
    process = Process("counter", [sys.executable, "-c", count, str(file)], log=tmp_path / "log")
    try:
        wait_for(lambda: file.exists() and file.read_text(), what="the first number", seconds=10)
        with process.suspended():
            seen = file.stat().st_mtime_ns, file.read_text()
            threading.Event().wait(0.1)
            assert (file.stat().st_mtime_ns, file.read_text()) == seen
        wait_for(lambda: file.stat().st_mtime_ns > seen[0], what="another number", seconds=10)
    finally:
        process.end()
