"""The certificate that a kubelet serves with: nobody's but its own word, as the one that it makes when it finds none.

It would make one of two RSA keys, which take a tenth of a second to find, or three. One of an elliptic curve is had at
once.
"""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from eks_local import certificates

_VALID = timedelta(days=365)


def make(host: str) -> tuple[str, str]:
    """Certificate and private key, PEM, for the node called `host`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    certificate = (
        certificates.builder(name, name, key.public_key(), _VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), certificates.pem(key).decode()
