"""A copy of the course in a folder of its own, and a record as a verified run writes it."""

# ruff: noqa: E501 - outputs of commands have the width that they have
import json
import shutil
from pathlib import Path
from typing import Any

from eks_labs.course import Course, Lab, Step

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("labs", "checks", "terraform", "manifests", "site")

NODES = """\
NAME                        STATUS   ROLES    AGE   VERSION               INTERNAL-IP   EXTERNAL-IP    OS-IMAGE         KERNEL-VERSION   CONTAINER-RUNTIME
ip-10-0-0-226.ec2.internal  Ready    <none>   41s   v1.33.4-eks-113cf36   10.0.0.226    54.214.0.10    Amazon Linux 2023   6.1.0-x86_64     eks-labs://0.1.0
"""

PODS = """\
NAMESPACE     NAME                       READY   STATUS    RESTARTS   AGE   IP           NODE                         NOMINATED NODE   READINESS GATES
kube-system   aws-node-cp8xw             1/1     Running   0          40s   10.0.0.226   ip-10-0-0-226.ec2.internal   <none>           <none>
kube-system   coredns-6b9575c64c-hd5qg   1/1     Running   0          55s   10.0.0.35    ip-10-0-0-226.ec2.internal   <none>           <none>
kube-system   coredns-6b9575c64c-wvqzl   1/1     Running   0          55s   10.0.0.141   ip-10-0-0-226.ec2.internal   <none>           <none>
kube-system   kube-proxy-5nrkf           1/1     Running   0          40s   10.0.0.226   ip-10-0-0-226.ec2.internal   <none>           <none>
"""

TABLE = """\
----------------------------------------------------------------------
|                      DescribeNetworkInterfaces                     |
+-------------------------------------------------+------------------+
|                    Addresses                    |    Interface     |
+-------------------------------------------------+------------------+
|  10.0.0.226, 10.0.0.35, 10.0.0.141, 10.0.0.77   |  eni-0a1b2c3d4e  |
|  10.0.0.12, 10.0.0.190, 10.0.0.201, 10.0.0.8    |  eni-0f9e8d7c6b  |
+-------------------------------------------------+------------------+
"""

EVENTS = """\
LAST SEEN   TYPE      REASON             OBJECT                     MESSAGE
3s          Warning   FailedScheduling   pod/web-7c5ddbdf54-2m9xk   0/1 nodes are available: 1 Too many pods. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.
"""


def copy_course(folder: Path) -> Path:
    """What the site is made of, as a course in `folder`, without records."""
    for part in PARTS:
        shutil.copytree(
            ROOT / part, folder / part, ignore=shutil.ignore_patterns("record.json", "__pycache__", "build")
        )
    shutil.copy(ROOT / "mkdocs.yml", folder)
    return folder


def write_records(root: Path) -> None:
    """A record for each lab of the course at `root`."""
    for lab in Course(root).labs():
        (lab.folder / "record.json").write_text(json.dumps(record_of(lab), indent=2))


def record_of(lab: Lab) -> dict[str, Any]:
    """A verified run of the lab as its feature file is now."""
    scenarios = [
        {
            "name": scenario.name,
            "outcome": "passed",
            "seconds": 4.2,
            "steps": [
                {
                    "text": step.text,
                    "docstring": step.docstring or None,
                    "seconds": 1.3,
                    **({"command": _command(step)} if step.docstring else {}),
                }
                for step in scenario.steps
            ],
        }
        for scenario in lab.scenarios()
        if not scenario.exercise
    ]
    stages = {
        "A world starts": 1.9,
        "Terraform applies": 61.4,
        "Manifests are applied": 0.8,
        "Scenarios run": 48.0,
        "Terraform destroys what it made": 22.0,
        "Is anything left?": 0.1,
        "The target ends": 0.2,
    }
    return {
        "target": "local",
        "kubernetes_version": "1.33",
        "date": "2025-11-24",
        "seconds": sum(stages.values()),
        "stages": [{"name": name, "seconds": seconds} for name, seconds in stages.items()],
        "waits": [{"address": "module.network.aws_vpc.this", "action": "create", "seconds": 10.1}],
        "scenarios": scenarios,
    }


def _command(step: Step) -> dict[str, Any]:
    return {"vantage": "laptop", "exit_code": 0, "output": _output(step).rstrip("\n")}


def _output(step: Step) -> str:
    commands = step.docstring
    said = ""
    if "update-kubeconfig" in commands:
        said += "Updated context arn:aws:eks:us-east-1:123456789012:cluster/chapter07 in /home/learner/.kube/config\n"
    if "get nodes -o wide" in commands:
        said += NODES
    if "get pods" in commands:
        said += PODS
    if "get events" in commands:
        said += EVENTS
    if "describe-network-interfaces" in commands:
        said += TABLE
    if "scale" in commands:
        said += "deployment.apps/web scaled\n"
    return said
