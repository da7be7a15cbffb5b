"""Accounts: register, log in, log out."""

import os
import sys
from getpass import getpass

from fotograma_cli.client import Client
from fotograma_cli.errors import CommandError, NotLoggedIn, WrongUsage
from fotograma_cli.output import Output, ask, at_terminal

PASSWORD_VARIABLE = "FOTOGRAMA_PASSWORD"  # noqa: S105 - the variable's name


def register(client: Client, output: Output, email: str, password: str) -> None:
    """Open an account."""
    account = client.register(email, password)
    output.say(f"{account['email']} is registered. Next: fotograma login {account['email']}")
    output.result(account)


def login(client: Client, output: Output, email: str, password: str) -> None:
    """Begin a session, and end the one that it takes the place of."""
    earlier = client.session.refresh_token
    client.login(email, password)
    if earlier is not None:
        _end_session(client, earlier, output)
    output.say(f"Logged in to {client.session.server} as {email}.")
    output.result({"server": client.session.server, "email": email})


def logout(client: Client, output: Output) -> None:
    """Forget the tokens, and end the session at the server where that can be reached."""
    session = client.session
    if session.refresh_token is None:
        raise NotLoggedIn(f"You are not logged in to {session.server}.")
    client.forget()
    ended = _end_session(client, session.refresh_token, output)
    output.say(f"Logged out of {session.server}.")
    output.result({"server": session.server, "ended_at_server": ended})


def ask_email(email: str | None) -> str:
    """The address given, or typed in. Raises `WrongUsage` where nobody can type."""
    if email is not None:
        return email.strip()
    if not at_terminal():
        raise WrongUsage("Give the e-mail address: there is no terminal to ask for it.")
    return ask("E-mail:")


def ask_password(*, from_stdin: bool, confirm: bool) -> str:
    """The password, from standard input's first line, the environment, or typed in unseen.

    Never from the command line, which other users of the machine can read.
    """
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif PASSWORD_VARIABLE in os.environ:
        password = os.environ[PASSWORD_VARIABLE]
    elif at_terminal():
        password = getpass("Password: ")
        if confirm and getpass("The same again: ") != password:
            raise WrongUsage("The two passwords differ.")
    else:
        raise WrongUsage(
            f"There is no terminal to ask for the password. Set {PASSWORD_VARIABLE}, "
            "or use --password-stdin."
        )
    if not password:
        raise WrongUsage("The password is empty.")
    return password


def _end_session(client: Client, refresh_token: str, output: Output) -> bool:
    try:
        client.logout(refresh_token)
    except CommandError as error:
        output.note(f"The old session was not ended at the server, where it runs out: {error}")
        return False
    return True
