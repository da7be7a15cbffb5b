"""The API as the commands use it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from uuid import UUID

import httpx

from fotograma_cli.api.connection import Connection, Json, bearer
from fotograma_cli.api.http import translated

COMPLETE_SECONDS = 300.0
"""S3 may take minutes to make thousands of parts one object."""
UPLOAD_ATTEMPTS = 8
"""Of each request of a direct upload: its server may be away for a minute."""
PAGE_SIZE = 100
"""The server's largest page."""


class Client(Connection):
    """The API of one server, for one session or API key. Everything raises `CommandError`s."""

    # -- the account

    def account_rules(self) -> Json:
        """What an account needs here."""
        return self._json("GET", "/auth/settings")

    def register(self, email: str, password: str) -> Json:
        """Register an account; returns it."""
        return self._json("POST", "/auth/register", json={"email": email, "password": password})

    def login(self, email: str, password: str) -> None:
        """Begin a session and remember it."""
        answer = self._json("POST", "/auth/login", json={"email": email, "password": password})
        self._login.begin(email, answer)

    def logout(self, refresh_token: str) -> None:
        """End a session at the server."""
        self._json("POST", "/auth/logout", json={"refresh_token": refresh_token})

    def logout_everywhere(self) -> None:
        """End all sessions of the account at the server."""
        self._authorized("POST", "/auth/logout-all", repeatable=True)

    def forget(self) -> None:
        """Delete the stored tokens, but not the server's address."""
        self._login.forget()

    def account(self) -> Json:
        """The account of the session or API key."""
        return self._authorized("GET", "/auth/me")

    def delete_account(self, password: str) -> None:
        """Delete the account and everything of it."""
        self._authorized("DELETE", "/auth/me", json={"password": password})

    def change_password(self, current: str, new: str, *, revoke_keys: bool) -> None:
        """Choose another password. Every session ends but this one, and API keys on request."""
        body = {"current_password": current, "password": new, "revoke_api_keys": revoke_keys}
        self._authorized("POST", "/auth/password/change", json=body)

    def forgot_password(self, email: str) -> None:
        """Request a link by mail. The server does not say whether the account exists."""
        self._json("POST", "/auth/password/forgot", json={"email": email})

    def reset_password(self, token: str, new: str) -> None:
        """Choose another password with what the mailed link carries."""
        self._json("POST", "/auth/password/reset", json={"token": token, "password": new})

    def sessions(self) -> list[Json]:
        """The account's logins, the one used last first."""
        return list(self._authorized("GET", "/auth/sessions")["items"])

    def end_session(self, session_id: UUID) -> None:
        """End a session."""
        self._authorized("DELETE", f"/auth/sessions/{session_id}")

    def api_keys(self) -> list[Json]:
        """The account's API keys, the newest first."""
        return list(self._authorized("GET", "/auth/api-keys")["items"])

    def create_api_key(self, wanted: Json) -> Json:
        """Make a key; only this answer holds it."""
        return self._authorized("POST", "/auth/api-keys", json=wanted)

    def delete_api_key(self, key_id: UUID) -> None:
        """Revoke a key."""
        self._authorized("DELETE", f"/auth/api-keys/{key_id}")

    # -- videos

    def limits(self) -> Json:
        """The account's limits and usage."""
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

    def rename(self, video_id: UUID, name: str) -> Json:
        """Rename a video; returns it."""
        return self._authorized("PATCH", f"/video/{video_id}", json={"name": name})

    def delete(self, video_id: UUID) -> None:
        """Delete a video with everything made from it."""
        self._authorized("DELETE", f"/video/{video_id}")

    def extraction(self, video_id: UUID, extraction_id: UUID) -> Json:
        """One extraction with its progress."""
        return self._authorized("GET", f"/video/{video_id}/extractions/{extraction_id}")

    def extract(self, video_id: UUID, recipe: Json, key: str) -> Json:
        """Extract again, with another recipe; returns the extraction. Carried out once per key."""
        return self._authorized(
            "POST",
            f"/video/{video_id}/extractions",
            json=recipe,
            headers={"Idempotency-Key": key},
            repeatable=True,
        )

    def cancel(self, video_id: UUID, extraction_id: UUID) -> Json:
        """Stop an extraction; returns it."""
        return self._authorized("POST", f"/video/{video_id}/extractions/{extraction_id}/cancel")

    def retry(self, video_id: UUID, extraction_id: UUID) -> Json:
        """Try an extraction again; returns it."""
        return self._authorized("POST", f"/video/{video_id}/extractions/{extraction_id}/retry")

    def download_url(self, video_id: UUID, extraction_id: UUID | None) -> str:
        """A URL of the archive that needs no token, valid for a while."""
        answer = self._authorized(
            "GET",
            f"/video/{video_id}/download",
            params={} if extraction_id is None else {"extraction": str(extraction_id)},
            headers={"Accept": "application/json"},
        )
        return str(answer["url"])

    def select_frames(self, video_id: UUID, extraction_id: UUID, selection: Json) -> Json:
        """Select frames of an archive; returns a URL of their ZIP, valid for some hours."""
        path = f"/video/{video_id}/extractions/{extraction_id}/selection"
        chosen = self._authorized("POST", path, json=selection, repeatable=True)
        return {**chosen, "url": f"{self.server}{chosen['url']}"}

    def post_stream(
        self, path: str, content: Callable[[], Iterator[bytes]], headers: Mapping[str, str]
    ) -> Json:
        """Post a body that is produced while it is sent, without retries.

        `content` is called again when the access token turns out to have ended.
        """
        return self._with_token(
            lambda token: self._send(
                "POST", path, content=content(), headers={**headers, **bearer(token)}
            )
        )

    @contextmanager
    def events(self, silence: float) -> Iterator[Iterator[bytes]]:
        """The stream of live events, as it comes; broken off after `silence` seconds without any.

        Raises `CommandError`, also while it is read.
        """
        with ExitStack() as opened:
            yield self._with_token(
                lambda token: opened.enter_context(self._event_stream(token, silence))
            )

    # -- direct uploads

    def create_upload(self, wanted: Json, key: str) -> Json:
        """Begin an upload; returns it. Carried out once per key."""
        return self._authorized(
            "POST",
            "/video/uploads",
            json=wanted,
            headers={"Idempotency-Key": key},
            repeatable=True,
            attempts=UPLOAD_ATTEMPTS,
        )

    def upload(self, upload_id: UUID) -> Json:
        """An upload, and the parts of it that have arrived."""
        return self._authorized("GET", f"/video/uploads/{upload_id}")

    def sign_parts(self, upload_id: UUID, numbers: list[int]) -> dict[int, str]:
        """URLs for sending parts that need no token, valid for some minutes."""
        answer = self._authorized(
            "POST",
            f"/video/uploads/{upload_id}/parts",
            json={"numbers": numbers},
            repeatable=True,
            attempts=UPLOAD_ATTEMPTS,
        )
        return {int(number): str(url) for number, url in answer["urls"].items()}

    def complete_upload(self, upload_id: UUID) -> Json:
        """Make the parts a video; returns it."""
        return self._authorized(
            "POST",
            f"/video/uploads/{upload_id}/complete",
            repeatable=True,
            attempts=UPLOAD_ATTEMPTS,
            timeout=httpx.Timeout(COMPLETE_SECONDS, connect=10.0),
        )

    def abort_upload(self, upload_id: UUID) -> None:
        """Abort an upload."""
        self._authorized("DELETE", f"/video/uploads/{upload_id}")

    # -- the object storage, which gets no token

    @contextmanager
    def fetch(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """An answer from the object storage, still to be read."""
        with (
            translated(_origin(url)),
            self._http.stream("GET", url, headers=headers, follow_redirects=True) as response,
        ):
            yield response

    def put(self, url: str, content: Iterator[bytes], size: int) -> int:
        """Send `size` bytes to the object storage; returns the status it answers."""
        with translated(_origin(url)):
            response = self._http.put(url, content=content, headers={"Content-Length": str(size)})
        return response.status_code


def _origin(url: str) -> str:
    """The origin of a URL, for messages: its signature must not show."""
    place = httpx.URL(url)
    return f"{place.scheme}://{place.netloc.decode()}"
