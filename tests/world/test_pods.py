"""Containers in a real world: what they are given, how they live and how they end."""

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from eks_local.waiting import wait_for
from tests.world.lab import LONGEST, Lab, eventually
from tests.world.pods import pod, shell
from tests.worlds import started

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("pods")]

WAIT_FOR_TERM = "trap 'echo bye > /dev/termination-log; exit 0' TERM; echo up; while :; do sleep 0.1; done"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with started(tmp_path_factory.mktemp("pods") / "w", binaries=Lab.binaries()) as world:
        lab = Lab(world)
        lab.make(instanceTypes=["t3.medium"])
        yield lab


def state(lab: Lab, name: str, which: str = "state") -> dict[str, Any]:
    """The state of a Pod's first container."""
    statuses = lab.get(f"pod {name}")["status"].get("containerStatuses") or [{}]
    return dict(statuses[0].get(which, {}))


def waits_because(lab: Lab, name: str, reason: str, stir: Callable[[], object] = lambda: None) -> str:
    """The message with which a container waits, once it does for that reason."""

    def waiting() -> dict[str, Any] | None:
        stir()
        found: dict[str, Any] = state(lab, name).get("waiting", {})
        return found if found.get("reason") == reason else None

    describe = f"kubectl describe pod {name}"
    found = wait_for(
        waiting, what=f"{name} waiting: {reason}", seconds=LONGEST, seen=lambda: lab.sh(describe), poll=0.3
    )
    return str(found.get("message", ""))


