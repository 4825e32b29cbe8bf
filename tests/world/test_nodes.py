"""Nodes in a real world: who a kubelet is, what its Node says, and how node groups keep their number."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.world.lab import Lab, eventually
from tests.worlds import started

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("nodes")]

KUBECTL = "/opt/eks/bin/kubectl --kubeconfig /var/lib/kubelet/kubeconfig"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A cluster of the oldest version offered: what is newer than it in a node must not matter."""
    with started(tmp_path_factory.mktemp("nodes") / "w", binaries=Lab.binaries()) as world:
        lab = Lab(world)
        lab.make("1.33", scalingConfig={"minSize": 1, "maxSize": 3, "desiredSize": 1}, labels={"tier": "front"})
        yield lab


def nodes(lab: Lab, group: str = "one") -> dict[str, dict[str, Any]]:
    """Ready Nodes of a node group by their instance."""
    found = lab.get(f"nodes -l eks.amazonaws.com/nodegroup={group}")["items"]
    ready = [
        node
        for node in found
        if any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"])
    ]
    return {node["spec"]["providerID"].rpartition("/")[2]: node for node in ready}


def settled(lab: Lab, count: int, group: str = "one") -> dict[str, dict[str, Any]]:
    """The Nodes of a group, once it is ACTIVE with so many and each is a running instance."""

    def there() -> bool:
        running = {i["InstanceId"] for i in lab.instances() if tag(i, "eks:nodegroup-name") == group}
        described = lab.eks.describe_nodegroup(clusterName="demo", nodegroupName=group)["nodegroup"]
        return described["status"] == "ACTIVE" and set(nodes(lab, group)) == running and len(running) == count

    eventually(there, f"{count} nodes of group {group}", lambda: lab.sh("kubectl get nodes"))
    assert len(lab.get(f"nodes -l eks.amazonaws.com/nodegroup={group}")["items"]) == count
    return nodes(lab, group)


def tag(instance: dict[str, Any], key: str) -> str:
    return next((t["Value"] for t in instance.get("Tags", []) if t["Key"] == key), "")


def on_node(lab: Lab, command: str) -> str:
    """What a command on the first node says."""
    return lab.run(command, where=f"node {lab.instance}").said


def test_a_kubelet_serves_with_the_certificate_that_its_instance_has(lab: Lab) -> None:
    (node,) = settled(lab, 1).values()
    address = next(each["address"] for each in node["status"]["addresses"] if each["type"] == "InternalIP")
    served = on_node(lab, f"openssl s_client -connect {address}:10250 -servername x </dev/null 2>&1")
    own = on_node(lab, "cat /var/lib/kubelet/pki/kubelet.crt")
    assert own.strip() in served


def test_a_node_says_what_it_is(lab: Lab) -> None:
    instance = lab.instances()[0]
    node = settled(lab, 1)[instance["InstanceId"]]
    name, zone = instance["PrivateDnsName"], instance["Placement"]["AvailabilityZone"]
    assert node["metadata"]["name"] == name == on_node(lab, "hostname").strip()
    assert node["spec"]["providerID"] == f"aws:///{zone}/{instance['InstanceId']}"
    labels = {
        "topology.kubernetes.io/zone": zone,
        "topology.kubernetes.io/region": "us-east-1",
        "node.kubernetes.io/instance-type": "t3.small",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "eks.amazonaws.com/nodegroup": "one",
        "eks.amazonaws.com/capacityType": "ON_DEMAND",
        "eks.amazonaws.com/nodegroup-image": instance["ImageId"],
        "tier": "front",
    }
    assert labels.items() <= node["metadata"]["labels"].items()
    assert "taints" not in node["spec"]


def test_a_node_has_the_addresses_ec2_gave_it(lab: Lab) -> None:
    instance = lab.instances()[0]
    given = {(a["type"], a["address"]) for a in settled(lab, 1)[instance["InstanceId"]]["status"]["addresses"]}
    assert given == {
        ("InternalIP", instance["PrivateIpAddress"]),
        ("ExternalIP", instance["PublicIpAddress"]),
        ("InternalDNS", instance["PrivateDnsName"]),
        ("Hostname", instance["PrivateDnsName"]),
        ("ExternalDNS", instance["PublicDnsName"]),
    }


def test_a_nodes_capacity_is_its_types(lab: Lab) -> None:
    status = next(iter(settled(lab, 1).values()))["status"]
    capacity, allocatable = status["capacity"], status["allocatable"]
    assert (capacity["cpu"], capacity["pods"], allocatable["pods"]) == ("2", "11", "11")
    # EKS's formulas for a t3.small: 70m CPU, 255 Mi + 11 × 11 Mi + 100 Mi of memory, a tenth of the disk and 1 Gi.
    assert allocatable["cpu"] == "1930m"
    assert mebibytes(capacity["memory"]) - mebibytes(allocatable["memory"]) == 255 + 11 * 11 + 100
    assert 1800 <= mebibytes(capacity["memory"]) <= 2048
    assert mebibytes(capacity["ephemeral-storage"]) == 20 * 1024
    assert mebibytes(allocatable["ephemeral-storage"]) == 17 * 1024


