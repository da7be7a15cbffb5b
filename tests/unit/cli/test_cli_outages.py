import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fixtures.cli import Run
from fixtures.fake_api import running_api
from fixtures.fake_api_state import PASSWORD, FakeApi
from fotograma_cli.api.client import Client
from fotograma_cli.api.credentials import CredentialStore
from fotograma_cli.api.http import open_http
from fotograma_cli.api.retries import Retries, retry_after_seconds
from fotograma_cli.errors import NotFound, Refused, ServerUnavailable, refusal
from fotograma_cli.exits import Exit
from fotograma_cli.waiting import MAX_FAILURES, wait_for_extraction

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5.0),
        (" 120 ", 120.0),
        (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30.0),
        (format_datetime(NOW - timedelta(seconds=30)), 0.0),
        ("Thu, 01 Jan 2026 00:00:07 -0000", 7.0),
        ("soon", 0.0),
        ("-1", 0.0),
    ],
)
def test_retry_after_is_read(value: str, seconds: float) -> None:
    assert retry_after_seconds(value, NOW) == seconds


def test_retries_wait_longer_each_time_and_only_for_transient_errors() -> None:
    slept: list[float] = []
    retries = Retries(attempts=4, first_wait=1.0, sleep=slept.append)
    away = ServerUnavailable("away")
    assert [retries.wait(attempt, away) for attempt in (1, 2, 3, 4)] == [True, True, True, False]
    assert [1 <= slept[0] <= 1.5, 2 <= slept[1] <= 3, 4 <= slept[2] <= 6] == [True] * 3
    assert not retries.wait(1, NotFound("gone"))
    assert not retries.wait(1, Refused(422, "x", "x", Exit.FAILED))
    assert not retries.wait(1, Refused(429, "too_many_streams", "x", Exit.FAILED))
    assert retries.wait(1, Refused(429, "too_many_requests", "x", Exit.FAILED))


def test_answer_that_is_no_problem_document_is_told_by_its_status() -> None:
    for content in (b"<html>", b"[]", b""):
        error = refusal(httpx.Response(502, content=content))
        assert (str(error), error.code, error.exit) == (
            "The server answered 502.",
            "http_502",
            Exit.UNAVAILABLE,
        )


def test_other_servers_answers_are_recognised(api: FakeApi, logged_in: Run) -> None:
    api.limits = ["another", "thing"]  # type: ignore[assignment]
    ran = logged_in("upload", __file__, "--json")
    assert ran.document["files"][0]["error"]["code"] == "not_fotograma"


class _Flaky(Client):
    """A client whose server is away for a while."""

    failures = 0

    def extraction(self, *_: object) -> dict[str, object]:
        if self.failures:
            self.failures -= 1
            raise ServerUnavailable("away")
        return {"status": "completed", "progress": {"frames": 1}}


@pytest.mark.parametrize("failures", [MAX_FAILURES, MAX_FAILURES + 1])
def test_waiting_outlasts_an_outage_of_minutes_only(
    logged_in: Run, config: Path, waits: list[float], failures: int
) -> None:
    session = CredentialStore(config).load()
    assert session is not None
    retries = Retries(sleep=waits.append)
    with _Flaky(session, CredentialStore(config), retries) as client:
        client.failures = failures
        if failures > MAX_FAILURES:
            with pytest.raises(ServerUnavailable):
                wait_for_extraction(client, uuid4(), uuid4(), lambda _: None)
        else:
            wait_for_extraction(client, uuid4(), uuid4(), lambda _: None)
    assert sum(waits) >= 60


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that no authority has signed, with its key behind it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "of a test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def secure_api(certificate: Path) -> Iterator[FakeApi]:
    """A server that speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with running_api(context) as running:
        yield running


def test_self_signed_certificate_is_refused(secure_api: FakeApi, run: Run) -> None:
    arguments = ("login", "a@example.com", "--password-stdin", "--server", secure_api.address)
    ran = run(*arguments, "--json", stdin=PASSWORD)
    assert ran.exit_code == 1
    assert ran.document["error"]["code"] == "certificate_not_trusted"
    assert "--ca-cert" in ran.stderr
    assert not secure_api.seen


def test_authority_of_ones_own_is_trusted_and_remembered(
    secure_api: FakeApi, run: Run, certificate: Path
) -> None:
    arguments = ("login", "a@example.com", "--password-stdin", "--server", secure_api.address)
    assert run(*arguments, "--ca-cert", certificate, stdin=PASSWORD).exit_code == 0
    assert run("list").exit_code == 0


def test_ssl_cert_file_is_trusted(
    secure_api: FakeApi, run: Run, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    arguments = ("login", "a@example.com", "--password-stdin", "--server", secure_api.address)
    assert run(*arguments, stdin=PASSWORD).exit_code == 0


def test_unreadable_authority_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("no certificate")
    assert "no PEM certificate" in run("list", "--ca-cert", tmp_path / "empty.pem").stderr
    assert "Cannot read" in run("list", "--ca-cert", tmp_path / "absent.pem").stderr


def test_this_machine_is_reached_without_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with running_api() as api, open_http(api.address, None) as http:
        assert http.post("/auth/register", json={"email": "a@example.com"}).status_code == 201
