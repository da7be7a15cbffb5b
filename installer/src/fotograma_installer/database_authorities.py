"""The authorities that sign the certificates of AWS's databases, without which none is verified."""

from pathlib import Path

import httpx

from fotograma_installer.decisions import Environment
from fotograma_installer.errors import InstallerError

PAGE = "https://truststore.pki.rds.amazonaws.com"
SECONDS = 30.0
BEGINNING = "-----BEGIN CERTIFICATE-----"


class NoAuthorities(InstallerError):
    """AWS does not answer with certificates."""


def keep_authorities(
    of: Environment, path: Path, transport: httpx.BaseTransport | None = None
) -> None:
    """Fetch those of the region, which AWS adds to years before it uses them.

    Raises `NoAuthorities`, unless there are some from before.
    """
    url = f"{PAGE}/{of.region}/{of.region}-bundle.pem"
    try:
        with httpx.Client(timeout=SECONDS, transport=transport) as client:
            answer = client.get(url).raise_for_status()
    except httpx.HTTPError as error:
        if path.exists() and path.read_text():
            return
        raise NoAuthorities(f"{url}: {error or type(error).__name__}") from error
    if not answer.text.startswith(BEGINNING):
        raise NoAuthorities(f"{url} has no certificates")
    path.parent.mkdir(exist_ok=True)
    path.write_text(answer.text)
