"""Environments without a domain: who has their certificate believes it, for their names only."""

import ssl
from pathlib import Path

import pytest
from fixtures.installer import READY, StandInAws, ready
from fotograma_installer.own_certificate import (
    certificate_name,
    ensure_certificate,
    self_signed,
    trusted,
)

NAME = "*.us-east-1.elb.amazonaws.com"


def shake_hands(folder: Path, host: str) -> None:
    """Between a server with a new certificate and a client who believes it, without a network."""
    certificate, key = self_signed(NAME)
    (folder / "both.pem").write_text(certificate + key)
    (folder / "authority.pem").write_text(certificate)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "both.pem")
    asking = ssl.create_default_context(cafile=folder / "authority.pem")
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    client = asking.wrap_bio(to_client, to_server, server_hostname=host)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue


def test_certificate_is_believed_for_a_load_balancer_of_the_region(tmp_path: Path) -> None:
    shake_hands(tmp_path, "k8s-fotograma-1.us-east-1.elb.amazonaws.com")


@pytest.mark.parametrize("host", ["k8s-1.sa-east-1.elb.amazonaws.com", "example.org"])
def test_certificate_is_not_believed_for_others(host: str, tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(tmp_path, host)


def test_certificate_is_brought_once_and_its_key_kept_nowhere() -> None:
    of = ready().model_copy(update={"domain": None})
    assert certificate_name(of) == NAME
    aws = StandInAws({**READY, ("acm", "list_certificates"): {"CertificateSummaryList": []}})
    ensure_certificate(of, aws)
    assert [operation for _, operation, _ in aws.asked][-1] == "import_certificate"
    aws.answers |= {
        ("acm", "list_certificates"): {
            "CertificateSummaryList": [{"DomainName": NAME, "CertificateArn": "arn"}]
        },
        ("acm", "get_certificate"): {"Certificate": "pem"},
    }
    ensure_certificate(of, aws)
    assert [operation for _, operation, _ in aws.asked][-1] == "get_certificate"
    with trusted(of, aws) as authority:
        assert authority is not None
        assert authority.read_text() == "pem"


def test_authority_of_a_domain_is_one_that_everybody_believes() -> None:
    with trusted(ready(), StandInAws(READY)) as authority:
        assert authority is None
