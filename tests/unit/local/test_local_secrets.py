"""Secrets of the embedded stack."""

import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from fotograma_local.secrets import Secrets


def test_password_is_made_once(tmp_path: Path) -> None:
    first = Secrets.in_folder(tmp_path / "secrets")
    again = Secrets.in_folder(tmp_path / "secrets")
    assert len(first.password("a")) >= 32
    assert again.password("a") == first.password("a")
    assert first.password("b") != first.password("a")
    digest = hashlib.sha256(first.password("a").encode()).hexdigest()
    assert again.password_sha256("a") == digest


def test_nobody_else_can_read_them(tmp_path: Path) -> None:
    secrets = Secrets.in_folder(tmp_path / "secrets")
    secrets.password("a")
    (key,) = secrets.signing_keys().iterdir()
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "secrets" / "a").stat().st_mode & 0o777 == 0o600
    assert key.stat().st_mode & 0o777 == 0o600


def test_there_is_one_signing_key_until_an_operator_adds_another(tmp_path: Path) -> None:
    secrets = Secrets.in_folder(tmp_path)
    (first,) = secrets.signing_keys().iterdir()
    assert isinstance(load_pem_private_key(first.read_bytes(), None), Ed25519PrivateKey)
    (secrets.signing_keys() / "second.pem").write_bytes(first.read_bytes())
    assert len(list(secrets.signing_keys().iterdir())) == 2


def test_what_a_crash_left_half_written_is_not_taken_for_a_secret(tmp_path: Path) -> None:
    (tmp_path / "a.new").write_text("hal")
    assert Secrets.in_folder(tmp_path).password("a") != "hal"
