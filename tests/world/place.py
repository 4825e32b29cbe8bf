"""A cluster with a node and a bastion beside it, seen from both and from the laptop."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eks_local.world import WorldError
from tests.world.lab import Lab, Ran, eventually

CURL_TIMED_OUT = 28


class Place(Lab):
    """A cluster with a node, and a bastion beside it."""

    bastion: str = ""
    guard: str = ""
    """The bastion's security group."""
    subnets: tuple[str, ...] = ()

    def build(self) -> None:
        self.make()
        vpc = self.described("demo")["resourcesVpcConfig"]
        self.subnets = tuple(vpc["subnetIds"])
        made = self.ec2.create_security_group(GroupName="bastion", Description="bastion", VpcId=vpc["vpcId"])
        self.guard = made["GroupId"]
        rule = https({"UserIdGroupPairs": [{"GroupId": self.guard}]})
        self.ec2.authorize_security_group_ingress(GroupId=vpc["clusterSecurityGroupId"], IpPermissions=[rule])
        role = self.role("bastion", "ec2")
        self.iam.create_instance_profile(InstanceProfileName="bastion")
        self.iam.add_role_to_instance_profile(InstanceProfileName="bastion", RoleName="bastion")
        self.eks.create_access_entry(clusterName="demo", principalArn=role)
        self.eks.associate_access_policy(
            clusterName="demo",
            principalArn=role,
            policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
            accessScope={"type": "cluster"},
        )
        self.key.touch(mode=0o600)
        self.key.write_text(self.ec2.create_key_pair(KeyName="lab")["KeyMaterial"])
        self.bastion = self.launch(
            "demo-bastion", SecurityGroupIds=[self.guard], KeyName="lab", IamInstanceProfile={"Name": "bastion"}
        )
        assert self.on("aws eks update-kubeconfig --name demo").code == 0

    def cluster(self, name: str, subnets: Sequence[str], role: str, **options: Any) -> dict[str, Any]:
        return super().cluster(name, subnets, role, accessConfig={"authenticationMode": "API"}, **options)

    def launch(self, name: str, **options: Any) -> str:
        """An instance that is no node; its id once commands run on it."""
        images = self.ec2.describe_images(Filters=[{"Name": "name", "Values": ["al2023-ami-*"]}])["Images"]
        made = self.ec2.run_instances(
            ImageId=images[0]["ImageId"],
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            SubnetId=self.subnets[0],
            TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
            **options,
        )["Instances"][0]["InstanceId"]
        eventually(lambda: not self.refused(f"instance {made}"), "the instance to boot", lambda: self.refused(made))
        return str(made)

    def refused(self, where: str) -> str:
        """Why there is no such vantage point; empty when there is."""
        try:
            self.world.command(where, ["true"])
        except WorldError as error:
            return str(error)
        return ""

    def on(self, command: str, where: str = "bastion") -> Ran:
        return self.run(command, where=where)

    def access(self, settings: dict[str, Any]) -> None:
        """Have the endpoint's access changed, and wait until EKS has done it."""
        config = self.described("demo")["resourcesVpcConfig"]
        if any(config[key] != value for key, value in settings.items()):
            self.eks.update_cluster_config(name="demo", resourcesVpcConfig=settings)
            self.active("demo")

    def move(self, subnets: Sequence[str]) -> None:
        """Have the cluster moved to other subnets, and wait until EKS has done it."""
        asked = self.eks.update_cluster_config(name="demo", resourcesVpcConfig={"subnetIds": list(subnets)})
        update = asked["update"]["id"]

        def state() -> str:
            return str(self.eks.describe_update(name="demo", updateId=update)["update"]["status"])

        eventually(lambda: state() == "Successful", "the cluster to have moved", state)

    def interfaces(self) -> list[dict[str, Any]]:
        """The control plane's own in the VPC."""
        filters = [{"Name": "description", "Values": ["Amazon EKS demo"]}]
        return list(self.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"])

    def advertised(self) -> set[str]:
        """Where Pods find the API server behind the Service `kubernetes`."""
        asked = self.on("kubectl get endpointslice kubernetes -o jsonpath='{.endpoints[*].addresses[*]}'")
        return set(asked.out.split()) if asked.code == 0 else {asked.said}

    def endpoint(self, where: str) -> list[str]:
        """The addresses that the endpoint's name means somewhere."""
        host = self.described("demo")["endpoint"].removeprefix("https://")
        return sorted({line.split()[0] for line in self.on(f"getent ahostsv4 {host}", where).out.splitlines()})

    def kubectl(self, where: str) -> Ran:
        return self.run("kubectl get nodes --request-timeout=5s", where=where)

    @property
    def key(self) -> Path:
        """The private half of the lab's key pair."""
        return self.world.state.parent / "lab.pem"

    def ssh(self, command: str, *, user: str = "ec2-user", options: str = "") -> Ran:
        """ssh from the laptop to the bastion's public address."""
        (bastion,) = [each for each in self.instances() if each["InstanceId"] == self.bastion]
        strict = "-o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=3"
        return self.run(f"ssh {strict} {options} -i {self.key} {user}@{bastion['PublicIpAddress']} '{command}'")

    def proxied(self, where: str = "laptop") -> Ran:
        """kubectl of the host, through the world's proxy, which dials from the vantage point."""
        mine = {"HTTPS_PROXY": self.world.proxy_from(where), "KUBECONFIG": str(self.kubeconfig)}
        done = subprocess.run(
            ["kubectl", "get", "nodes", "--request-timeout=5s"],
            env={**os.environ, **self.world.environment(), **mine},
            capture_output=True,
            text=True,
            timeout=300,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def shut_out(self, where: str) -> bool:
        """Whether the endpoint stays silent: neither an answer nor a refusal."""
        tried = self.kubectl(where)
        silent = self.on(f"curl -sSk -m 3 {self.described('demo')['endpoint']}/version", where)
        return tried.code == 1 and silent.code == CURL_TIMED_OUT

    def node_stays(self, since: str) -> None:
        """Wait until the node has renewed its lease from now on, and see that it never was anything but Ready."""
        lease = "kubectl get lease -n kube-node-lease -o jsonpath='{.items[0].spec.renewTime}'"
        now = self.on("date -u +%FT%T.%6NZ").out
        eventually(lambda: self.on(lease).out > now, "the node to renew its lease", lambda: self.on(lease).said)
        assert self.ready_since() == since

    def ready_since(self) -> str:
        """When the node became Ready, as the bastion sees it, whom nothing keeps out."""
        path = '{.items[0].status.conditions[?(@.type=="Ready")]'
        return self.on(f"kubectl get nodes -o jsonpath='{path}.status}} {path}.lastTransitionTime}}'").out


def https(peer: dict[str, Any]) -> dict[str, Any]:
    """A rule that lets `peer` to port 443."""
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **peer}
