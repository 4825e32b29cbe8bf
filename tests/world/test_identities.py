"""What Pods and nodes can see of the machine, and who they are to AWS: instance roles and roles of service accounts."""

import json
import re
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.world.lab import Lab
from tests.world.pods import pod
from tests.worlds import started

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("identities")]

CHECKOUT = Path(__file__).parents[2]
ROLE = "arn:aws:iam::123456789012:role/app"
#: In a shell: T is a token of the metadata service, `get` reads from it.
IMDS = (
    "I=http://169.254.169.254/latest; "
    "T=$(curl -sS -m 30 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $I/api/token);"
    'get() { curl -sS -m 30 -H "X-aws-ec2-metadata-token: $T" $I/meta-data/$1; }; '
)
#: In a shell, after IMDS: who the instance role's credentials are, as the AWS CLI would ask.
WHO = (
    'C=$(get iam/security-credentials/node); field() { echo "$C" | sed -n "s/.*\\"$1\\": \\"\\(.*\\)\\",*/\\1/p"; }; '
    'curl -sS -m 30 --aws-sigv4 aws:amz:us-east-1:sts --user "$(field AccessKeyId):$(field SecretAccessKey)" '
    '-H "x-amz-security-token: $(field Token)" "$AWS_ENDPOINT_URL/?Action=GetCallerIdentity&Version=2011-06-15"'
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with started(tmp_path_factory.mktemp("identities") / "w", binaries=Lab.binaries()) as world:
        lab = Lab(world)
        lab.make(instanceTypes=["t3.medium"])
        node = {"name": "node", "hostPath": {"path": "/"}}
        lab.apply(
            pod("plain"),
            pod("hostly", hostNetwork=True, dnsPolicy="ClusterFirstWithHostNet"),
            pod(
                "mighty",
                hostPID=True,
                hostNetwork=True,
                volumes=[node],
                container={
                    "securityContext": {"privileged": True},
                    "volumeMounts": [{"name": "node", "mountPath": "/node"}],
                },
            ),
        )
        lab.ready("plain", "hostly", "mighty")
        yield lab


@pytest.fixture
def secret(lab: Lab) -> Iterator[str]:
    """A word that is in a file of the state folder, in one of the user's home, and in a process' arguments."""
    word = f"{uuid.uuid4()}-of-the-host"
    files = [lab.world.state / word, Path.home() / f".{word}"]
    for file in files:
        file.write_text(word)
    with subprocess.Popen(["sh", "-c", f": {word}; sleep 600; :"]) as process:
        try:
            yield word
        finally:
            process.kill()
            for file in files:
                file.unlink()


def on_node(lab: Lab, command: str) -> str:
    return lab.run(command, where=f"node {lab.instance}").said


def places(lab: Lab) -> dict[str, Callable[[str], str]]:
    """Where one can look around."""
    ask = {name: lambda command, name=name: lab.inside(name, command) for name in ("plain", "hostly", "mighty")}
    return {**ask, "node": lambda command: on_node(lab, command)}


def hosts_own(look: Callable[[str], str], below: str = "") -> list[str]:
    """What can be seen of the host's homes, of this checkout, and of the Python that this runs in."""
    hidden = [folder for folder in (sys.prefix, sys.base_prefix) if not folder.startswith("/usr")]
    private = " ".join(f"{below}{folder}" for folder in ("/root", "/home", CHECKOUT, *hidden))
    return look(f"find {private} -mindepth 1 2>/dev/null; true").splitlines()


@pytest.mark.parametrize("place", ["plain", "hostly", "mighty", "node"])
def test_the_host_is_invisible(lab: Lab, secret: str, place: str) -> None:
    look = places(lab)[place]
    assert hosts_own(look) == []
    assert secret not in look("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert "eks_local" not in look("ps -eo args")
    state = str(lab.world.state)
    assert "No such file" in look(f"ls {state}")
    # What a mount is of can be read there; that must lead nowhere.
    roots = " ".join(f"/proc/{process}/root{state}" for process in (1, "self"))
    assert look(f"ls -d {roots} 2>&1 | grep -v 'No such file'; true") == ""


def test_a_nodes_root_is_the_instances(lab: Lab, secret: str) -> None:
    """Whoever mounts all of the node gets the instance's files, not the host's."""
    look = places(lab)["mighty"]
    assert look("cat /node/etc/hostname") == on_node(lab, "hostname")
    assert hosts_own(look, "/node") == []
    assert "Read-only file system" in look("touch /node/usr/bin/mine")


def test_a_nodes_role_is_that_of_its_instance(lab: Lab) -> None:
    session = f"arn:aws:sts::123456789012:assumed-role/node/{lab.instance}"
    assert on_node(lab, IMDS + "get iam/security-credentials/") == "node"
    assert json.loads(on_node(lab, "aws sts get-caller-identity"))["Arn"] == session
    for ask in places(lab).values():
        said = ask(f"{IMDS} {WHO}")
        assert f"<Arn>{session}</Arn>" in said, said


def test_the_metadata_service_tells_an_instance_about_itself(lab: Lab) -> None:
    instance = lab.instances()[0]
    assert on_node(lab, IMDS + "get instance-id") == instance["InstanceId"]
    assert on_node(lab, IMDS + "get local-ipv4") == instance["PrivateIpAddress"]
    assert on_node(lab, IMDS + "get public-ipv4") == instance["PublicIpAddress"]
    assert on_node(lab, IMDS + "get placement/availability-zone") == instance["Placement"]["AvailabilityZone"]
    # The token is required, as EKS sets it.
    assert "401" in on_node(lab, "curl -s -o /dev/null -w '%{http_code}' http://169.254.169.254/latest/meta-data/")


@pytest.fixture(scope="module")
def tokens(lab: Lab) -> str:
    """A role for the service account `app`, and a Pod of it with tokens for STS and for somebody else; its issuer."""
    issuer = str(lab.described("demo")["identity"]["oidc"]["issuer"]).removeprefix("https://")
    provider = lab.iam.create_open_id_connect_provider(
        Url=f"https://{issuer}", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["0" * 40]
    )["OpenIDConnectProviderArn"]
    condition = {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": "system:serviceaccount:default:app"}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": condition},
    }
    assert lab.role_trusting("app", statement) == ROLE
    lab.sh("kubectl create serviceaccount app; kubectl create serviceaccount other")
    for account in ("app", "other"):
        sources = [
            {"serviceAccountToken": {"audience": audience, "path": path}}
            for path, audience in (("sts", "sts.amazonaws.com"), ("else", "somebody.else"))
        ]
        lab.apply(
            pod(
                f"of-{account}",
                serviceAccountName=account,
                volumes=[{"name": "tokens", "projected": {"sources": sources}}],
                container={"volumeMounts": [{"name": "tokens", "mountPath": "/tokens"}]},
            )
        )
    lab.ready("of-app", "of-other")
    return issuer


def assume(lab: Lab, name: str, token: str, role: str = ROLE) -> str:
    """What STS says to a Pod that shows a token from one of its files."""
    query = f"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={role}&RoleSessionName=me"
    return lab.inside(
        name, f'curl -sS -m 30 "$AWS_ENDPOINT_URL/" -d "{query}" --data-urlencode WebIdentityToken@{token}'
    )


def test_a_service_accounts_token_is_worth_its_role(lab: Lab, tokens: str) -> None:
    said = assume(lab, "of-app", "/tokens/sts")
    assert "<SubjectFromWebIdentityToken>system:serviceaccount:default:app<" in said, said
    key, secret, session = (_field(said, name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    who = lab.client("sts", key, secret, session).get_caller_identity()
    assert who["Arn"] == "arn:aws:sts::123456789012:assumed-role/app/me"


@pytest.mark.parametrize(
    ("name", "token", "role", "code"),
    [
        ("of-app", "/tokens/else", ROLE, "InvalidIdentityToken"),
        ("of-other", "/tokens/sts", ROLE, "AccessDenied"),
        ("of-app", "/tokens/sts", ROLE.replace("role/app", "role/node"), "AccessDenied"),
        ("of-app", "/tokens/sts", ROLE.replace("role/app", "role/nobody"), "AccessDenied"),
        ("of-app", "/var/run/secrets/kubernetes.io/serviceaccount/token", ROLE, "InvalidIdentityToken"),
        ("of-app", "/etc/hostname", ROLE, "InvalidIdentityToken"),
    ],
    ids=[
        "wrong audience",
        "wrong subject",
        "a role for instances",
        "no such role",
        "the API server's token",
        "no token",
    ],
)
def test_another_token_or_role_is_refused(lab: Lab, tokens: str, name: str, token: str, role: str, code: str) -> None:
    said = assume(lab, name, token, role)
    assert f"<Code>{code}</Code>" in said
    assert "<AccessKeyId>" not in said


def _field(answer: str, name: str) -> str:
    found = re.search(f"<{name}>(.*?)</{name}>", answer)
    assert found, answer
    return found[1]
