"""Accounts: register, log in, log out, passwords, sessions, deletion."""

import os
import re
import sys
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from getpass import getpass
from http import HTTPStatus
from uuid import UUID

from fotograma_cli.api.client import Client
from fotograma_cli.api.connection import Json
from fotograma_cli.errors import CommandError, NotFound, NotLoggedIn, Refused, WrongUsage
from fotograma_cli.output import Output, ask, at_terminal, confirm
from fotograma_cli.units import format_age

PASSWORD_VARIABLE = "FOTOGRAMA_PASSWORD"  # noqa: S105 - the variable's name
NEW_PASSWORD_VARIABLE = "FOTOGRAMA_NEW_PASSWORD"  # noqa: S105 - the variable's name
_LINK = re.compile(r"(?:\S*/reset/)?(?P<token>[\w-]+)")


def first_password(client: Client) -> "Question":
    """How a new account's password is asked for.

    Raises `CommandError` where nobody may open an account.
    """
    try:
        rules = client.account_rules()
    except Refused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return FIRST_PASSWORD  # an older server, which says what it refuses when it does
    if not rules["registration_open"]:
        raise CommandError(
            f"Accounts cannot be opened at {client.server}. Ask whoever runs it for one, and then: "
            "fotograma login",
            code="registration_closed",
        )
    return replace(FIRST_PASSWORD, at_least=rules["password_min_characters"])


def register(client: Client, output: Output, email: str, password: str) -> None:
    """Open an account."""
    account = client.register(email, password)
    output.say(
        f"{account['email']} is registered. Open the link that is mailed there: it proves the "
        f"address. Next: fotograma login {account['email']}"
    )
    output.result(account)


def login(client: Client, output: Output, email: str, password: str) -> None:
    """Begin a session, and end the one that it takes the place of."""
    earlier = client.session.refresh_token
    client.login(email, password)
    if earlier is not None:
        _end_session(client, earlier, output)
    output.say(f"Logged in to {client.server} as {email}.")
    output.result({"server": client.server, "email": email})


def logout(client: Client, output: Output) -> None:
    """Forget the tokens, and end the session at the server where that can be reached."""
    session = client.session
    if session.refresh_token is None:
        raise NotLoggedIn(f"You are not logged in to {session.server}.")
    client.forget()
    ended = _end_session(client, session.refresh_token, output)
    output.say(f"Logged out of {session.server}.")
    output.result({"server": session.server, "ended_at_server": ended})


def logout_everywhere(client: Client, output: Output) -> None:
    """End every session of the account, this one included."""
    client.logout_everywhere()
    client.forget()
    output.say(f"Logged out of {client.server}, everywhere.")
    output.result({"server": client.server, "ended_at_server": True})


def show(client: Client, output: Output) -> None:
    """Show the account."""
    account = client.account()
    verified = "verified" if account["verified_at"] else "not verified"
    output.say(f"{account['email']} ({verified}) at {client.server}")
    output.result({**account, "server": client.server})


def change_password(
    client: Client, output: Output, current: str, new: str, *, revoke_keys: bool
) -> None:
    """Choose another password."""
    client.change_password(current, new, revoke_keys=revoke_keys)
    ended = "session and every API key" if revoke_keys else "session"
    output.say(f"The password is changed. Every other {ended} has ended.")
    output.result({"changed": True, "revoked_keys": revoke_keys})


def forgot_password(client: Client, output: Output, email: str) -> None:
    """Request a link by mail to choose another password."""
    client.forgot_password(email)
    output.say(
        f"If {email} has an account, a link is on its way. Next: fotograma password reset LINK"
    )
    output.result({"email": email})


def reset_password(client: Client, output: Output, link: str, new: str) -> None:
    """Choose another password with the mailed link, or with the token at its end."""
    found = _LINK.fullmatch(link.strip())
    if found is None:
        raise WrongUsage("This is not the link of the mail.")
    client.reset_password(found["token"], new)
    output.say(
        "The password is changed. Every session and every API key has ended. Next: fotograma login"
    )
    output.result({"changed": True})


