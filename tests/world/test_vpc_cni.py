"""Pods' addresses in a real world: upstream's VPC CNI against our EC2, metadata service, links and routes."""

import ipaddress
from collections.abc import Iterator

import pytest

from tests.world.lab import Lab, eventually
from tests.worlds import started

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("vpc-cni")]

TOKEN = "X-aws-ec2-metadata-token-ttl-seconds: 60"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with started(tmp_path_factory.mktemp("cni") / "w", binaries=Lab.binaries()) as world:
        lab = Lab(world)
        lab.make()
        yield lab


def interfaces(lab: Lab) -> dict[int, tuple[list[str], list[str]]]:
    """Device index of the node's interfaces → secondary addresses, prefixes."""
    filters = [{"Name": "attachment.instance-id", "Values": [lab.instance]}]
    found = lab.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    return {
        eni["Attachment"]["DeviceIndex"]: (
            [item["PrivateIpAddress"] for item in eni["PrivateIpAddresses"] if not item["Primary"]],
            [item["Ipv4Prefix"] for item in eni.get("Ipv4Prefixes", [])],
        )
        for eni in found
    }


def test_pods_have_secondary_addresses_up_to_the_types_limit(lab: Lab) -> None:
    given = {address for secondary, _ in interfaces(lab).values() for address in secondary}
    own_network = [pod for pod in lab.pods("-A") if not pod["spec"].get("hostNetwork")]
    assert {pod["status"]["podIP"] for pod in own_network} <= given

    lab.sh("kubectl create deployment web --image=nginx --replicas=9")
    eventually(
        lambda: lab.running("-l app=web") == 7, "7 Pods running", lambda: lab.sh("kubectl get pods; kubectl get events")
    )
    assert {index: len(secondary) for index, (secondary, _) in interfaces(lab).items()} == {0: 3, 1: 3, 2: 3}
    waiting = [pod for pod in lab.pods("-l app=web") if pod["status"]["phase"] == "Pending"]
    assert len(waiting) == 2
    assert all("Too many pods" in pod["status"]["conditions"][0]["message"] for pod in waiting)

    addresses = " ".join(pod["status"]["podIP"] for pod in lab.pods("-l app=web") if "podIP" in pod["status"])
    loop = f"for ip in {addresses}; do curl -s -o /dev/null -m 5 $ip && echo ok; done"
    reached = lab.sh(f"kubectl exec deploy/web -- sh -c '{loop}'")
    assert reached.split().count("ok") == 7, reached


@pytest.mark.parametrize(("limit", "reaches"), [(1, False), (2, True)])
def test_the_hop_limit_decides_whether_pods_get_a_token(lab: Lab, limit: int, reaches: bool) -> None:
    lab.ec2.modify_instance_metadata_options(InstanceId=lab.instance, HttpPutResponseHopLimit=limit)
    ask = f"curl -s -m 2 -X PUT -H '{TOKEN}' -o /dev/null -w '%{{http_code}}' http://169.254.169.254/latest/api/token"
    assert lab.sh(f"kubectl exec deploy/coredns -n kube-system -- {ask} || true")[:3] == ("200" if reaches else "000")


def test_interfaces_go_when_the_pods_have_gone_and_prefixes_come(lab: Lab) -> None:
    lab.sh("kubectl delete deployment web --ignore-not-found; kubectl wait --for=delete pod -l app=web --timeout=60s")
    eventually(lambda: len(interfaces(lab)) <= 2, "at most 2 interfaces", lambda: interfaces(lab))
    lab.sh("kubectl set env daemonset aws-node -n kube-system ENABLE_PREFIX_DELEGATION=true")
    eventually(lambda: any(p for _, p in interfaces(lab).values()), "a prefix on an interface", lambda: interfaces(lab))

    lab.sh("kubectl create deployment many --image=nginx --replicas=5")
    eventually(lambda: lab.running("-l app=many") == 5, "5 Pods running", lambda: lab.sh("kubectl get pods"))
    prefixes = [ipaddress.ip_network(p) for _, found in interfaces(lab).values() for p in found]
    inside = [
        pod["metadata"]["name"]
        for pod in lab.pods("-l app=many")
        if any(ipaddress.ip_address(pod["status"]["podIP"]) in prefix for prefix in prefixes)
    ]
    assert inside, (prefixes, lab.sh("kubectl get pods -o wide"))


def test_what_a_gone_nodes_cni_left_is_deleted_and_nothing_else(lab: Lab) -> None:
    subnet = lab.ec2.describe_instances(InstanceIds=[lab.instance])["Reservations"][0]["Instances"][0]["SubnetId"]

    def made(*instance: str) -> str:
        tags = [{"Key": "node.k8s.amazonaws.com/instance_id", "Value": value} for value in instance]
        about = [{"ResourceType": "network-interface", "Tags": tags}] if tags else []
        answer = lab.ec2.create_network_interface(SubnetId=subnet, TagSpecifications=about)
        return str(answer["NetworkInterface"]["NetworkInterfaceId"])

    own, nobodys, left = made(lab.instance), made(), made("i-0123456789abcdef0")

    def there() -> set[str]:
        found = lab.ec2.describe_network_interfaces()["NetworkInterfaces"]
        return {eni["NetworkInterfaceId"] for eni in found} & {own, nobodys, left}

    eventually(lambda: left not in there(), "the left interface to be deleted", there)
    assert there() == {own, nobodys}
    for interface in (own, nobodys):
        lab.ec2.delete_network_interface(NetworkInterfaceId=interface)
