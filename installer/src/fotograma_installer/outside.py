"""The product as its users see it: by its address, and with a clip."""

import os
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx

from fotograma_installer.preflight.findings import Finding, either, failure, warning
from fotograma_installer.programs import ProgramFailed, Programs

SECONDS = 20.0
CLIP_SECONDS = 900.0
"""A first worker may wait for its node."""


def look(
    url: str, authority: Path | None = None, transport: httpx.BaseTransport | None = None
) -> Iterator[Finding]:
    """What anybody sees who has no account. Does not raise: what cannot be reached is found."""
    verify = ssl.create_default_context(cafile=authority) if authority else True
    with httpx.Client(timeout=SECONDS, transport=transport, verify=verify) as client:
        for path, check in (
            ("/auth/.well-known/jwks.json", _keys),
            ("/", _page),
            ("/video/uploads", _refused),
            ("/notify/deliveries", _refused),
        ):
            try:
                yield check(path, client.get(f"{url}{path}"))
            except httpx.HTTPError as error:
                yield failure(f"{path}: {error or type(error).__name__}", f"curl -v {url}{path}")
        yield _plain(client, url)


def _keys(path: str, answer: httpx.Response) -> Finding:
    there = answer.status_code == httpx.codes.OK and bool(answer.json().get("keys"))
    return either(
        there, "auth answers", f"{path}: {answer.status_code}", "kubectl -n fotograma get pods"
    )


def _page(path: str, answer: httpx.Response) -> Finding:
    if answer.status_code != httpx.codes.OK:
        return failure(f"{path}: {answer.status_code}", "kubectl -n fotograma get pods")
    missing = {"strict-transport-security", "content-security-policy"} - set(answer.headers)
    return either(
        not missing,
        "the page answers, with its headers",
        f"the page lacks {', '.join(sorted(missing))}",
        "kubectl -n fotograma describe ingress fotograma",
    )


def _refused(path: str, answer: httpx.Response) -> Finding:
    return either(
        answer.status_code == httpx.codes.UNAUTHORIZED,
        f"{path} asks who it is",
        f"{path}: {answer.status_code} without an account",
        "kubectl -n fotograma get pods",
    )


def _plain(client: httpx.Client, url: str) -> Finding:
    plain = url.replace("https://", "http://")
    try:
        answer = client.get(plain)
    except httpx.HTTPError as error:
        return warning(f"{plain}: {error or type(error).__name__}", f"curl -v {plain}")
    return either(
        answer.is_redirect and answer.headers["location"].startswith("https://"),
        "plain HTTP leads to HTTPS",
        f"{plain}: {answer.status_code}, not HTTPS",
        "kubectl -n fotograma describe ingress fotograma",
    )


def upload_clip(
    url: str,
    clip: Path,
    account: dict[str, str] | None,
    programs: Programs,
    authority: Path | None = None,
) -> Finding:
    """Upload, wait, download: as the account, or as whom FOTOGRAMA_API_KEY is."""
    with tempfile.TemporaryDirectory() as folder:
        own = programs.knowing(FOTOGRAMA_CONFIG_DIR=folder, FOTOGRAMA_SERVER=url)
        if authority is not None:
            own = own.knowing(FOTOGRAMA_CA_CERT=str(authority))
        try:
            if account is not None:
                login = ("fotograma", "login", account["email"], "--password-stdin")
                own.run(*login, text=account["password"] + "\n")
            upload = ("fotograma", "upload", str(clip), "--every", "2", "--wait", "-o", folder)
            own.run(*upload, seconds=CLIP_SECONDS)
        except ProgramFailed as error:
            return failure(f"a clip was not taken: {error}", "docs/runbooks/extractions-fail.md")
        archives = [path for path in Path(folder).rglob("*.zip") if path.stat().st_size > 0]
    return either(
        archives,
        "a clip went up, and its frames came down",
        "a clip went up, and nothing came down",
        "docs/runbooks/extractions-fail.md",
    )


def has_api_key() -> bool:
    """Whether the operator brings an account."""
    return bool(os.environ.get("FOTOGRAMA_API_KEY"))
