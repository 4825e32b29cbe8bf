"""Command lines of a control plane's upstream programs, as EKS runs them where that can be known.

Pure: from a cluster's settings to argument lists. Each flag that is not plain wiring says why it is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eks_local.cluster.pki import ClusterPKI
from eks_local.kube.inside import SECURE_PORT

ETCD = "http://127.0.0.1:2379"
WEBHOOK_PORT = 9443
#: What EKS puts into `aud` of a Pod's default token.
API_AUDIENCE = "https://kubernetes.default.svc"
#: EKS's: its logs begin with the flags that a program was started with.
VERBOSITY = "2"
#: The audit log is rotated at this size, in megabytes, and one older file is kept.
LARGEST_AUDIT_LOG = 16


@dataclass(frozen=True)
class OidcProvider:
    """An external identity provider associated with the cluster; EKS allows one."""

    issuer_url: str
    client_id: str
    username_claim: str | None = None
    username_prefix: str | None = None
    groups_claim: str | None = None
    groups_prefix: str | None = None
    required_claims: tuple[tuple[str, str], ...] = ()

    def options(self) -> list[str]:
        """The API server's flags for it."""
        flags = {
            "oidc-issuer-url": self.issuer_url,
            "oidc-client-id": self.client_id,
            "oidc-username-claim": self.username_claim,
            "oidc-username-prefix": self.username_prefix,
            "oidc-groups-claim": self.groups_claim,
            "oidc-groups-prefix": self.groups_prefix,
        }
        claims = [f"--oidc-required-claim={name}={value}" for name, value in self.required_claims]
        return [*_options({name: value for name, value in flags.items() if value is not None}), *claims]


@dataclass(frozen=True)
class Settings:
    """All that decides how a control plane is started; a change of it needs a restart."""

    version: str  # minor version to be: "1.35"
    binary_version: str  # minor version of the programs; when they differ, the programs emulate `version`
    issuer: str
    service_cidr: str
    advertise_address: str
    oidc: OidcProvider | None = None


@dataclass(frozen=True)
class Files:
    """Where a control plane keeps its files."""

    folder: Path

    @property
    def pki(self) -> ClusterPKI:
        """Certificates and keys."""
        return ClusterPKI(self.folder / "pki")

    @property
    def etcd(self) -> Path:
        """etcd's data."""
        return self.folder / "etcd"

    @property
    def logs(self) -> Path:
        """One log file a component, named as CloudWatch names EKS's log streams."""
        return self.folder / "logs"

    @property
    def start(self) -> Path:
        """How it was started last."""
        return self.folder / "start.json"

    @property
    def audit_log(self) -> Path:
        """What the API server was asked, and by whom."""
        return self.logs / "kube-apiserver-audit.log"

    @property
    def authenticator_log(self) -> Path:
        """What the webhook decided of tokens."""
        return self.logs / "authenticator.log"

    @property
    def audit_policy(self) -> Path:
        """What of each request is written to the audit log."""
        return self.folder / "audit-policy.yaml"

    @property
    def authentication_webhook(self) -> Path:
        """kubeconfig with which the API server asks who a token is."""
        return self.folder / "authentication-webhook.kubeconfig"

    @property
    def authorization_webhook(self) -> Path:
        """kubeconfig with which the API server asks what an access policy allows."""
        return self.folder / "authorization-webhook.kubeconfig"

    @property
    def authentication(self) -> Path:
        """What the API server takes from those who prove nothing."""
        return self.folder / "authentication.yaml"

    @property
    def authorization(self) -> Path:
        """The API server's chain of authorizers."""
        return self.folder / "authorization.yaml"


def etcd(files: Files) -> list[str]:
    """One member that does not wait for the disk: a world that loses power starts anew."""
    return [
        "etcd",
        f"--data-dir={files.etcd}",
        f"--listen-client-urls={ETCD}",
        f"--advertise-client-urls={ETCD}",
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--initial-advertise-peer-urls=http://127.0.0.1:2380",
        "--initial-cluster=default=http://127.0.0.1:2380",
        "--unsafe-no-fsync",
        # The member is alone: an election has nobody to wait for.
        "--heartbeat-interval=50",
        "--election-timeout=250",
        "--log-level=warn",
    ]


