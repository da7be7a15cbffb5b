"""The certificate of environments without a domain: it vouches for itself, for trying."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from fotograma_installer.aws import Aws
from fotograma_installer.decisions import LOAD_BALANCERS, Environment

LIFE = timedelta(days=397)
"""As long as browsers accept one."""


def certificate_name(of: Environment) -> str:
    """Every load balancer of the region, whose own names are not known before."""
    return f"*.{of.region}.{LOAD_BALANCERS}"


def ensure_certificate(of: Environment, aws: Aws) -> None:
    """Let the load balancer find a certificate for its own name. The key is kept nowhere else."""
    name = certificate_name(of)
    if aws.certificate(name) is None:
        aws.bring_certificate(*self_signed(name))


def self_signed(name: str) -> tuple[str, str]:
    """A certificate and its key, as PEM."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(Encoding.PEM).decode(),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    )


@contextmanager
def trusted(of: Environment, aws: Aws) -> Iterator[Path | None]:
    """The file of the authority to believe, where it is none that everybody believes."""
    pem = None if of.domain is not None else aws.certificate(certificate_name(of))
    if pem is None:
        yield None
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "authority.pem"
        path.write_text(pem)
        yield path