def test_volumes_show_what_they_are_made_of(lab: Lab) -> None:
    lab.sh(
        "kubectl create configmap settings --from-literal=colour=green;"
        "kubectl create secret generic key --from-literal=word=hush"
    )
    token = {"audience": "sts.amazonaws.com", "path": "token", "expirationSeconds": 3600}
    items = [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]
    volumes = [
        {"name": "settings", "configMap": {"name": "settings"}},
        {"name": "key", "secret": {"secretName": "key", "defaultMode": 0o400}},
        {"name": "scratch", "emptyDir": {}},
        {"name": "memory", "emptyDir": {"medium": "Memory"}},
        {"name": "self", "downwardAPI": {"items": items}},
        {"name": "token", "projected": {"sources": [{"serviceAccountToken": token}]}},
    ]
    mounts = [{"name": volume["name"], "mountPath": f"/of/{volume['name']}"} for volume in volumes]
    env = [
        {"name": "COLOUR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "colour"}}},
        {"name": "WORD", "valueFrom": {"secretKeyRef": {"name": "key", "key": "word"}}},
    ]
    first = {"image": "busybox", "volumeMounts": mounts}
    lab.apply(
        pod(
            "volumes",
            initContainers=[
                {"name": "one", "command": ["sh", "-c", "echo one > /of/scratch/order"], **first},
                {"name": "two", "command": ["sh", "-c", "echo two >> /of/scratch/order"], **first},
            ],
            volumes=volumes,
            container={"volumeMounts": mounts, "env": env},
        )
    )
    lab.ready("volumes")
    assert lab.inside("volumes", "cat /of/scratch/order").split() == ["one", "two"]
    assert lab.inside("volumes", "cat /of/settings/colour; echo $COLOUR") == "greengreen\n"
    assert lab.inside("volumes", "cat /of/key/word; echo $WORD; stat -Lc %a /of/key/word") == "hushhush\n400\n"
    assert lab.inside("volumes", "cat /of/self/name") == "volumes"
    assert lab.inside("volumes", "cut -d. -f2 /of/token/token").startswith("eyJ")
    assert "tmpfs" in lab.inside("volumes", "df /of/memory")
    assert "Read-only file system" in lab.inside("volumes", "echo no > /of/settings/colour")
    lab.sh("kubectl create configmap settings --from-literal=colour=red --dry-run=client -o yaml | kubectl apply -f -")
    eventually(
        lambda: lab.inside("volumes", "cat /of/settings/colour") == "red",
        "the changed ConfigMap",
        lambda: lab.inside("volumes", "cat /of/settings/colour"),
    )


def test_an_init_container_that_fails_keeps_the_others_from_starting(lab: Lab) -> None:
    failing = {"name": "first", "image": "busybox", "command": ["false"]}
    lab.apply(pod("held", initContainers=[failing], restartPolicy="Never"))
    eventually(
        lambda: lab.get("pod held")["status"]["phase"] == "Failed",
        "failure",
        lambda: lab.sh("kubectl describe pod held"),
    )
    assert "started" not in lab.get("pod held")["status"]["containerStatuses"][0].get("state", {})
    assert lab.sh("kubectl get pod held --no-headers").split()[2] == "Init:Error"


def test_readiness_decides_the_service_and_liveness_the_container(lab: Lab) -> None:
    probe = {"exec": {"command": ["test", "-e", "/tmp/ok"]}, "periodSeconds": 1}
    lab.apply(
        pod("ready", container={"readinessProbe": probe}),
        shell("alive", "touch /tmp/ok; sleep 86400", container={"livenessProbe": {**probe, "failureThreshold": 1}}),
        pod(
            "http",
            (),
            "nginx",
            container={"readinessProbe": {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 1}},
        ),
    )
    lab.ready("http", "alive")
    assert state(lab, "ready").keys() == {"running"}
    assert lab.running("-l app=ready") == 0
    lab.inside("ready", "touch /tmp/ok")
    lab.ready("ready")
    lab.inside("alive", "rm /tmp/ok")
    eventually(
        lambda: lab.get("pod alive")["status"]["containerStatuses"][0]["restartCount"] == 1,
        "a restart",
        lambda: lab.sh("kubectl describe pod alive"),
    )
    assert "Liveness probe failed" in lab.sh("kubectl describe pod alive")


def test_a_container_that_keeps_ending_is_in_crash_loop_back_off(lab: Lab) -> None:
    lab.apply(shell("crash", "echo broken; exit 3"))
    events = "kubectl get events --field-selector involvedObject.name=crash,reason=BackOff"
    eventually(
        lambda: "Back-off restarting failed container main" in lab.sh(events),
        "a back-off",
        lambda: lab.sh("kubectl describe pod crash"),
    )
    # Upstream's kubelet tells of a back-off when it looks again, which may be only when that is over. A change of the
    # Pod makes it look.
    looks = itertools.count()

    def stir() -> None:
        lab.sh(f"kubectl annotate --overwrite pod crash look={next(looks)}")

    message = waits_because(lab, "crash", "CrashLoopBackOff", stir)
    assert "restarting failed container=main" in message
    assert state(lab, "crash", "lastState")["terminated"]["exitCode"] == 3
    assert lab.get("pod crash")["status"]["containerStatuses"][0]["restartCount"] >= 1

    def log_before() -> str:
        # As on any node, the log of a run before the last has gone with its container.
        stir()
        return lab.sh("kubectl logs crash --previous")

    eventually(lambda: log_before() == "broken\n", "the log of the last run", log_before)
    lab.sh("kubectl delete pod crash")


def test_an_image_outside_of_the_catalogue_says_so(lab: Lab) -> None:
    lab.apply(pod("unknown", image="example.com/nobody/knows:1"))
    message = waits_because(lab, "unknown", "ImagePullBackOff")
    assert "example.com/nobody/knows:1" in message
    assert "Failed" in lab.sh("kubectl get events --field-selector involvedObject.name=unknown")
    events = lab.sh("kubectl get events --field-selector involvedObject.name=unknown,reason=Failed -o wide")
    assert "ErrImagePull" in events
    assert "not in the local image catalogue" in events
    lab.sh("kubectl delete pod unknown")


@pytest.mark.parametrize(
    ("script", "grace", "code", "least", "most"),
    [(WAIT_FOR_TERM, 60, 0, 0, 30), ("trap '' TERM; echo up; sleep 86400", 3, 137, 3, 40)],
    ids=["it goes", "it must"],
)
def test_a_container_has_its_grace_after_sigterm(
    lab: Lab, script: str, grace: int, code: int, least: float, most: float
) -> None:
    """A finalizer keeps the Pod's object after its end, for that to be seen."""
    name = f"grace-{grace}"
    lab.apply(shell(name, script, terminationGracePeriodSeconds=grace))
    lab.ready(name)
    eventually(lambda: lab.sh(f"kubectl logs {name}") == "up\n", "the trap", lambda: lab.sh(f"kubectl logs {name}"))
    lab.sh(f"""kubectl patch pod {name} --type=merge -p '{{"metadata":{{"finalizers":["tests/seen"]}}}}'""")
    began = time.monotonic()
    lab.sh(f"kubectl delete pod {name} --wait=false")
    eventually(lambda: "terminated" in state(lab, name), "its end", lambda: lab.sh(f"kubectl describe pod {name}"))
    assert least <= time.monotonic() - began < most
    assert state(lab, name)["terminated"]["exitCode"] == code
    if code == 0:
        assert state(lab, name)["terminated"]["message"] == "bye\n"
    lab.sh(f"""kubectl patch pod {name} --type=merge -p '{{"metadata":{{"finalizers":null}}}}'""")


def test_a_container_may_be_another_user(lab: Lab) -> None:
    lab.apply(
        pod("user", securityContext={"runAsUser": 1000, "runAsNonRoot": True}),
        pod("strict", securityContext={"runAsNonRoot": True}),
    )
    lab.ready("user")
    assert lab.inside("user", "id -u") == "1000\n"
    assert "container has runAsNonRoot and image will run as root" in waits_because(
        lab, "strict", "CreateContainerConfigError"
    )
    lab.sh("kubectl delete pod strict user")


def test_the_runtime_tells_containers_where_aws_is_and_specs_do_not(lab: Lab) -> None:
    lab.apply(
        pod("told"),
        pod("own", container={"env": [{"name": "AWS_ENDPOINT_URL", "value": "http://of-its.own"}]}),
    )
    lab.ready("told", "own")
    assert "AWS_ENDPOINT_URL" not in lab.sh("kubectl get pod told -o yaml")
    assert lab.inside("told", "echo $AWS_ENDPOINT_URL") == "http://192.0.2.10\n"
    assert "<Error>" in lab.inside("told", "curl -s -m 30 $AWS_ENDPOINT_URL/?Action=GetCallerIdentity")
    assert lab.inside("own", "echo $AWS_ENDPOINT_URL") == "http://of-its.own\n"


def test_requests_count_and_what_does_not_fit_waits(lab: Lab) -> None:
    lab.apply(pod("huge", container={"resources": {"requests": {"cpu": "100"}}}))
    eventually(
        lambda: "Insufficient cpu" in lab.sh("kubectl describe pod huge"),
        "a reason",
        lambda: lab.sh("kubectl describe pod huge"),
    )
    lab.sh("kubectl delete pod huge")
