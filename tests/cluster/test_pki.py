import ssl
import stat
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from eks_local.cluster.pki import CLIENTS, ClusterPKI, Names

NAMES = Names.of_cluster("ABC.gr7.us-east-1.eks.amazonaws.com", "172.20.0.0/16", ["198.51.100.7", "10.0.1.10"])


def load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def made(folder: Path) -> ClusterPKI:
    pki = ClusterPKI(folder / "pki")
    pki.ensure(NAMES)
    return pki


def test_the_serving_certificate_names_all_ways_to_the_api(tmp_path: Path) -> None:
    names = load(made(tmp_path).cert("apiserver")).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert set(names.value.get_values_for_type(x509.DNSName)) >= {
        "ABC.gr7.us-east-1.eks.amazonaws.com",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
    }
    addresses = {str(address) for address in names.value.get_values_for_type(x509.IPAddress)}
    assert addresses == {"172.20.0.1", "127.0.0.1", "198.51.100.7", "10.0.1.10"}


def test_only_the_owner_reads_keys(tmp_path: Path) -> None:
    pki = made(tmp_path)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in pki.folder.iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(pki.folder.stat().st_mode) == 0o700


def test_everything_is_kept_across_restarts(tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in made(tmp_path).folder.iterdir()}
    assert {path.name: path.read_bytes() for path in made(tmp_path).folder.iterdir()} == before


def test_new_addresses_change_the_serving_certificate_alone(tmp_path: Path) -> None:
    pki = made(tmp_path)
    before = {path.name: path.read_bytes() for path in pki.folder.iterdir()}
    pki.ensure(Names(NAMES.dns, (*NAMES.addresses, "10.0.2.10")))
    changed = {path.name for path in pki.folder.iterdir() if path.read_bytes() != before[path.name]}
    assert changed == {"apiserver.crt", "apiserver.key"}


def test_certificates_are_signed_by_their_authority_for_their_use(tmp_path: Path) -> None:
    pki = made(tmp_path)
    authority = load(pki.cert("ca"))
    for name in ("apiserver", "webhook", *CLIENTS):
        load(pki.cert(name)).verify_directly_issued_by(authority)
    load(pki.cert("front-proxy-client")).verify_directly_issued_by(load(pki.cert("front-proxy-ca")))
    usage = load(pki.cert("kube-scheduler")).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH]


def test_subjects_are_kubernetes_users_and_groups(tmp_path: Path) -> None:
    pki = made(tmp_path)
    subject = load(pki.cert("cluster-bootstrap")).subject
    assert subject.rfc4514_string() == "CN=eks:cluster-bootstrap,O=system:masters"
    assert load(pki.cert("kube-scheduler")).subject.rfc4514_string() == "CN=system:kube-scheduler"


def test_service_account_tokens_are_signed_with_rsa_as_sts_expects(tmp_path: Path) -> None:
    pki = made(tmp_path)
    assert isinstance(load_pem_private_key(pki.key("sa").read_bytes(), None), rsa.RSAPrivateKey)
    assert isinstance(load_pem_private_key(pki.key("ca").read_bytes(), None), ec.EllipticCurvePrivateKey)
    assert pki.service_account_public_key.startswith("-----BEGIN PUBLIC KEY-----")


def test_kubeconfigs_need_no_other_file(tmp_path: Path) -> None:
    config = yaml.safe_load(made(tmp_path).kubeconfig("kube-scheduler").read_text())
    assert config["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:443"
    assert set(config["users"][0]["user"]) == {"client-certificate-data", "client-key-data"}


def test_openssl_accepts_the_chain(tmp_path: Path) -> None:
    pki = made(tmp_path)
    context = ssl.create_default_context(cafile=str(pki.cert("ca")))
    context.load_cert_chain(pki.cert("kube-scheduler"), pki.key("kube-scheduler"))
    assert context.cert_store_stats()["x509_ca"] == 1
