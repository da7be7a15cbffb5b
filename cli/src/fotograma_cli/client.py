"""The API as the commands use it: retried where that is safe, its access token kept fresh."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Self
from uuid import UUID

import httpx

from fotograma_cli.credentials import CredentialStore, Session
from fotograma_cli.errors import CommandError, NotLoggedIn, Refused, refusal
from fotograma_cli.http import open_http, translated
from fotograma_cli.retries import Retries

EXPIRY_MARGIN = 30.0
"""Seconds before its end at which an access token is renewed: clocks differ, requests take time."""
REFRESH_SECONDS = 5.0
"""For each step of a refresh, which is done while other commands wait for the lock."""
PAGE_SIZE = 100
"""The server's largest page."""

Json = dict[str, Any]


class Client:
    """The API of one server, for one session. Everything raises `CommandError`s."""

    def __init__(
        self,
        session: Session,
        store: CredentialStore,
        retries: Retries | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._session = session
        self._store = store
        self.retries = retries or Retries()
        self._now = now
        self._http = open_http(session.server, session.ca_cert)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    @property
    def session(self) -> Session:
        """The session as it is now."""
        return self._session

    # -- accounts

    def register(self, email: str, password: str) -> Json:
        """Open an account; returns it."""
        return self._json("POST", "/auth/register", json={"email": email, "password": password})

    def login(self, email: str, password: str) -> None:
        """Begin a session and remember it."""
        answer = self._json("POST", "/auth/login", json={"email": email, "password": password})
        with self._store.locked():
            self._remember(replace(self._session, email=email), answer)

    def logout(self, refresh_token: str) -> None:
        """End a session at the server."""
        self._json("POST", "/auth/logout", json={"refresh_token": refresh_token})

    def forget(self) -> None:
        """Forget the tokens, but not the server."""
        with self._store.locked():
            self._session = self._session.without_tokens()
            self._store.save(self._session)

    # -- videos

    def limits(self) -> Json:
        """What may be uploaded, and what there is."""
        return self._authorized("GET", "/video/limits")

    def videos(
        self, *, status: str | None = None, search: str | None = None, sort: str = "-created_at"
    ) -> Iterator[Json]:
        """All videos, fetched page by page as they are asked for."""
        asked = {"status": status, "q": search, "sort": sort, "limit": PAGE_SIZE}
        cursor = None
        while True:
            parameters = {k: v for k, v in {**asked, "cursor": cursor}.items() if v is not None}
            page = self._authorized("GET", "/video", params=parameters)
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def video(self, video_id: UUID) -> Json:
        """One video."""
        return self._authorized("GET", f"/video/{video_id}")

    def delete(self, video_id: UUID) -> None:
        """Delete a video with everything made from it."""
        self._authorized("DELETE", f"/video/{video_id}")

    def extraction(self, video_id: UUID, extraction_id: UUID) -> Json:
        """One extraction with its progress."""
        return self._authorized("GET", f"/video/{video_id}/extractions/{extraction_id}")

    def download_url(self, video_id: UUID, extraction_id: UUID | None) -> str:
        """Where the archive can be fetched without a token, for a while."""
        answer = self._authorized(
            "GET",
            f"/video/{video_id}/download",
            params={} if extraction_id is None else {"extraction": str(extraction_id)},
            headers={"Accept": "application/json"},
        )
        return str(answer["url"])

    def post_stream(
        self, path: str, content: Callable[[], Iterator[bytes]], headers: Mapping[str, str]
    ) -> Json:
        """One try at posting a body that is produced while it is sent.

        `content` is called again when the access token turns out to have ended.
        """
        return self._with_token(
            lambda token: self._send(
                "POST", path, content=content(), headers={**headers, **_bearer(token)}
            )
        )

    @contextmanager
    def fetch(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """An answer from the object storage, still to be read. No token goes there."""
        place = httpx.URL(url)
        # The rest of the address holds a signature, which belongs in no message.
        with (
            translated(f"{place.scheme}://{place.netloc.decode()}"),
            self._http.stream("GET", url, headers=headers, follow_redirects=True) as response,
        ):
            yield response

    # -- requests

    def _json(self, method: str, path: str, **arguments: Any) -> Json:
        """Repeated only where nothing can have happened, unless the method is safe to repeat."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._send(method, path, **arguments)
            except CommandError as error:
                if method == "POST" and not _nothing_happened(error):
                    raise
                if not self.retries.wait(attempt, error):
                    raise

    def _authorized(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **arguments: Any
    ) -> Json:
        return self._with_token(
            lambda token: self._json(
                method, path, headers={**(headers or {}), **_bearer(token)}, **arguments
            )
        )

    def _with_token(self, send: Callable[[str], Json]) -> Json:
        token = self._access_token()
        try:
            return send(token)
        except Refused as error:
            if error.status != 401:
                raise
        return send(self._refreshed(token))

    def _send(self, method: str, path: str, **arguments: Any) -> Json:
        with translated(self._session.server):
            response = self._http.request(method, path, **arguments)
        if not response.is_success:
            raise refusal(response)
        if response.status_code == 204:
            return {}
        try:
            body = response.json()
        except ValueError as error:
            raise _not_fotograma(self._session.server) from error
        if not isinstance(body, dict):
            raise _not_fotograma(self._session.server)
        return body

    # -- tokens

    def _access_token(self) -> str:
        token = self._session.access_token
        if token is None:
            raise NotLoggedIn(
                f"You are not logged in to {self._session.server}. Run `fotograma login` first."
            )
        if self._now() > self._session.expires_at - EXPIRY_MARGIN:
            return self._refreshed(token)
        return token

    def _refreshed(self, stale: str) -> str:
        """A newer access token than `stale`: another command's, if one has refreshed meanwhile."""
        with self._store.locked():
            current = self._store.load()
            if current is None or not current.logged_in or current.server != self._session.server:
                raise NotLoggedIn("You have been logged out. Run `fotograma login` again.")
            if current.access_token != stale and current.access_token is not None:
                self._session = current
                return current.access_token
            try:
                answer = self._exchange(current)
            except Refused as error:
                if error.status != 401:
                    raise
                self._store.save(current.without_tokens())
                raise NotLoggedIn(
                    "Your session has ended. Run `fotograma login` again.", code=error.code
                ) from error
            return self._remember(current, answer)

    def _exchange(self, session: Session) -> Json:
        """A lost answer is asked for again: the server allows that for ten seconds."""
        retries = replace(self.retries, longest_wait=REFRESH_SECONDS)
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._send(
                    "POST",
                    "/auth/refresh",
                    json={"refresh_token": session.refresh_token},
                    timeout=REFRESH_SECONDS,
                )
            except CommandError as error:
                if not retries.wait(attempt, error):
                    raise

    def _remember(self, session: Session, answer: Json) -> str:
        token = str(answer["access_token"])
        self._session = replace(
            session,
            access_token=token,
            refresh_token=str(answer["refresh_token"]),
            expires_at=self._now() + float(answer["expires_in"]),
        )
        self._store.save(self._session)
        return token


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _nothing_happened(error: CommandError) -> bool:
    return isinstance(error, Refused) and error.status in {502, 503}


def _not_fotograma(server: str) -> CommandError:
    return CommandError(f"What answers at {server} is not Fotograma.", code="not_fotograma")
