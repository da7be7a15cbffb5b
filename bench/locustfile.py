"""Users of a running product, for Locust: they upload, wait, look and download.

    make load-test URL=http://localhost:8080 USERS=5 RUN_TIME=1m

Each registers an account of its own. Where an account is of no use before its address is confirmed
(AUTH_REQUIRE_VERIFIED_EMAIL), FOTOGRAMA_API_KEY is a key of an account whose address is, with the
scopes videos:read, videos:upload and videos:delete; then all users are that one, within its limits.
LOAD_TEST_VIDEO is a file to upload; without it a second of noise is made, a few hundred kilobytes.

Beside the requests there is an entry `extraction`: how long an archive takes after its upload.
"""

import io
import os
import secrets
import time
from pathlib import Path

import av
import numpy as np
from locust import HttpUser, between, task
from locust.exception import StopUser

API_KEY = os.environ.get("FOTOGRAMA_API_KEY")
RENEW_SECONDS = 600
"""Access tokens live for fifteen minutes."""
PATIENCE_SECONDS = 600
ENDED = frozenset({"completed", "completed_with_warnings", "failed", "cancelled"})
RECIPE = '{"sampling": {"mode": "count", "count": 5}, "output": {"format": "jpg"}}'


def made_up_video() -> bytes:
    """A second of coloured noise in H.264, 640 x 360."""
    random, file = np.random.default_rng(7), io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for _ in range(25):
            picture = random.integers(0, 256, (360, 640, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return file.getvalue()


def video() -> bytes:
    """What is uploaded."""
    path = os.environ.get("LOAD_TEST_VIDEO")
    return Path(path).read_bytes() if path else made_up_video()


VIDEO = video()


class Uploader(HttpUser):
    """Uploads a short video, waits for its frames, downloads them, deletes it."""

    wait_time = between(1, 5)

    def on_start(self) -> None:
        """Become somebody."""
        self.email = f"load-{secrets.token_hex(8)}@example.org"
        self.password = secrets.token_urlsafe(24)
        if API_KEY is None:
            self.client.post(
                "/auth/register", json={"email": self.email, "password": self.password}
            )
        self.log_in()

    def log_in(self) -> None:
        """Get an access token; without one this user is none."""
        if API_KEY is None:
            grant = {"grant_type": "password", "username": self.email, "password": self.password}
        else:
            grant = {"grant_type": "urn:fotograma:grant-type:api-key", "api_key": API_KEY}
        with self.client.post("/auth/token", data=grant, catch_response=True) as answer:
            if not answer.ok:
                answer.failure(f"no token: {answer.status_code}")
                raise StopUser
            self.client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        self.renew_at = time.monotonic() + RENEW_SECONDS

    @task(3)
    def look_around(self) -> None:
        """The library, as the page shows it."""
        self.client.get("/video?limit=20", name="/video")

    @task(1)
    def upload_and_download(self) -> None:
        """The whole way of a video."""
        if time.monotonic() > self.renew_at:
            self.log_in()
        answer = self.client.post(
            "/video",
            files={"file": ("load.mp4", VIDEO, "video/mp4")},
            data={"recipe": RECIPE},
            name="/video (upload)",
        )
        if not answer.ok:
            return
        found = f"/video/{answer.json()['id']}"
        if self.wait_for_frames(found):
            self.client.get(f"{found}/download", name="/video/[id]/download")
        self.client.delete(found, name="/video/[id] (delete)")

    def wait_for_frames(self, found: str) -> bool:
        """Ask every second. Whether there is an archive in the end."""
        begun, status = time.monotonic(), "waiting"
        while status not in ENDED:
            if time.monotonic() - begun > PATIENCE_SECONDS:
                status = f"not within {PATIENCE_SECONDS} s"
                break
            time.sleep(1)  # gevent's: other users go on
            answer = self.client.get(found, name="/video/[id]")
            status = answer.json()["extractions"][0]["status"] if answer.ok else status
        done = status.startswith("completed")
        self.environment.events.request.fire(
            request_type="WAIT",
            name="extraction",
            response_time=(time.monotonic() - begun) * 1000,
            response_length=0,
            exception=None if done else RuntimeError(status),
            context={},
        )
        return done
