"""Options that several commands have, and the client they configure."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from fotograma_cli.api.client import Client
from fotograma_cli.api.credentials import CredentialStore, choose_session, config_folder
from fotograma_cli.api.http import DEFAULT_SERVER
from fotograma_cli.output import Output, reporting

API_KEY_VARIABLE = "FOTOGRAMA_API_KEY"

ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        envvar="FOTOGRAMA_SERVER",
        metavar="URL",
        help=f"The server; by default the one of the last login, else {DEFAULT_SERVER}.",
    ),
]
CaCertOption = Annotated[
    Path | None,
    typer.Option(
        "--ca-cert",
        envvar="FOTOGRAMA_CA_CERT",
        help="PEM file of the authority that signed the server's certificate, "
        "if it is one of your own. SSL_CERT_FILE is heeded too.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document for scripts, and nothing else.")
]
EmailArgument = Annotated[
    str | None, typer.Argument(metavar="[EMAIL]", help="Asked for if absent.")
]
PasswordStdinOption = Annotated[
    bool,
    typer.Option(
        "--password-stdin",
        help="Read the password from standard input. "
        "Otherwise it is taken from FOTOGRAMA_PASSWORD or asked for.",
    ),
]
VideoArgument = Annotated[
    str,
    typer.Argument(metavar="VIDEO", help="An id, the unique beginning of one, or an exact name."),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
ExtractionOption = Annotated[
    str | None,
    typer.Option("--extraction", metavar="ID", help="Which, by the beginning of its id."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """The options that say what follows once an extraction has begun."""

    wait: Annotated[bool, typer.Option("--wait", help="Wait until the frames are extracted.")] = (
        False
    )
    folder: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Wait, and save the frames as DIR/<name>.zip."
        ),
    ] = None
    force: ForceOption = False

    @property
    def waits(self) -> bool:
        """Whether the command waits for the archive; saving it takes waiting for it."""
        return self.wait or self.folder is not None


@contextmanager
def connected(
    server: str | None, ca_cert: Path | None, *, as_json: bool
) -> Iterator[tuple[Client, Output]]:
    """The client of a command, and its output."""
    with reporting(as_json=as_json) as output:
        store = CredentialStore(config_folder())
        session = choose_session(store.load(), server, ca_cert)
        api_key = os.environ.get(API_KEY_VARIABLE) or None
        with Client(session, store, api_key=api_key) as client:
            yield client, output
