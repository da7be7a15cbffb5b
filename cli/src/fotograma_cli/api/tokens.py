"""Access tokens, of a login's session or of an API key."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from fotograma_cli.api.credentials import CredentialStore, Session
from fotograma_cli.errors import NotLoggedIn, Refused

EXPIRY_MARGIN = 30.0
"""Seconds before its end at which an access token is renewed: clocks differ, requests take time."""

Exchange = Callable[[str], dict[str, Any]]
"""Asks the server for tokens, with a refresh token or an API key."""


class Tokens(Protocol):
    """Access tokens, one after another."""

    def current(self) -> str:
        """A token that does not expire soon. Raises `NotLoggedIn`."""
        ...

    def renewed(self, stale: str) -> str:
        """A token other than `stale`, which the server refused. Raises `NotLoggedIn`."""
        ...


class SessionTokens:
    """The tokens of a login, which all commands of this user share."""

    def __init__(
        self,
        session: Session,
        store: CredentialStore,
        refresh: Exchange,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.session = session
        self._store = store
        self._refresh = refresh
        self._now = now

    def current(self) -> str:
        """The session's token, refreshed if it is about to expire."""
        token = self.session.access_token
        if token is None:
            raise NotLoggedIn(
                f"You are not logged in to {self.session.server}. Run `fotograma login` first."
            )
        if self._now() > self.session.expires_at - EXPIRY_MARGIN:
            return self.renewed(token)
        return token

    def renewed(self, stale: str) -> str:
        """A newer token than `stale`, another command's if one has refreshed meanwhile."""
        with self._store.locked():
            current = self._store.load()
            if current is None or not current.logged_in or current.server != self.session.server:
                raise NotLoggedIn("You have been logged out. Run `fotograma login` again.")
            if current.access_token != stale and current.access_token is not None:
                self.session = current
                return current.access_token
            try:
                answer = self._refresh(str(current.refresh_token))
            except Refused as error:
                if error.status != 401:
                    raise
                self._store.save(current.without_tokens())
                raise NotLoggedIn(
                    "Your session has ended. Run `fotograma login` again.", code=error.code
                ) from error
            return self._keep(current, answer)

    def begin(self, email: str, answer: dict[str, Any]) -> None:
        """Store the tokens of a login."""
        with self._store.locked():
            self._keep(replace(self.session, email=email), answer)

    def forget(self) -> None:
        """Delete the stored tokens, but not the server's address."""
        with self._store.locked():
            self.session = self.session.without_tokens()
            self._store.save(self.session)

    def _keep(self, session: Session, answer: dict[str, Any]) -> str:
        token = str(answer["access_token"])
        self.session = replace(
            session,
            access_token=token,
            refresh_token=str(answer["refresh_token"]),
            expires_at=self._now() + float(answer["expires_in"]),
        )
        self._store.save(self.session)
        return token


class ApiKeyTokens:
    """The tokens that an API key is exchanged for. They are kept in memory only."""

    def __init__(self, key: str, exchange: Exchange, now: Callable[[], float] = time.time) -> None:
        self._key = key
        self._exchange = exchange
        self._now = now
        self._token: str | None = None
        self._expires_at = 0.0

    def current(self) -> str:
        """The last token, until it is about to expire."""
        if self._token is None or self._now() > self._expires_at - EXPIRY_MARGIN:
            return self._exchanged()
        return self._token

    def renewed(self, stale: str) -> str:
        """A token that the key is exchanged for again."""
        if self._token not in {None, stale}:
            return self.current()
        return self._exchanged()

    def _exchanged(self) -> str:
        try:
            answer = self._exchange(self._key)
        except Refused as error:
            if error.code != "invalid_grant":
                raise
            raise NotLoggedIn(
                "The API key in FOTOGRAMA_API_KEY is not valid, or no longer.", code=error.code
            ) from error
        self._token = str(answer["access_token"])
        self._expires_at = self._now() + float(answer["expires_in"])
        return self._token
