"""What processes hold in memory is counted, and once, whichever way they hold it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from eks_labs.grading import memory

MB = 10**6
MUCH = 50 * MB
NAMESPACES = ("unshare", "--user", "--map-root-user", "--mount")
FILL = f"head -c {MUCH} /dev/zero"


@contextmanager
def running(*line: str) -> Iterator[int]:
    """A command that says a line when it is ready, and ends with its input; its process id."""
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        yield child.pid
        child.stdin.close()


@contextmanager
def held_by(*line: str) -> Iterator[int]:
    """What such a command holds, with the process that it may have forked."""
    with running(*line) as pid:
        pids = [pid, *_children(pid)]
        held = memory.held(pids)
        assert held <= memory.at_most(pids) + 4 * MB  # the kernel's sums of the machine's memory are about right
        yield held


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def shell(script: str) -> tuple[str, ...]:
    """A script's line where it may mount."""
    return (*NAMESPACES, "sh", "-ec", f"{script}\necho ready\nread -r _ || exit 0")


def python(script: str) -> tuple[str, ...]:
    return (sys.executable, "-c", f"import mmap, os\n{script}\nprint('ready', flush=True)\nos.read(0, 1)")


NOTHING = python("")


@pytest.fixture(scope="module")
def little() -> int:
    """What a Python holds that does nothing."""
    with held_by(*NOTHING) as held:
        return held


def about(held: int, little: int, expected: int) -> bool:
    """Less than half of `MUCH` away: what a fork has not written to counts for both."""
    return abs(held - little - expected) < 20 * MB


def test_a_process_that_has_ended_holds_nothing() -> None:
    with running(*NOTHING) as pid:
        pass
    assert memory.held([pid]) == 0


def test_memory_of_its_own(little: int) -> None:
    with held_by(*python(f"x = b'x' * {MUCH}")) as held:
        assert about(held, little, MUCH)


def test_at_most_it_holds_its_own_and_what_is_in_no_process(little: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_elsewhere", lambda: 3 * MB)
    assert memory.at_most([]) == 3 * MB
    with running(*python(f"x = b'x' * {MUCH}")) as pid:
        assert about(memory.at_most([pid]), little, MUCH + 3 * MB)


def test_memory_of_a_process_whose_first_thread_has_ended(little: int) -> None:
    ends = """
import ctypes, threading
def go_on():
    x = b'x' * %d
    print('ready', flush=True)
    os.read(0, 1)
    os._exit(0)
threading.Thread(target=go_on).start()
ctypes.CDLL(None).pthread_exit(None)
"""
    with held_by(*python(ends % MUCH)) as held:
        assert about(held, little, MUCH)


@pytest.mark.parametrize("where", ["/mnt", "/mnt/a place", "/mnt/back\\slash", "/mnt/größer"])
def test_a_tmpfs(where: str) -> None:
    script = f"mount -t tmpfs outer /mnt; mkdir -p '{where}'; mount -t tmpfs inner '{where}'; {FILL} > '{where}/file'"
    with held_by(*shell(script)) as held:
        assert MUCH <= held < MUCH + 5 * MB


def test_a_tmpfs_that_several_namespaces_have_counts_once() -> None:
    script = f"mount -t tmpfs it /mnt; {FILL} > /mnt/file; mount --bind /mnt /srv; unshare --mount sleep 1000 &"
    with running(*shell(script)) as pid:
        (other,) = _children(pid)
        held = memory.held([pid, other])
        os.kill(other, 9)
    assert MUCH <= held < MUCH + 5 * MB


def test_the_callers_own_tmpfs_does_not_count(little: int) -> None:
    script = f'mount -t tmpfs it /mnt; {FILL} > /mnt/file; exec "$@"'
    count = "import sys; from eks_labs.grading import memory; print(memory.held([int(sys.argv[1])]))"
    with running(*NAMESPACES, "sh", "-ec", script, "sh", *NOTHING) as pid:
        within = ["nsenter", f"--target={pid}", "--user", "--mount", "--preserve-credentials", sys.executable]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        told = subprocess.check_output([*within, "-c", count, str(pid)], env=environment)
        assert memory.held([pid]) > MUCH
    assert about(int(told), little, 0)


@pytest.mark.parametrize("mount", ["mount -t ramfs it /mnt", "mount -t tmpfs -o size=0 it /mnt"])
def test_a_file_system_that_does_not_tell(mount: str) -> None:
    with running(*shell(mount)) as pid, pytest.raises(memory.Untold, match="without a limit"):
        memory.held([pid])


def test_at_most_it_holds_what_is_in_a_file_system_that_does_not_tell() -> None:
    much = 6 * MUCH  # more than others on this machine have of the kind
    with running(*shell(f"mount -t ramfs it /mnt; head -c {much} /dev/zero > /mnt/file")) as pid:
        assert memory.at_most([pid]) > much - 5 * MB


def test_more_mounts_than_are_looked_at() -> None:
    # Each makes the table twice as long.
    script = "mount -t tmpfs it /mnt; mkdir /mnt/a" + 16 * "; mount --rbind /mnt /mnt/a"
    with running(*shell(script)) as pid, pytest.raises(memory.Untold, match="more mounts"):
        memory.held([pid])


def test_more_open_files_than_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_FILES", 5)
    with running(*python("[os.dup(0) for _ in range(5)]")) as pid, pytest.raises(memory.Untold, match="open files"):
        memory.held([pid])


def test_a_memfd_counts_once_whoever_has_it_open(little: int) -> None:
    script = f"it = os.memfd_create('mine'); os.write(it, bytes({MUCH})); os.dup(it)\nif os.fork() == 0: os.read(0, 1)"
    with held_by(*python(script)) as held:
        assert about(held, little, MUCH)


def test_a_shared_mapping_counts_once(little: int) -> None:
    script = f"""
it = mmap.mmap(-1, {MUCH})
it.write(bytes({MUCH}))
read, write = os.pipe()
if os.fork() == 0:
    it.seek(0)
    it.read({MUCH})
    os.close(write)
    os.read(0, 1)
    os._exit(0)
os.close(write)
os.read(read, 1)
"""
    with held_by(*python(script)) as held:
        assert about(held, little, MUCH)
