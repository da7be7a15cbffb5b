"""Requests to a server: retried where that is safe, their access token kept fresh."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Self, TypeVar

import httpx

from fotograma_cli.api.credentials import CredentialStore, Session
from fotograma_cli.api.http import open_http, translated
from fotograma_cli.api.retries import Retries
from fotograma_cli.api.tokens import ApiKeyTokens, SessionTokens, Tokens
from fotograma_cli.errors import CommandError, Refused, refusal

REFRESH_SECONDS = 5.0
"""For each step of a refresh, which is done while other commands wait for the lock."""
API_KEY_GRANT = "urn:fotograma:grant-type:api-key"

Json = dict[str, Any]
T = TypeVar("T")


class Connection:
    """Asks one server, for one session or API key. Everything raises `CommandError`s."""

    def __init__(
        self,
        session: Session,
        store: CredentialStore,
        retries: Retries | None = None,
        now: Callable[[], float] = time.time,
        *,
        api_key: str | None = None,
    ) -> None:
        self.retries = retries or Retries()
        self._http = open_http(session.server, session.ca_cert)
        self._login = SessionTokens(session, store, self._refresh, now)
        self._tokens: Tokens = self._login
        if api_key is not None:
            self._tokens = ApiKeyTokens(api_key, self._exchange, now)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    @property
    def session(self) -> Session:
        """The session as it is now."""
        return self._login.session

    @property
    def server(self) -> str:
        """The server's address."""
        return self.session.server

    @property
    def user(self) -> str | None:
        """The e-mail address of the session; None with an API key."""
        return self.session.email if self._tokens is self._login else None

    def _json(
        self,
        method: str,
        path: str,
        *,
        repeatable: bool | None = None,
        attempts: int | None = None,
        **arguments: Any,
    ) -> Json:
        """Repeated only where nothing can have happened, unless it is safe to repeat."""
        if repeatable is None:
            repeatable = method != "POST"
        retries = self.retries if attempts is None else replace(self.retries, attempts=attempts)
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._send(method, path, **arguments)
            except CommandError as error:
                if not repeatable and not _nothing_happened(error):
                    raise
                if not retries.wait(attempt, error):
                    raise

    def _authorized(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **arguments: Any
    ) -> Json:
        return self._with_token(
            lambda token: self._json(
                method, path, headers={**(headers or {}), **bearer(token)}, **arguments
            )
        )

    def _with_token(self, send: Callable[[str], T]) -> T:
        token = self._tokens.current()
        try:
            return send(token)
        except Refused as error:
            if error.status != 401:
                raise
        return send(self._tokens.renewed(token))

    def _send(self, method: str, path: str, **arguments: Any) -> Json:
        with translated(self.server):
            response = self._http.request(method, path, **arguments)
        if not response.is_success:
            raise refusal(response)
        if response.status_code == 204:
            return {}
        try:
            body = response.json()
        except ValueError as error:
            raise _not_fotograma(self.server) from error
        if not isinstance(body, dict):
            raise _not_fotograma(self.server)
        return body

    @contextmanager
    def _event_stream(self, token: str, silence: float) -> Iterator[Iterator[bytes]]:
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity", **bearer(token)}
        timeout = httpx.Timeout(silence, connect=10.0)
        with (
            translated(self.server),
            self._http.stream("GET", "/video/events", headers=headers, timeout=timeout) as response,
        ):
            if not response.is_success:
                response.read()
                raise refusal(response)
            if not response.headers.get("Content-Type", "").startswith("text/event-stream"):
                raise _not_fotograma(self.server)
            yield response.iter_raw()

    def _refresh(self, refresh_token: str) -> Json:
        """Refresh, again if the answer was lost: the server allows that for ten seconds."""
        retries = replace(self.retries, longest_wait=REFRESH_SECONDS)
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._send(
                    "POST",
                    "/auth/refresh",
                    json={"refresh_token": refresh_token},
                    timeout=REFRESH_SECONDS,
                )
            except CommandError as error:
                if not retries.wait(attempt, error):
                    raise

    def _exchange(self, api_key: str) -> Json:
        form = {"grant_type": API_KEY_GRANT, "api_key": api_key}
        return self._json("POST", "/auth/token", data=form, repeatable=True)


def bearer(token: str) -> dict[str, str]:
    """The header that shows a token."""
    return {"Authorization": f"Bearer {token}"}


def _nothing_happened(error: CommandError) -> bool:
    return isinstance(error, Refused) and (
        error.status in {502, 503} or error.code == "too_many_requests"
    )


def _not_fotograma(server: str) -> CommandError:
    return CommandError(f"What answers at {server} is not Fotograma.", code="not_fotograma")
