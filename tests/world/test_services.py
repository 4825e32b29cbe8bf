"""How Pods are reached in a real world: Services, names, node ports, and kubectl's ways into them."""

from collections.abc import Iterator

import pytest

from tests.world.lab import Lab, eventually
from tests.world.pods import pod, service, shell
from tests.worlds import started

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("services")]

PAGE = "<h1>It works</h1>"
REFUSED = "curl: (7) "
TALK = "echo one; while [ ! -e /tmp/go ]; do sleep 0.1; done; echo two"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Beside the system's Pods: a web server, a client on the Pod network and one on the node's."""
    with started(tmp_path_factory.mktemp("services") / "w", binaries=Lab.binaries()) as world:
        lab = Lab(world)
        lab.make(instanceTypes=["t3.medium"])
        ready = {"readinessProbe": {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 1}}
        lab.apply(
            pod("web", (), "nginx", container=ready),
            service("web", type="NodePort"),
            pod("client"),
            pod("hostly", hostNetwork=True, dnsPolicy="ClusterFirstWithHostNet"),
        )
        lab.ready("web", "client", "hostly")
        # kube-proxy hears of a ready Pod when everybody does, and takes up to a second to tell the kernel.
        ask = "curl -sS -m 30 http://web"
        eventually(lambda: PAGE in lab.inside("client", ask), "the Service", lambda: lab.inside("client", ask))
        yield lab


@pytest.mark.parametrize("client", ["client", "hostly"])
def test_services_are_reached_by_name_and_by_address(lab: Lab, client: str) -> None:
    address = lab.get("service web")["spec"]["clusterIP"]
    for host in ("web", "web.default", "web.default.svc.cluster.local", address):
        assert PAGE in lab.inside(client, f"curl -sS -m 30 http://{host}"), host
    assert lab.inside(client, "getent hosts web").split()[0] == address
    assert "Could not resolve host" in lab.inside(client, "curl -sS -m 30 http://nobody")


@pytest.mark.parametrize("client", ["client", "hostly"])
def test_the_api_server_is_a_service_with_the_clusters_own_certificate(lab: Lab, client: str) -> None:
    folder = "/var/run/secrets/kubernetes.io/serviceaccount"
    ask = f"curl -sS -m 30 --cacert {folder}/ca.crt -H @- -w ' %{{http_code}}' https://kubernetes.default.svc"
    known = f'echo "Authorization: Bearer $(cat {folder}/token)"'
    said = lab.inside(client, f"{known} | {ask}/api/v1/namespaces/default/pods")
    # The status stands right behind the body; kubectl may add a line of its own.
    assert "\n} 403" in said
    assert "system:serviceaccount:default:default" in said
    assert '"minor": "35"' in lab.inside(client, f"{known} | {ask}/version")
    assert lab.inside(client, f"{ask}/livez < /dev/null").startswith("ok 200")


def test_pods_names_of_the_world_outside_are_answered(lab: Lab) -> None:
    instance = lab.instances()[0]
    found = lab.inside("client", f"getent hosts {instance['PrivateDnsName']}").split()
    assert found[0] == instance["PrivateIpAddress"]
    assert lab.inside("client", "getent hosts sts.us-east-1.amazonaws.com").startswith("192.0.2.10 ")


def test_a_node_port_answers_at_the_nodes_public_address(lab: Lab) -> None:
    port = lab.get("service web")["spec"]["ports"][0]["nodePort"]
    instance = lab.instances()[0]
    ask = f"curl -sS -m 2 http://{instance['PublicIpAddress']}:{port}"
    assert PAGE in lab.inside("client", f"curl -sS -m 30 http://{instance['PrivateIpAddress']}:{port}")
    # The security group lets in nobody from outside, until it is told to.
    assert "timed out" in lab.sh(ask)
    lab.ec2.authorize_security_group_ingress(
        GroupId=lab.described("demo")["resourcesVpcConfig"]["clusterSecurityGroupId"],
        IpProtocol="tcp",
        FromPort=30000,
        ToPort=32767,
        CidrIp="0.0.0.0/0",
    )
    eventually(lambda: PAGE in lab.sh(ask), "the node port", lambda: lab.sh(ask))
    # The VPC's own addresses are not the laptop's to reach.
    assert PAGE not in lab.sh(f"curl -sS -m 2 http://{instance['PrivateIpAddress']}:{port}")


def test_a_service_follows_its_pods(lab: Lab) -> None:
    lab.apply(pod("short", (), "nginx"), service("short"))
    lab.ready("short")
    assert PAGE in lab.inside("client", "curl -sS -m 30 --retry 5 --retry-connrefused http://short")
    lab.sh("kubectl delete pod short")
    eventually(
        lambda: REFUSED in lab.inside("client", "curl -sS -m 30 http://short"),
        "a Service without Pods",
        lambda: lab.inside("client", "curl -sS -m 30 http://short") + lab.sh("kubectl get endpointslices"),
    )


def test_exec_passes_input_output_and_exit_codes(lab: Lab) -> None:
    done = lab.run("kubectl exec client -- sh -c 'echo out; echo err >&2; exit 42'")
    assert (done.code, done.out) == (42, "out\n")
    assert done.err.startswith("err\n")
    big = "x" * 200_000
    done = lab.run("kubectl exec -i client -- sh -c 'cat | wc -c'", stdin=big)
    assert done.out.strip() == str(len(big))
    assert "not found" in lab.run("kubectl exec client -- no-such-program").err
    terminal = lab.run("script -qec \"kubectl exec -it client -- sh -c 'tty; exit 5'\" /dev/null")
    assert terminal.code == 5
    assert "/dev/pts/" in terminal.out


def test_files_are_copied_in_and_out(lab: Lab) -> None:
    here = lab.kubeconfig.parent
    (here / "there").mkdir()
    (here / "there" / "file").write_text("content\n" * 1000)
    done = lab.run(f"cd {here} && kubectl cp there client:/tmp/copied && kubectl cp client:/tmp/copied back")
    assert done.code == 0, done.said
    assert (here / "back" / "file").read_text() == "content\n" * 1000


def test_logs_are_followed_until_the_container_ends(lab: Lab) -> None:
    lab.apply(shell("talk", TALK, restartPolicy="Never"))
    lab.ready("talk")
    assert lab.sh("kubectl logs talk") == "one\n"
    with lab.background("kubectl logs -f talk") as following:
        assert following.stdout is not None
        assert following.stdout.readline() == "one\n"
        lab.inside("talk", "touch /tmp/go")
        assert following.stdout.readline() == "two\n"
        assert following.wait(60) == 0
    assert lab.sh("kubectl logs talk --tail=1") == "two\n"
    assert lab.sh("kubectl logs talk --timestamps --tail=1").startswith("20")


def test_ports_are_forwarded_to_pods_and_services(lab: Lab) -> None:
    for target in ("pod/web", "service/web"):
        with lab.background(f"kubectl port-forward {target} 18080:80") as forwarding:
            assert forwarding.stdout is not None
            assert "Forwarding from 127.0.0.1:18080 -> 80" in forwarding.stdout.readline()
            for _ in range(3):
                assert PAGE in lab.sh("curl -sS -m 30 http://127.0.0.1:18080")
    assert REFUSED in lab.sh("curl -sS -m 30 http://127.0.0.1:18080")
