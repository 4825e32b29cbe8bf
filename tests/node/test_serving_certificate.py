"""The certificate that a kubelet finds, and serves with."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from eks_local.node import boot, serving_certificate
from eks_local.node.spec import LAYOUT
from tests.node.test_spec import USER_DATA, machine


def test_it_is_of_the_node_and_its_key_is_its_own() -> None:
    certificate, key = serving_certificate.make("ip-10-0-1-5.ec2.internal")
    read = x509.load_pem_x509_certificate(certificate.encode())
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["ip-10-0-1-5.ec2.internal"]
    assert read.public_key() == serialization.load_pem_private_key(key.encode(), None).public_key()


def test_it_is_where_a_kubelet_looks_and_for_nobody_else(tmp_path: Path) -> None:
    boot.write(tmp_path, machine(USER_DATA))
    key = tmp_path / LAYOUT.serving_key.lstrip("/")
    assert key.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / LAYOUT.serving_certificate.lstrip("/")).is_file()
