from pathlib import Path

from eks_local.cluster import arguments
from eks_local.cluster.arguments import Files, OidcProvider, Settings

FILES = Files(Path("/w/clusters/demo"))


def settings(**changes: object) -> Settings:
    fields: dict[str, object] = {
        "version": "1.35",
        "binary_version": "1.35",
        "issuer": "https://oidc.eks.us-east-1.amazonaws.com/id/ABC",
        "service_cidr": "172.20.0.0/16",
        "advertise_address": "10.0.1.10",
    }
    return Settings(**{**fields, **changes})  # type: ignore[arg-type]


def test_api_server_is_what_eks_shows_of_it() -> None:
    argv = arguments.apiserver(settings(), FILES)
    assert argv[0] == "kube-apiserver"
    for flag in (
        "--secure-port=443",
        "--advertise-address=10.0.1.10",
        "--service-account-issuer=https://oidc.eks.us-east-1.amazonaws.com/id/ABC",
        "--service-account-jwks-uri=https://oidc.eks.us-east-1.amazonaws.com/id/ABC/keys",
        "--api-audiences=https://kubernetes.default.svc",
        "--enable-admission-plugins=NodeRestriction",
        "--kubelet-preferred-address-types=InternalIP",
        "--authentication-config=/w/clusters/demo/authentication.yaml",
        "--authorization-config=/w/clusters/demo/authorization.yaml",
        "--client-ca-file=/w/clusters/demo/pki/ca.crt",
    ):
        assert flag in argv
    assert not [flag for flag in argv if "token-auth-file" in flag]


def test_an_older_version_is_emulated_by_all_but_etcd() -> None:
    older = settings(version="1.34")
    for component in (arguments.apiserver, arguments.controller_manager, arguments.scheduler):
        assert "--emulated-version=1.34" in component(older, FILES)
        assert not [flag for flag in component(settings(), FILES) if "emulated" in flag]


def test_nodes_get_no_pod_addresses_from_the_controller_manager() -> None:
    argv = arguments.controller_manager(settings(), FILES)
    assert "--allocate-node-cidrs=false" in argv
    assert not [flag for flag in argv if flag.startswith(("--cloud-provider", "--cluster-cidr"))]


def test_external_identity_provider() -> None:
    provider = OidcProvider(
        "https://idp", "kube", username_claim="email", groups_prefix="idp:", required_claims=(("team", "a"),)
    )
    argv = arguments.apiserver(settings(oidc=provider), FILES)
    wanted = [
        "--oidc-issuer-url=https://idp",
        "--oidc-client-id=kube",
        "--oidc-username-claim=email",
        "--oidc-groups-prefix=idp:",
        "--oidc-required-claim=team=a",
    ]
    assert [flag for flag in argv if flag.startswith("--oidc")] == wanted
    # kube-apiserver refuses to start with both.
    assert not [flag for flag in argv if flag.startswith("--authentication-config")]
