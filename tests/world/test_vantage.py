"""Vantage points beyond the laptop, and what each sees of an EKS endpoint whose access changes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes import client, watch

from eks_labs.checks import cluster_client
from eks_labs.run.record_file import Running
from eks_labs.run_folder import RunFolder
from eks_labs.targets.local import LocalTarget
from eks_local.world import WorldError, destroy
from tests.world.lab import Lab, Ran, eventually
from tests.world.place import Place, https
from tests.worlds import started

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("vantage")]

CHECKOUT = Path(__file__).parents[2]

ENDPOINTS = "198.51.100."
PUBLIC = {"endpointPublicAccess": True, "endpointPrivateAccess": False, "publicAccessCidrs": ["0.0.0.0/0"]}
PRIVATE = {"endpointPublicAccess": False, "endpointPrivateAccess": True}
BOTH = {"endpointPublicAccess": True, "endpointPrivateAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return RunFolder(tmp_path_factory.mktemp("vantage") / "eks-labs" / "chapter07")


@pytest.fixture(scope="module")
def place(folder: RunFolder) -> Iterator[Place]:
    with started(folder.world, binaries=Lab.binaries()) as world:
        place = Place(world)
        place.build()
        yield place


def test_a_bastion_works_with_the_role_of_its_profile_alone(place: Place) -> None:
    said = place.on(
        "aws sts get-caller-identity --query Arn --output text; env | grep -c AWS_.*KEY; aws configure list"
    )
    assert f"assumed-role/bastion/{place.bastion}" in said.out
    assert "iam-role" in said.out
    assert "\n0\n" in said.out
    assert place.on("kubectl auth whoami").out.count("assumed-role/bastion") > 0
    assert place.on("curl -sf http://169.254.169.254/latest/meta-data/instance-id").out == place.bastion


def test_an_instance_keeps_the_files_of_its_home(place: Place) -> None:
    assert place.on("pwd; echo kept > note").out == "/root\n"
    assert place.on("cat ~/note; ls ~/.kube/config").out == "kept\n/root/.kube/config\n"


def test_an_instance_is_found_by_each_of_its_names(place: Place) -> None:
    private = place.on("hostname").out.strip()
    for where in (
        "bastion",
        "instance bastion",
        "instance demo-bastion",
        f"instance {place.bastion}",
        f"instance {private}",
    ):
        assert place.on("hostname", where).out.strip() == private
    (node,) = place.get("nodes")["items"]
    role = place.on("aws sts get-caller-identity", f"node {node['metadata']['name']}").out
    assert "assumed-role/node" in role
    assert place.on("kubectl version --client", f"node {node['metadata']['name']}").code == 0


def test_an_unknown_and_an_ambiguous_name_are_refused_with_the_names_there_are(place: Place) -> None:
    assert "called “nobody”; there are: " in place.refused("instance nobody")
    assert f"demo-bastion ({place.bastion})" in place.refused("instance nobody")
    other = place.launch("other-bastion")
    twin = place.launch("other-bastion")
    try:
        for where in ("bastion", "instance other-bastion"):
            assert f"other-bastion ({other})" in place.refused(where)
            assert f"other-bastion ({twin})" in place.refused(where)
    finally:
        place.ec2.terminate_instances(InstanceIds=[other, twin])
        eventually(lambda: not place.refused("bastion"), "one bastion", lambda: place.refused("bastion"))
    assert "“laptop”, “bastion”" in place.refused("moon")


def test_nothing_of_the_hosts_homes_is_on_an_instance(place: Place) -> None:
    mark = place.world.state.parent / "mark"
    mark.write_text("of the host")
    assert place.on(f"cat {mark}").code != 0
    for home in {Path.home(), Path("/home"), CHECKOUT, Path(sys.prefix), Path(sys.base_prefix)}:
        if not home.is_relative_to("/usr"):
            there = set(place.on(f"find {home} -mindepth 1 -maxdepth 1 -printf '%f\\n'").out.split())
            own = {"/root": {"note", ".kube", ".aws", ".cache"}, "/home": {"ec2-user"}}.get(str(home), set())
            assert there <= own, home
    for folder in ("/opt/aws/packages", "/usr"):
        assert "Read-only" in place.on(f"touch {folder}/x").err


def test_a_pod_is_a_vantage_point_through_kubectl(place: Place) -> None:
    (pod, *_) = place.pods("-n kube-system -l k8s-app=aws-node")
    name = pod["metadata"]["name"]
    said = place.run("hostname", where=f"pod kube-system/{name}:aws-node", env={"KUBECONFIG": str(place.kubeconfig)})
    assert said.out == place.on("hostname", f"node {pod['spec']['nodeName']}").out
    gone = place.run("true", where="pod kube-system/nobody", env={"KUBECONFIG": str(place.kubeconfig)})
    assert 'pods "nobody" not found' in gone.err


def test_labs_ssh_and_eks_local_ssh_run_commands_there(place: Place, folder: RunFolder) -> None:
    Running("chapter07", "local", "us-east-1", 0.0, kept=True).save(folder)
    home = {**os.environ, "XDG_STATE_HOME": str(folder.root.parents[1]), "PYTHONPATH": ":".join(sys.path)}

    def call(*argv: str, **more: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", *argv], env={**home, **more}, capture_output=True, text=True, timeout=60
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    name = place.on("hostname").out
    assert call("eks_labs", "ssh", "demo-bastion", "--", "hostname").out == name
    assert call("eks_labs", "ssh", "bastion", "--", "hostname").out == name
    assert call("eks_labs", "ssh", "chapter07", "demo-bastion", "--", "sh", "-c", "hostname; exit 7") == Ran(
        7, name, ""
    )
    unknown = call("eks_labs", "ssh", "nobody")
    assert unknown.code == 2
    assert "demo-bastion" in unknown.err
    state = ("--state", str(folder.world))
    assert call("eks_local", "ssh", *state, "demo-bastion", "hostname").out == name
    shell = ["script", "-qec", f"{sys.executable} -m eks_labs ssh demo-bastion", "/dev/null"]
    typed = subprocess.run(shell, env=home, input="tty; exit 5\n", capture_output=True, text=True, timeout=60)
    assert typed.returncode == 5
    assert f"[root@{name.partition('.')[0]} ~]# " in typed.stdout
    assert "job control" not in typed.stdout
    words = {"_LABS_COMPLETE": "bash_complete", "COMP_WORDS": "labs ssh chapter07 dem", "COMP_CWORD": "3"}
    program = "import sys; sys.argv[0] = 'labs'; from eks_labs.cli import main; main()"
    completed = subprocess.run([sys.executable, "-c", program], env={**home, **words}, capture_output=True, text=True)
    assert completed.stdout.split() == ["plain,demo-bastion"]


def test_each_access_mode_is_seen_from_both_sides_and_nodes_stay_ready(place: Place) -> None:
    since = place.ready_since()
    assert since.startswith("True 2")
    place.access(PUBLIC)
    assert [address.startswith(ENDPOINTS) for address in place.endpoint("bastion")] == [True]
    assert place.kubectl("bastion").code == place.kubectl("laptop").code == 0
    place.node_stays(since)

    place.access(PRIVATE)
    assert all(address.startswith("10.0.") for address in place.endpoint("bastion"))
    assert place.kubectl("bastion").code == 0
    assert place.shut_out("laptop")
    place.node_stays(since)

    place.access(BOTH)
    assert all(address.startswith("10.0.") for address in place.endpoint("bastion"))
    assert [address.startswith(ENDPOINTS) for address in place.endpoint("laptop")] == [True]
    assert place.kubectl("bastion").code == place.kubectl("laptop").code == 0
    place.node_stays(since)

    place.access(PUBLIC)
    place.node_stays(since)


def test_the_hosts_proxy_dials_from_the_vantage_point_that_its_user_name_is(place: Place, folder: RunFolder) -> None:
    (node,) = place.get("nodes")["items"]
    place.access(PRIVATE)
    try:
        assert place.proxied().code == 1
        for where in ("bastion", "instance demo-bastion", f"node {node['metadata']['name']}"):
            assert place.proxied(where).code == 0, where
        unknown = place.proxied("instance nobody").err
        assert 'called "nobody"; there are: ' in unknown
        assert place.bastion in unknown

        target = LocalTarget.attach(folder)
        api = cluster_client.connect(target, "demo", folder.root, vantage="bastion")
        assert len(client.CoreV1Api(api).list_node(_request_timeout=20).items) == 1
        # A watch is a connection that stays, and its answers come in pieces.
        events = watch.Watch().stream(client.CoreV1Api(api).list_node, timeout_seconds=20)
        assert next(iter(events))["object"].kind == "Node"
    finally:
        place.access(BOTH)


def test_the_proxy_is_shut_out_where_the_bastion_is(place: Place) -> None:
    place.access(PRIVATE)
    group = place.described("demo")["resourcesVpcConfig"]["clusterSecurityGroupId"]
    peer = https({"UserIdGroupPairs": [{"GroupId": place.guard}]})
    place.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[peer])
    try:
        eventually(lambda: place.shut_out("bastion"), "the bastion to be shut out", lambda: place.kubectl("bastion"))
        assert place.proxied("bastion").code == 1
    finally:
        place.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[peer])
        place.access(BOTH)
    eventually(lambda: place.proxied("bastion").code == 0, "the bastion let in", lambda: place.proxied("bastion"))


def test_a_cidr_shuts_out_one_address_of_the_laptop_and_not_the_other(place: Place) -> None:
    place.access({**BOTH, "publicAccessCidrs": ["203.0.113.77/32"]})
    try:
        assert place.shut_out("laptop")
        assert place.kubectl("bastion").code == 0
        assert place.proxied().code == 1
        assert place.world.move_laptop("203.0.113.77") == place.world.laptop_address() == "203.0.113.77"
        assert place.kubectl("laptop").code == 0
        assert place.proxied().code == 0
    finally:
        place.world.move_laptop("203.0.113.10")
        place.access(BOTH)


def test_checkip_tells_everybody_their_own_address(place: Place) -> None:
    ask = "curl -sS -m 20 http://checkip.amazonaws.com"
    (bastion,) = [each for each in place.instances() if each["InstanceId"] == place.bastion]
    assert place.on(ask).out.strip() == bastion["PublicIpAddress"]
    assert place.run(ask).out == "203.0.113.10\n"
    place.world.move_laptop("203.0.113.77")
    try:
        assert place.run(ask).out == "203.0.113.77\n"
    finally:
        place.world.move_laptop("203.0.113.10")


def test_a_bastion_is_let_to_the_private_endpoint_by_the_clusters_security_group(place: Place) -> None:
    place.access(BOTH)
    group = place.described("demo")["resourcesVpcConfig"]["clusterSecurityGroupId"]
    peer = {"UserIdGroupPairs": [{"GroupId": place.guard}]}
    place.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[https(peer)])
    eventually(lambda: place.shut_out("bastion"), "the bastion to be shut out", lambda: place.kubectl("bastion"))
    place.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[https(peer)])
    eventually(lambda: place.kubectl("bastion").code == 0, "the bastion to be let in", lambda: place.kubectl("bastion"))


def test_a_group_that_a_cluster_is_given_later_guards_its_interfaces(place: Place) -> None:
    place.access(PRIVATE)
    vpc = place.described("demo")["resourcesVpcConfig"]
    rule = https({"UserIdGroupPairs": [{"GroupId": place.guard}]})
    made = place.ec2.create_security_group(GroupName="endpoint", Description="endpoint", VpcId=vpc["vpcId"])["GroupId"]
    place.ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[rule])
    place.ec2.revoke_security_group_ingress(GroupId=vpc["clusterSecurityGroupId"], IpPermissions=[rule])
    try:
        eventually(lambda: place.shut_out("bastion"), "the bastion to be shut out", lambda: place.kubectl("bastion"))
        place.eks.update_cluster_config(name="demo", resourcesVpcConfig={"securityGroupIds": [made]})
        place.active("demo")
        eventually(
            lambda: place.kubectl("bastion").code == 0, "the bastion to be let in", lambda: place.kubectl("bastion")
        )
        groups = {group["GroupId"] for eni in place.interfaces() for group in eni["Groups"]}
        assert groups == {made, vpc["clusterSecurityGroupId"]}
        place.eks.update_cluster_config(name="demo", resourcesVpcConfig={"securityGroupIds": []})
        place.active("demo")
        eventually(lambda: place.shut_out("bastion"), "the bastion to be shut out", lambda: place.kubectl("bastion"))
    finally:
        place.ec2.authorize_security_group_ingress(GroupId=vpc["clusterSecurityGroupId"], IpPermissions=[rule])
        place.access(BOTH)


def test_a_cluster_moves_to_other_subnets(place: Place) -> None:
    place.access(PRIVATE)
    before, vpc = place.ready_since(), place.described("demo")["resourcesVpcConfig"]
    made = [
        place.ec2.create_subnet(VpcId=vpc["vpcId"], CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)
        for number, zone in ((21, "us-east-1a"), (22, "us-east-1b"))
    ]
    subnets = [each["Subnet"]["SubnetId"] for each in made]
    try:
        place.move(subnets)
        assert {eni["SubnetId"] for eni in place.interfaces()} == set(subnets)
        assert place.endpoint("bastion") == sorted(eni["PrivateIpAddress"] for eni in place.interfaces())
        assert place.kubectl("bastion").code == 0
        eventually(lambda: place.advertised() <= set(place.endpoint("bastion")), "Pods told of it", place.advertised)
        place.node_stays(since=before)

        place.move([subnets[0], vpc["subnetIds"][1]])
        assert {eni["SubnetId"] for eni in place.interfaces()} == {subnets[0], vpc["subnetIds"][1]}
        eventually(lambda: place.advertised() <= set(place.endpoint("bastion")), "Pods told of it", place.advertised)
    finally:
        place.move(vpc["subnetIds"])
        place.access(BOTH)
    for subnet in subnets:
        place.ec2.delete_subnet(SubnetId=subnet)
    place.node_stays(since=before)


def test_connections_of_the_address_that_the_laptop_leaves_end(place: Place) -> None:
    with place.background("kubectl get nodes --watch") as watching:
        assert watching.stdout is not None
        assert "NAME" in watching.stdout.readline()
        place.world.move_laptop("203.0.113.77")
        try:
            assert watching.wait(timeout=20) is not None
        finally:
            place.world.move_laptop("203.0.113.10")


@pytest.mark.skipif(not Path("/usr/sbin/sshd").exists(), reason="there is no sshd on this machine")
def test_ssh_with_the_key_pair_is_let_in_by_the_security_group(place: Place) -> None:
    assert "timed out" in place.ssh("true").err
    mine = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "203.0.113.10/32"}]}
    place.ec2.authorize_security_group_ingress(GroupId=place.guard, IpPermissions=[mine])
    eventually(lambda: place.ssh("true").code == 0, "ssh to be let in", lambda: place.ssh("true"))

    said = place.ssh("id -un; pwd; aws sts get-caller-identity --output text; tty", options="-tt").out
    assert said.startswith("ec2-user\n/home/ec2-user\n")
    assert f"assumed-role/bastion/{place.bastion}" in said
    assert "/dev/pts/" in said
    assert place.ssh("aws eks update-kubeconfig --name demo && kubectl get nodes").code == 0
    assert "Permission denied (publickey)" in place.ssh("true", user="root").err

    place.world.move_laptop("203.0.113.77")
    try:
        assert "timed out" in place.ssh("true").err
    finally:
        place.world.move_laptop("203.0.113.10")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("moon", "is not an IPv4 address"),
        ("10.0.0.9", "is not a public address"),
        ("192.0.2.10", "belongs to the AWS API"),
        ("198.51.100.200", "belongs to the endpoints of EKS"),
        ("", "is not an IPv4 address"),
    ],
)
def test_the_laptop_takes_no_address_that_is_not_public_or_not_free(place: Place, address: str, why: str) -> None:
    with pytest.raises(WorldError, match=why):
        place.world.move_laptop(address)
    assert place.world.laptop_address() == "203.0.113.10"


def test_the_laptop_takes_nobodys_public_address(place: Place) -> None:
    (bastion,) = [each for each in place.instances() if each["InstanceId"] == place.bastion]
    with pytest.raises(WorldError, match=f"belongs to {place.bastion}"):
        place.world.move_laptop(bastion["PublicIpAddress"])
    held = place.ec2.allocate_address(Domain="vpc")
    with pytest.raises(WorldError, match="belongs to an Elastic IP"):
        place.world.move_laptop(held["PublicIp"])
    place.ec2.release_address(AllocationId=held["AllocationId"])


def test_the_laptops_address_is_kept_with_the_world(tmp_path: Path) -> None:
    with started(tmp_path / "w") as world:
        world.move_laptop("203.0.113.77")
    with started(tmp_path / "w") as world:
        assert world.laptop_address() == "203.0.113.77"
        argv, environment = world.command("laptop", ["ip", "-4", "-br", "address", "show", "dev", "eth0"])
        shown = subprocess.run(argv, env=environment, capture_output=True, text=True).stdout
        assert shown.split()[2:] == ["203.0.113.77/32"]
    destroy(tmp_path / "w", remove=True)
    with started(tmp_path / "w") as world:
        assert world.laptop_address() == "203.0.113.10"
