"""Control plane logs, from a component's file to a stream of CloudWatch."""

import json
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from eks_local.aws.eks.models import Cluster, LogSetup
from eks_local.changes import Changes
from eks_local.cluster import arguments, audit, log_lines, log_shipper
from eks_local.cluster.arguments import Files
from eks_local.cluster.authenticator_log import AuthenticatorLog, format_line
from eks_local.cluster.log_shipper import SOURCES, LogShipper
from eks_local.cluster.log_tail import Tail
from eks_local.cluster.users import Unmapped, User
from tests.cluster import records
from tests.cluster.test_arguments import settings

NOW = datetime(2026, 11, 25, 23, 0, tzinfo=UTC)


# -- lines


def local(text: str) -> datetime:
    """A moment that a component writes in local time."""
    return datetime.fromisoformat(text).astimezone()


def test_a_line_of_kubernetes_components_has_its_time_and_no_year() -> None:
    line = "I1125 22:57:33.123456   117 flags.go:64] FLAG: --v=2"
    assert log_lines.klog(line, NOW) == local("2026-11-25T22:57:33.123456")
    new_year = local("2027-01-01T00:10:00")
    assert log_lines.klog(line.replace("1125", "1231"), new_year) == local("2026-12-31T22:57:33.123456")
    assert log_lines.klog("goroutine 1 [running]:", NOW) is None


def test_audit_events_have_the_time_of_their_stage_and_the_authenticator_its_own() -> None:
    line = '{"requestReceivedTimestamp":"2026-11-25T22:00:00.1Z","stageTimestamp":"2026-11-25T22:57:33.500000Z"}'
    assert log_lines.audit(line, NOW) == datetime(2026, 11, 25, 22, 57, 33, 500000, tzinfo=UTC)
    assert log_lines.logrus('time="2026-11-25T22:57:33Z" level=info', NOW) == datetime(
        2026, 11, 25, 22, 57, 33, tzinfo=UTC
    )
    assert log_lines.audit('{"stageTimestamp":"soon"}', NOW) is None


def test_a_line_without_a_time_has_that_of_the_line_before_and_events_are_in_order() -> None:
    lines = [b"I1125 22:00:02.000000 1 a", b"  at b.go:1", b"", b"I1125 22:00:01.000000 1 c", b"\xff" * (1 << 19)]
    made = log_lines.events(lines, log_lines.klog, NOW)
    start = int(local("2026-11-25T22:00:00").timestamp() * 1000)
    assert [event["timestamp"] - start for event in made] == [1000, 1000, 2000, 2000]
    assert made[3]["message"] == "  at b.go:1"
    assert len(made[1]["message"]) == log_lines.LARGEST_EVENT
    assert log_lines.events([b"no time"], log_lines.klog, NOW)[0]["timestamp"] == NOW.timestamp() * 1000


# -- files


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_whole_lines_are_read_once(tmp_path: Path) -> None:
    path = tmp_path / "log"
    tail = Tail(path, 0)
    assert tail.read() == []
    append(path, "one\ntwo\nthr")
    assert tail.read() == [b"one", b"two"]
    assert tail.read() == []
    append(path, "ee\n")
    assert tail.read() == [b"three"]
    tail.close()
    assert Tail(path, 4).read() == [b"two", b"three"]


def test_a_line_longer_than_what_is_read_at_a_time_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eks_local.cluster.log_tail.CHUNK", 8)
    (tmp_path / "log").write_text("a" * 20 + "\nb\n")
    tail = Tail(tmp_path / "log", 0)
    assert [*tail.read(), *tail.read()] == [b"a" * 20, b"b"]


def test_what_was_rotated_away_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    append(path, "one\n")
    tail = Tail(path, 0)
    assert tail.read() == [b"one"]
    append(path, "two\n")
    path.rename(tmp_path / "log.1")
    append(path, "three\n")
    assert tail.read() == [b"two"]
    (tmp_path / "log.1").unlink()
    assert tail.read() == [b"three"]


def test_a_file_that_was_emptied_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "log"
    append(path, "a long line\n")
    tail = Tail(path, 0)
    tail.read()
    tail.empty(larger_than=100)
    assert path.stat().st_size == 12
    tail.empty(larger_than=10)
    assert path.stat().st_size == 0
    append(path, "two\n")
    assert tail.read() == [b"two"]
    os.truncate(path, 0)
    append(path, "x\n")
    assert tail.read() == [b"x"]


# -- shipping


@dataclass
class Event:
    message: str
    timestamp: int = 0


@dataclass
class Stream:
    events: list[Event] = field(default_factory=list)

    def put_log_events(self, events: Sequence[log_lines.Event]) -> None:
        self.events += [Event(event["message"], event["timestamp"]) for event in events]


@dataclass
class Group:
    streams: dict[str, Stream] = field(default_factory=dict)