def apiserver(settings: Settings, files: Files) -> list[str]:
    """kube-apiserver, on :443 of its network namespace."""
    pki = files.pki
    flags = {
        "etcd-servers": ETCD,
        "secure-port": str(SECURE_PORT),
        "advertise-address": settings.advertise_address,
        "service-cluster-ip-range": settings.service_cidr,
        "tls-cert-file": pki.cert("apiserver"),
        "tls-private-key-file": pki.key("apiserver"),
        "client-ca-file": pki.cert("ca"),
        "kubelet-client-certificate": pki.cert("apiserver-kubelet-client"),
        "kubelet-client-key": pki.key("apiserver-kubelet-client"),
        # Nodes' names are in the VPC's DNS, which a control plane does not ask.
        "kubelet-preferred-address-types": "InternalIP",
        "service-account-issuer": settings.issuer,
        "service-account-jwks-uri": f"{settings.issuer}/keys",
        "service-account-key-file": pki.folder / "sa.pub",
        "service-account-signing-key-file": pki.key("sa"),
        "api-audiences": API_AUDIENCE,
        "authentication-token-webhook-config-file": files.authentication_webhook,
        "authentication-token-webhook-version": "v1",
        # Identities are asked for each time, so that a changed access entry counts for the next token. (For one in
        # use it counts ten seconds later: a cache of upstream's that no flag turns off.)
        "authentication-token-webhook-cache-ttl": "0s",
        "authorization-config": files.authorization,
        "enable-admission-plugins": "NodeRestriction",
        "allow-privileged": "true",  # aws-node and kube-proxy are privileged
        "requestheader-client-ca-file": pki.cert("front-proxy-ca"),
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-username-headers": "X-Remote-User",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "proxy-client-cert-file": pki.cert("front-proxy-client"),
        "proxy-client-key-file": pki.key("front-proxy-client"),
        # No kube-proxy runs beside the API server: it reaches extension servers by Pod addresses.
        "enable-aggregator-routing": "true",
        "profiling": "false",
        # Always on: to begin with it would be a restart, and EKS turns logs on and off without one that shows.
        "audit-policy-file": files.audit_policy,
        "audit-log-path": files.audit_log,
        "audit-log-mode": "batch",  # nobody waits for it to be written
        "audit-log-maxsize": str(LARGEST_AUDIT_LOG),
        "audit-log-maxbackup": "1",
        "v": VERBOSITY,
    }
    return ["kube-apiserver", *_options(flags), *_authentication(settings, files), *_emulation(settings)]


def controller_manager(settings: Settings, files: Files) -> list[str]:
    """kube-controller-manager. Addresses of Pods are the VPC CNI's: no node gets a CIDR."""
    pki = files.pki
    flags = {
        "kubeconfig": pki.kubeconfig("kube-controller-manager"),
        **_serving(files),
        "service-account-private-key-file": pki.key("sa"),
        "root-ca-file": pki.cert("ca"),
        "cluster-signing-cert-file": pki.cert("ca"),
        "cluster-signing-key-file": pki.key("ca"),
        "use-service-account-credentials": "true",
        "allocate-node-cidrs": "false",
        "configure-cloud-routes": "false",
        "leader-elect": "false",  # there is one
        # At the default of 20 requests a second the controllers take five seconds to make their service accounts.
        "kube-api-qps": "200",
        "kube-api-burst": "400",
        "profiling": "false",
        "v": VERBOSITY,
    }
    return ["kube-controller-manager", *_options(flags), *_emulation(settings)]


def scheduler(settings: Settings, files: Files) -> list[str]:
    """kube-scheduler with its own default profile, as on EKS."""
    flags = {
        "kubeconfig": files.pki.kubeconfig("kube-scheduler"),
        **_serving(files),
        "leader-elect": "false",
        "kube-api-qps": "200",
        "kube-api-burst": "400",
        "profiling": "false",
        "v": VERBOSITY,
    }
    return ["kube-scheduler", *_options(flags), *_emulation(settings)]


def _serving(files: Files) -> dict[str, object]:
    """What the API server looks at to say in ComponentStatus that the program is healthy.

    Without a certificate it would make one, of two RSA keys, which take a tenth of a second to find.
    """
    pki = files.pki
    return {
        "bind-address": "127.0.0.1",
        "tls-cert-file": pki.cert("components"),
        "tls-private-key-file": pki.key("components"),
    }


def _authentication(settings: Settings, files: Files) -> list[str]:
    # Upstream takes flags for a provider or the file, and the limits of anonymous requests are in the file alone: with
    # a provider they are as upstream has them.
    return settings.oidc.options() if settings.oidc else [f"--authentication-config={files.authentication}"]


def _options(flags: Mapping[str, object]) -> list[str]:
    return [f"--{name}={value}" for name, value in flags.items()]


def _emulation(settings: Settings) -> list[str]:
    return [] if settings.version == settings.binary_version else [f"--emulated-version={settings.version}"]