def delete(client: Client, output: Output, password: str) -> None:
    """Delete the account and everything of it."""
    client.delete_account(password)
    client.forget()
    output.say("The account is closed. Its videos are being erased.")
    output.result({"deleted": True})


def confirm_deletion(client: Client) -> None:
    """Ask whether the account is to go. Raises what `confirm` raises."""
    email = client.account()["email"]
    confirm(f"Close the account {email} and erase all its videos?", declined="Nothing was deleted.")


def list_sessions(client: Client, output: Output) -> None:
    """Show where the account is logged in."""
    sessions = client.sessions()
    now = datetime.now(UTC)
    columns = ["ID", "LAST USED", "BEGAN", "ADDRESS", "PROGRAM"]
    output.table(columns, [_session_row(session, now) for session in sessions])
    output.result({"sessions": sessions})


def end_session(client: Client, output: Output, text: str) -> None:
    """End one session, found by the beginning of its id."""
    session = find_by_id(client.sessions(), text, what="session")
    client.end_session(UUID(session["id"]))
    output.say(f"Session {session['id']} has ended.")
    output.result(session)


def find_by_id(items: list[Json], text: str, *, what: str) -> Json:
    """The item whose id begins with `text`. Raises `NotFound`, or `WrongUsage` when several do."""
    found = [item for item in items if item["id"].startswith(text.lower())]
    if not found:
        raise NotFound(f"You have no {what} {text!r}.", code=f"{what}_not_found".replace(" ", "_"))
    if len(found) > 1:
        raise WrongUsage(f"{len(found)} of your {what}s have an id that begins with {text!r}.")
    return found[0]


def ask_email(email: str | None) -> str:
    """The address given, or typed in. Raises `WrongUsage` without a terminal."""
    if email is not None:
        return email.strip()
    if not at_terminal():
        raise WrongUsage("Give the e-mail address: there is no terminal to ask for it.")
    return ask("E-mail:")


@dataclass(frozen=True, slots=True)
class Question:
    """A password: its prompt, and its environment variable."""

    prompt: str
    variable: str
    confirm: bool
    """Whether it has to be typed twice."""
    at_least: int = 0
    """Characters that it needs."""

    @property
    def text(self) -> str:
        """What is asked at a terminal."""
        needs = f" (at least {self.at_least} characters)" if self.at_least else ""
        return f"{self.prompt}{needs}: "


KNOWN_PASSWORD = Question("Password", PASSWORD_VARIABLE, confirm=False)
FIRST_PASSWORD = Question("Password", PASSWORD_VARIABLE, confirm=True)
NEW_PASSWORD = Question("New password", NEW_PASSWORD_VARIABLE, confirm=True)


def ask_password(question: Question, *, from_stdin: bool) -> str:
    """The password, from standard input's next line, the environment, or typed in unseen.

    Never from the command line, which other users of the machine can read.
    """
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif question.variable in os.environ:
        password = os.environ[question.variable]
    elif at_terminal():
        password = getpass(question.text)
        if question.confirm and getpass("The same again: ") != password:
            raise WrongUsage("The two passwords differ.")
    else:
        raise WrongUsage(
            f"There is no terminal to ask for the password. Set {question.variable}, "
            "or use --password-stdin."
        )
    if not password:
        raise WrongUsage("The password is empty.")
    if len(unicodedata.normalize("NFC", password)) < question.at_least:
        raise CommandError(
            f"The password needs at least {question.at_least} characters.",
            code="password_too_short",
        )
    return password


def _session_row(session: Json, now: datetime) -> list[str]:
    current = " (this one)" if session["current"] else ""
    return [
        session["id"][:8] + current,
        format_age(datetime.fromisoformat(session["last_used_at"]), now),
        format_age(datetime.fromisoformat(session["created_at"]), now),
        session["address"] or "-",
        session["user_agent"] or "-",
    ]


def _end_session(client: Client, refresh_token: str, output: Output) -> bool:
    try:
        client.logout(refresh_token)
    except CommandError as error:
        output.note(f"The old session was not ended at the server, where it runs out: {error}")
        return False
    return True