@dataclass
class World:
    """One cluster, and a CloudWatch Logs in the shape of moto's."""

    root: Path
    groups: dict[str, Group] = field(default_factory=dict)
    on: tuple[str, ...] = ()
    status: str = "ACTIVE"
    changes: Changes = field(default_factory=Changes)

    @property
    def aws(self) -> "World":
        return self

    def files(self, _cluster: str) -> Files:
        return Files(self.root)

    def cluster(self, _name: str) -> Cluster:
        return records.cluster(
            status=self.status, cluster_logging=(LogSetup(self.on, True), LogSetup(("scheduler",), False))
        )

    def logs(self) -> "World":
        return self

    def create_log_group(self, name: str, _tags: dict[str, str]) -> None:
        self.groups[name] = Group()

    def create_log_stream(self, group: str, name: str) -> None:
        self.groups[group].streams[name] = Stream()

    def write(self, log_type: str, *lines: str) -> None:
        path = Files(self.root).logs / SOURCES[log_type].file
        path.parent.mkdir(exist_ok=True)
        append(path, "".join(f"{line}\n" for line in lines))

    def arrived(self) -> dict[str, list[str]]:
        """Messages by their stream's name without its number."""
        streams = self.groups["/aws/eks/demo/cluster"].streams if self.groups else {}
        return {name.rpartition("-")[0]: [event.message for event in stream.events] for name, stream in streams.items()}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def shipper(world: World) -> Iterator[LogShipper]:
    made: Any = LogShipper("demo", world)  # type: ignore[arg-type]
    yield made
    made.close()


def test_of_a_cluster_with_logs_from_the_start_the_first_line_arrives(world: World, shipper: LogShipper) -> None:
    world.on = ("api", "audit", "authenticator", "controllerManager", "scheduler")
    for log_type in SOURCES:
        world.write(log_type, f"first of {log_type}")
    shipper.reconcile()
    shipper.reconcile()
    assert world.arrived() == {
        "kube-apiserver": ["first of api"],
        "kube-apiserver-audit": ["first of audit"],
        "authenticator": ["first of authenticator"],
        "kube-controller-manager": ["first of controllerManager"],
        "kube-scheduler": ["first of scheduler"],
    }
    (stream, *_) = world.groups["/aws/eks/demo/cluster"].streams
    assert len(stream.rpartition("-")[2]) == 32


def test_a_log_that_is_off_makes_no_group(world: World, shipper: LogShipper) -> None:
    world.write("api", "line")
    shipper.reconcile()
    assert world.groups == {}
    assert shipper.following == frozenset()


def test_what_is_turned_on_begins_then_and_what_is_turned_off_ends(world: World, shipper: LogShipper) -> None:
    world.write("audit", "before")
    shipper.reconcile()
    world.on = ("audit",)
    shipper.reconcile()
    assert shipper.following == {"audit"}
    world.write("audit", "while")
    shipper.reconcile()
    world.on = ()
    shipper.reconcile()
    world.write("audit", "after")
    shipper.reconcile()
    assert world.arrived() == {"kube-apiserver-audit": ["while"]}
    world.on = ("audit",)
    shipper.reconcile()
    world.write("audit", "again")
    shipper.reconcile()
    assert world.arrived() == {"kube-apiserver-audit": ["while", "again"]}


def test_a_control_plane_that_is_started_again_does_not_ship_its_old_lines(world: World) -> None:
    world.on = ("api",)
    world.write("api", "of the run before")
    later = LogShipper("demo", world)  # type: ignore[arg-type]
    world.write("api", "of this run")
    later.reconcile()
    assert world.arrived() == {"kube-apiserver": ["of this run"]}
    later.close()


def test_whoever_waits_hears_that_a_log_is_followed(world: World, shipper: LogShipper) -> None:
    shipper.reconcile()
    world.on = ("api",)
    heard = threading.Event()
    seen = world.changes.wait(-1, 0)
    waiter = threading.Thread(target=lambda: (world.changes.wait(seen, 10), heard.set()))
    waiter.start()
    shipper.reconcile()
    waiter.join(10)
    assert heard.is_set()
    assert shipper.following == {"api"}


def test_a_group_that_was_deleted_comes_again_while_the_cluster_is_there_and_not_after(
    world: World, shipper: LogShipper
) -> None:
    world.on = ("api",)
    shipper.reconcile()
    world.groups.clear()
    world.write("api", "line")
    shipper.reconcile()
    assert world.arrived() == {"kube-apiserver": ["line"]}
    world.groups.clear()
    world.status = "DELETING"
    shipper.reconcile()
    shipper.close()
    world.status = "ACTIVE"
    world.write("api", "last words")
    shipper.reconcile()
    assert world.groups == {}


