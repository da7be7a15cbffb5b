"""The commands about accounts: their arguments and options, and which function they go to."""

from typing import Annotated

import typer

from fotograma_cli import accounts, api_keys
from fotograma_cli.api_keys import Scope
from fotograma_cli.options import (
    CaCertOption,
    EmailArgument,
    JsonOption,
    PasswordStdinOption,
    ServerOption,
    YesOption,
    connected,
)

app = typer.Typer()
password_app = typer.Typer(no_args_is_help=True, help="Change a password, or replace a lost one.")
sessions_app = typer.Typer(no_args_is_help=True, help="See where you are logged in.")
keys_app = typer.Typer(
    no_args_is_help=True,
    help="API keys, for programs: a command that finds one in FOTOGRAMA_API_KEY needs no login.",
)
account_app = typer.Typer(no_args_is_help=True, help="Your account as a whole.")
app.add_typer(password_app, name="password")
app.add_typer(sessions_app, name="sessions")
app.add_typer(keys_app, name="keys")
app.add_typer(account_app, name="account")

PasswordsStdinOption = Annotated[
    bool,
    typer.Option(
        "--password-stdin",
        help="Read the passwords from standard input, a line for each. Otherwise they are taken "
        "from FOTOGRAMA_PASSWORD and FOTOGRAMA_NEW_PASSWORD, or asked for.",
    ),
]
NewPasswordStdinOption = Annotated[
    bool,
    typer.Option(
        "--password-stdin",
        help="Read the new password from standard input. "
        "Otherwise it is taken from FOTOGRAMA_NEW_PASSWORD or asked for.",
    ),
]

KeyPasswordStdinOption = Annotated[
    bool,
    typer.Option(
        "--password-stdin",
        help="Read the password from standard input. "
        "Otherwise it is taken from FOTOGRAMA_PASSWORD or asked for, where the server wants it.",
    ),
]


@app.command()
def register(
    email: EmailArgument = None,
    *,
    password_stdin: PasswordStdinOption = False,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open an account."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        question = accounts.first_password(client)
        address = accounts.ask_email(email)
        password = accounts.ask_password(question, from_stdin=password_stdin)
        accounts.register(client, output, address, password)


@app.command()
def login(
    email: EmailArgument = None,
    *,
    password_stdin: PasswordStdinOption = False,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Log in. The server and the session are remembered for this user of this machine."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        address = accounts.ask_email(email)
        password = accounts.ask_password(accounts.KNOWN_PASSWORD, from_stdin=password_stdin)
        accounts.login(client, output, address, password)


@app.command()
def logout(
    *,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="End every session of the account.")
    ] = False,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forget the session, and end it at the server."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        if everywhere:
            accounts.logout_everywhere(client, output)
        else:
            accounts.logout(client, output)


@password_app.command()
def change(
    *,
    revoke_keys: Annotated[
        bool,
        typer.Option("--revoke-keys", help="End all API keys, too: others may have made some."),
    ] = False,
    password_stdin: PasswordsStdinOption = False,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Choose another password. Every other session ends, and with --revoke-keys every API key."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        current = accounts.ask_password(accounts.KNOWN_PASSWORD, from_stdin=password_stdin)
        new = accounts.ask_password(accounts.NEW_PASSWORD, from_stdin=password_stdin)
        accounts.change_password(client, output, current, new, revoke_keys=revoke_keys)


@password_app.command()
def forgot(
    email: EmailArgument = None,
    *,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have a link mailed with which another password can be chosen."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        accounts.forgot_password(client, output, accounts.ask_email(email))


@password_app.command()
def reset(
    link: Annotated[str, typer.Argument(metavar="LINK", help="The mailed link; it is good once.")],
    *,
    password_stdin: NewPasswordStdinOption = False,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Choose another password with the mailed link. Every session and every API key ends."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        new = accounts.ask_password(accounts.NEW_PASSWORD, from_stdin=password_stdin)
        accounts.reset_password(client, output, link, new)


@sessions_app.command("list")
def list_sessions(
    *,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """List your logins, the one used last first."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        accounts.list_sessions(client, output)


@sessions_app.command("end")
def end_session(
    session: Annotated[
        str, typer.Argument(metavar="ID", help="The beginning of its id is enough.")
    ],
    *,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """End one of your sessions."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        accounts.end_session(client, output, session)


@keys_app.command("list")
def list_keys(
    *,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """List your API keys."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        api_keys.list_keys(client, output)


@keys_app.command("create")
def create_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    *,
    scopes: Annotated[
        list[Scope], typer.Option("--scope", help="What it may do. Can be repeated.")
    ],
    expires_in_days: Annotated[
        int | None,
        typer.Option(min=1, max=3650, help="Every key expires.", show_default="365"),
    ] = None,
    password_stdin: KeyPasswordStdinOption = False,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an API key. It is printed once. Some minutes after a login it needs the password."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        new = api_keys.NewKey(name, scopes, expires_in_days)
        api_keys.create_key(client, output, new, password_stdin=password_stdin)


@keys_app.command("revoke")
def revoke_key(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="Its name, or the beginning of its id.")
    ],
    *,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Revoke an API key, with its access tokens within 15 minutes."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        api_keys.revoke_key(client, output, key)


@account_app.command("show")
def show_account(
    *,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show whose session or API key it is."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        accounts.show(client, output)


@account_app.command("delete")
def delete_account(
    *,
    yes: YesOption = False,
    password_stdin: PasswordStdinOption = False,
    server: ServerOption = None,
    ca_cert: CaCertOption = None,
    as_json: JsonOption = False,
) -> None:
    """Close the account: its videos, its frames and all else are erased, everywhere."""
    with connected(server, ca_cert, as_json=as_json) as (client, output):
        if not yes:
            accounts.confirm_deletion(client)
        password = accounts.ask_password(accounts.KNOWN_PASSWORD, from_stdin=password_stdin)
        accounts.delete(client, output, password)
