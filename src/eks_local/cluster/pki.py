"""One cluster's certificates and keys: made once, kept for the cluster's life, readable by its owner alone.

What EKS keeps to itself is the same here: the cluster's CA signs the API server's serving certificate and the
clients of the control plane; the front-proxy CA signs the aggregation layer's client; service account tokens are
signed by an RSA key (RS256, what STS expects of an OIDC issuer).
"""

import base64
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from eks_local import certificates
from eks_local.kube import api_address

_VALID = timedelta(days=3650)

#: The address of the API server inside the control plane's network namespace.
LOCAL_SERVER = "https://127.0.0.1:443"


@dataclass(frozen=True)
class Identity:
    """Who a client certificate says its holder is: user name and groups of Kubernetes."""

    user: str
    groups: tuple[str, ...] = ()


#: Clients of the control plane. `eks:` users are named as EKS's own components appear in a cluster's audit log.
CLIENTS = {
    "kube-controller-manager": Identity("system:kube-controller-manager"),
    "kube-scheduler": Identity("system:kube-scheduler"),
    "apiserver-kubelet-client": Identity("kube-apiserver-kubelet-client", ("system:masters",)),
    "apiserver-webhook-client": Identity("kube-apiserver-webhook-client"),
    "cluster-bootstrap": Identity("eks:cluster-bootstrap", ("system:masters",)),
    "addon-manager": Identity("eks:addon-manager", ("system:masters",)),
    "node-manager": Identity("eks:node-manager", ("system:masters",)),
    "cloud-controller-manager": Identity("eks:cloud-controller-manager", ("system:masters",)),
}


@dataclass(frozen=True)
class Names:
    """What the API server's certificate is valid for."""

    dns: tuple[str, ...]
    addresses: tuple[str, ...]

    @classmethod
    def of_cluster(cls, endpoint: str, service_cidr: str, addresses: Sequence[str]) -> "Names":
        """Names of the cluster with endpoint host `endpoint`; `addresses` are the public one and those of its ENIs."""
        first = api_address(service_cidr)
        inside = ("kubernetes.default.svc.cluster.local", "kubernetes.default.svc", "kubernetes.default", "kubernetes")
        return cls((endpoint, *inside, "localhost"), (first, "127.0.0.1", *addresses))


class ClusterPKI:
    """The certificates in one folder. `ensure` makes what is missing; everything else only names files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ensure(self, names: Names) -> None:
        """Make what is missing. The serving certificate is made anew when `names` are not those it was made for."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for authority, common in (("ca", "kubernetes"), ("front-proxy-ca", "front-proxy-ca")):
            if not self.cert(authority).exists():
                _make_authority(self, authority, common)
        if not self.key("sa").exists():
            _make_signing_key(self)
        for client, identity in CLIENTS.items():
            if not self.kubeconfig(client).exists():
                _issue(self, "ca", client, _client(identity))
                _write(self.kubeconfig(client), kubeconfig(self, client, LOCAL_SERVER))
        if not self.cert("front-proxy-client").exists():
            _issue(self, "front-proxy-ca", "front-proxy-client", _client(Identity("front-proxy-client")))
        if not self.cert("webhook").exists():
            _issue(self, "ca", "webhook", _server("eks-webhook", Names(("localhost",), ("127.0.0.1",))))
        if not self.cert("components").exists():
            _issue(self, "ca", "components", _server("kube-components", Names(("localhost",), ("127.0.0.1",))))
        if not self.cert("apiserver").exists() or _names_of(self.cert("apiserver")) != _comparable(names):
            _issue(self, "ca", "apiserver", _server("kube-apiserver", names))

    def cert(self, name: str) -> Path:
        """The certificate (PEM) of `name`."""
        return self.folder / f"{name}.crt"

    def key(self, name: str) -> Path:
        """The private key (PEM) of `name`."""
        return self.folder / f"{name}.key"

    def kubeconfig(self, client: str) -> Path:
        """The kubeconfig of one of `CLIENTS`, for processes beside the API server."""
        return self.folder / f"{client}.kubeconfig"

    @property
    def authority(self) -> str:
        """The cluster's CA certificate (PEM), as DescribeCluster shows it (there in base64)."""
        return self.cert("ca").read_text()

    @property
    def service_account_public_key(self) -> str:
        """The key (PEM) that service account tokens verify with."""
        return (self.folder / "sa.pub").read_text()


def kubeconfig(pki: ClusterPKI, client: str, server: str) -> bytes:
    """A kubeconfig for `client` with everything in it."""

    def data(path: Path) -> str:
        return base64.b64encode(path.read_bytes()).decode()

    cluster = {"server": server, "certificate-authority-data": data(pki.cert("ca"))}
    user = {"client-certificate-data": data(pki.cert(client)), "client-key-data": data(pki.key(client))}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "cluster", "cluster": cluster}],
        "users": [{"name": client, "user": user}],
        "contexts": [{"name": client, "context": {"cluster": "cluster", "user": client}}],
        "current-context": client,
    }
    return yaml.safe_dump(document).encode()


@dataclass(frozen=True)
class _Request:
    """What a leaf certificate is to say."""

    subject: x509.Name
    usage: x509.ObjectIdentifier
    names: Names | None = None


def _client(identity: Identity) -> _Request:
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in identity.groups]
    subject = x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, identity.user)])
    return _Request(subject, ExtendedKeyUsageOID.CLIENT_AUTH)


def _server(common_name: str, names: Names) -> _Request:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    return _Request(subject, ExtendedKeyUsageOID.SERVER_AUTH, names)


def _make_authority(pki: ClusterPKI, name: str, common_name: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        certificates.builder(subject, subject, key.public_key(), _VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(pki.key(name), certificates.pem(key))
    _write(pki.cert(name), certificate.public_bytes(serialization.Encoding.PEM))


def _issue(pki: ClusterPKI, authority: str, name: str, request: _Request) -> None:
    issuer = x509.load_pem_x509_certificate(pki.cert(authority).read_bytes())
    issuer_key = serialization.load_pem_private_key(pki.key(authority).read_bytes(), None)
    if not isinstance(issuer_key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{pki.key(authority)} is not an elliptic curve key")
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        certificates.builder(request.subject, issuer.subject, key.public_key(), _VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([request.usage]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if request.names:
        dns = [x509.DNSName(name) for name in request.names.dns]
        addresses = [x509.IPAddress(ipaddress.ip_address(address)) for address in request.names.addresses]
        builder = builder.add_extension(x509.SubjectAlternativeName([*dns, *addresses]), critical=False)
    _write(pki.key(name), certificates.pem(key))
    _write(pki.cert(name), builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def _make_signing_key(pki: ClusterPKI) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    _write(pki.folder / "sa.pub", key.public_key().public_bytes(serialization.Encoding.PEM, form))
    _write(pki.key("sa"), certificates.pem(key))


def _names_of(certificate: Path) -> tuple[frozenset[str], frozenset[str]]:
    parsed = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return frozenset(names.get_values_for_type(x509.DNSName)), frozenset(addresses)


def _comparable(names: Names) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(names.dns), frozenset(names.addresses)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    scratch = path.with_name(f".{path.name}.new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    scratch.rename(path)