def test_a_stream_keeps_its_newest_events(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream([Event(f"{number:04}") for number in range(100)])
    before = stream.events
    log_shipper.trim(stream)
    assert stream.events is before
    monkeypatch.setattr(log_shipper, "MOST_EVENTS", 10)
    log_shipper.trim(stream)
    assert [event.message for event in stream.events] == [f"{number:04}" for number in range(90, 100)]
    monkeypatch.setattr(log_shipper, "MOST_BYTES", 12)
    log_shipper.trim(stream)
    assert [event.message for event in stream.events] == ["0097", "0098", "0099"]
    monkeypatch.setattr(log_shipper, "MOST_BYTES", 3)
    log_shipper.trim(stream)
    assert stream.events == []


def test_files_stay_small_whether_they_are_shipped_or_not(
    world: World, shipper: LogShipper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_shipper, "LARGEST_FILE", 10)
    world.on = ("api",)
    for log_type in SOURCES:
        world.write(log_type, "a long line")
    shipper.reconcile()
    sizes = {log_type: (Files(world.root).logs / source.file).stat().st_size for log_type, source in SOURCES.items()}
    # The API server rotates its audit log by itself.
    assert sizes == {"api": 0, "audit": 12, "authenticator": 0, "controllerManager": 0, "scheduler": 0}
    world.write("api", "next")
    shipper.reconcile()
    assert world.arrived() == {"kube-apiserver": ["a long line", "next"]}


# -- the authenticator


def test_a_line_is_as_logrus_writes_it() -> None:
    line = format_line(
        NOW, "info", "access granted", {"username": "system:node:a", "method": "POST", "groups": '["x"]'}
    )
    said = r'level=info msg="access granted" groups="[\"x\"]" method=POST username="system:node:a"'
    assert line == f'time="2026-11-25T23:00:00Z" {said}'


def test_decisions_name_the_role_and_the_reason(tmp_path: Path) -> None:
    decisions = AuthenticatorLog(tmp_path / "log")
    caller = records.session(path="/team/")
    decisions.granted(caller, User("ops", "uid", ("devs", "ops"), {}))
    decisions.denied(caller, Unmapped("no access entry"))
    decisions.denied(None, Unmapped("expired"))
    granted, denied, unknown = (tmp_path / "log").read_text().splitlines()
    assert 'level=info msg="access granted" arn="arn:aws:iam::123456789012:role/ops" groups="[devs ops]"' in granted
    assert granted.endswith("method=POST path=/authenticate uid=uid username=ops")
    assert (
        'level=warning msg="access denied" arn="arn:aws:iam::123456789012:role/ops" error="no access entry"' in denied
    )
    assert 'msg="access denied" error=expired method=POST' in unknown
    assert log_lines.logrus(granted, NOW) is not None


# -- the audit policy


def level(user: str, verb: str, resource: str, *, group: str = "", groups: Sequence[str] = (), **where: str) -> str:
    """What upstream's rules say of a request: the first that fits."""
    for rule in audit.policy()["rules"]:
        wanted = [r for r in rule.get("resources", ()) if r["group"] == group and resource in r["resources"]]
        named = [r for r in wanted if where.get("name") in r.get("resourceNames", [where.get("name")])]
        if (
            "nonResourceURLs" not in rule
            and ("resources" not in rule or named)
            and user in rule.get("users", [user])
            and verb in rule.get("verbs", [verb])
            and where.get("namespace") in rule.get("namespaces", [where.get("namespace")])
            and ("userGroups" not in rule or set(groups) & set(rule["userGroups"]))
        ):
            return str(rule["level"])
    return "None"


def test_changes_are_logged_with_their_content_but_not_what_is_secret() -> None:
    assert level("dev", "delete", "deployments", group="apps") == "RequestResponse"
    assert level("dev", "get", "deployments", group="apps") == "Metadata"
    for resource in ("secrets", "configmaps", "serviceaccounts/token"):
        for verb in ("create", "update", "patch", "delete", "get"):
            assert level("dev", verb, resource, namespace="default", name="x") == "Metadata"
    assert level("dev", "update", "configmaps", namespace="kube-system", name="aws-auth") == "RequestResponse"
    node = ("system:nodes",)
    assert (
        level("system:node:a", "update", "leases", group="coordination.k8s.io", namespace="kube-node-lease") == "None"
    )
    assert level("system:node:a", "list", "pods", groups=node) == "None"
    assert level("system:node:a", "patch", "pods/status", groups=node) == "Request"
    assert level("system:kube-scheduler", "list", "pods") == "None"
    assert level("system:kube-scheduler", "create", "pods/binding") == "RequestResponse"


def test_the_api_server_always_writes_an_audit_log_that_is_bounded(tmp_path: Path) -> None:
    files = Files(tmp_path)
    audit.write_policy(files)
    assert yaml.safe_load(files.audit_policy.read_text()) == json.loads(json.dumps(audit.policy()))
    argv = arguments.apiserver(settings(), files)
    assert {f"--audit-policy-file={files.audit_policy}", f"--audit-log-path={files.audit_log}"} <= set(argv)
    assert {"--audit-log-maxsize=16", "--audit-log-maxbackup=1", "--audit-log-mode=batch"} <= set(argv)