def test_a_kubelet_is_its_node_and_no_more(lab: Lab) -> None:
    name = lab.instances()[0]["PrivateDnsName"]
    lab.sh("kubectl create secret generic unused --from-literal=word=hush")
    who = json.loads(on_node(lab, f"{KUBECTL} auth whoami -o json"))["status"]["userInfo"]
    assert who["username"] == f"system:node:{name}"
    assert "system:nodes" in who["groups"]
    assert f'"name": "{name}"' in on_node(lab, f"{KUBECTL} get node {name} -o json")
    for forbidden in ("get secret unused", "get secrets", "get nodes", "get configmap coredns -n kube-system -o name"):
        said = on_node(lab, f"{KUBECTL} {forbidden}")
        allowed = forbidden.startswith("get configmap")  # a Pod of this node uses it
        assert ("Forbidden" in said) != allowed, (forbidden, said)
    said = on_node(lab, f"{KUBECTL} label node {name} node-restriction.kubernetes.io/mine=yes")
    assert "is not allowed to modify labels: node-restriction.kubernetes.io/mine" in said


def test_scaling_is_followed_by_nodes(lab: Lab) -> None:
    first = set(settled(lab, 1))
    scale(lab, 3)
    three = settled(lab, 3)
    assert first < set(three)
    assert len({node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in three.values()}) == 2
    scale(lab, 1)
    assert set(settled(lab, 1)) <= set(three)
    assert len(lab.instances()) == 1


def test_a_terminated_instance_is_replaced(lab: Lab) -> None:
    [(before, node)] = settled(lab, 1).items()
    lab.ec2.terminate_instances(InstanceIds=[before])
    eventually(lambda: set(nodes(lab)) not in ({before}, set()), "another node", lambda: lab.sh("kubectl get nodes"))
    [(after, other)] = settled(lab, 1).items()
    assert before != after
    assert node["metadata"]["uid"] != other["metadata"]["uid"]
    assert lab.world.status().errors == {}


def test_a_groups_taints_and_labels_are_on_its_nodes_and_its_template_is_followed(lab: Lab) -> None:
    """A group with a launch template of one's own; its second version replaces the node."""
    template = launch_template(lab, "t3.medium")
    lab.eks.create_nodegroup(
        clusterName="demo",
        nodegroupName="own",
        nodeRole=lab.iam.get_role(RoleName="node")["Role"]["Arn"],
        subnets=lab.described("demo")["resourcesVpcConfig"]["subnetIds"],
        launchTemplate={"id": template, "version": "1"},
        scalingConfig={"minSize": 1, "maxSize": 2, "desiredSize": 1},
        taints=[{"key": "dedicated", "value": "batch", "effect": "NO_SCHEDULE"}],
        labels={"tier": "batch"},
    )
    [(old, node)] = settled(lab, 1, "own").items()
    assert node["spec"]["taints"] == [{"key": "dedicated", "value": "batch", "effect": "NoSchedule"}]
    assert node["metadata"]["labels"]["tier"] == "batch"
    assert node["metadata"]["labels"]["node.kubernetes.io/instance-type"] == "t3.medium"
    assert node["metadata"]["labels"]["eks.amazonaws.com/sourceLaunchTemplateVersion"] == "1"
    assert node["status"]["capacity"]["pods"] == "17"

    data = {"InstanceType": "t3.small"}
    lab.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=data)
    lab.eks.update_nodegroup_version(
        clusterName="demo", nodegroupName="own", launchTemplate={"id": template, "version": "2"}
    )
    [(new, node)] = settled(lab, 1, "own").items()
    assert new != old
    assert node["metadata"]["labels"]["eks.amazonaws.com/sourceLaunchTemplateVersion"] == "2"
    assert node["status"]["capacity"]["pods"] == "11"

    lab.eks.delete_nodegroup(clusterName="demo", nodegroupName="own")
    eventually(
        lambda: lab.eks.list_nodegroups(clusterName="demo")["nodegroups"] == ["one"],
        "the group's end",
        lambda: lab.sh("kubectl get nodes"),
    )
    eventually(lambda: len(lab.get("nodes")["items"]) == 1, "its Node's end", lambda: lab.sh("kubectl get nodes"))


def launch_template(lab: Lab, instance_type: str) -> str:
    made = lab.ec2.create_launch_template(LaunchTemplateName="own", LaunchTemplateData={"InstanceType": instance_type})
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


def scale(lab: Lab, size: int) -> None:
    lab.eks.update_nodegroup_config(clusterName="demo", nodegroupName="one", scalingConfig={"desiredSize": size})


def mebibytes(quantity: str) -> float:
    found = re.fullmatch(r"(\d+)(Ki|Mi|Gi|)", quantity)
    assert found, quantity
    return int(found[1]) * {"": 2**-20, "Ki": 2**-10, "Mi": 1, "Gi": 2**10}[found[2]]
