"""The command sends files straight to S3: what a relay between the two counts is what travelled."""

import asyncio
import hashlib
import json
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from fixtures.clips import make_clip
from fixtures.deadlines import until
from fixtures.gateways import gateway_before
from fixtures.in_process import environment, served
from fixtures.product import PASSWORD, Archive, Product, User
from fixtures.programs import Finished, run_program, succeed
from fixtures.s3_relay import Relay, s3_relay
from fotograma_local.ports import HOST, free_ports
from fotograma_local.processes import base_environment
from fotograma_local.s3_users import PROVISION
from fotograma_local.services import BUCKET
from fotograma_video.main import api as create_video_api
from starlette.types import ASGIApp, Receive, Scope, Send

COMMAND = str(Path(sys.executable).parent / "fotograma")
MIB = 2**20
PART_BYTES = 8 * MIB
MAX_RESIDENT_BYTES = 120_000_000
"""Of the command, however large the file: Python and its libraries have most of it."""


class Asked:
    """Counts an app's requests by method and first words of their path."""

    def __init__(self, app: ASGIApp, asked: Counter[str]) -> None:
        self._app = app
        self._asked = asked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = re.sub(r"[0-9a-f-]{36}", "ID", scope["path"])
            self._asked[f"{scope['method']} {path}"] += 1
        await self._app(scope, receive, send)


@dataclass
class Way:
    """From the command to S3 and to the API, watched."""

    product: Product
    relay: Relay
    url: str
    folder: Path
    asked: Counter[str]
    """Requests to the video API."""

    @property
    def variables(self) -> dict[str, str]:
        """The command's environment."""
        return {
            "FOTOGRAMA_CONFIG_DIR": str(self.folder / "config"),
            "FOTOGRAMA_PASSWORD": PASSWORD,
            "FOTOGRAMA_SERVER": self.url,
        }

    async def login(self) -> User:
        """Somebody new, for the commands to come."""
        user = await self.product.user()
        await self.succeed("login", user.email)
        return user

    async def run(self, *arguments: str) -> Finished:
        """Run a command to its end."""
        return await run_program(
            COMMAND, *arguments, folder=self.folder, environment=self.variables
        )

    async def succeed(self, *arguments: str) -> str:
        """The standard output of a command that must succeed."""
        return await succeed(COMMAND, *arguments, folder=self.folder, environment=self.variables)

    @asynccontextmanager
    async def running(self, *arguments: str) -> AsyncIterator[Process]:
        """A command that the test ends, or the end of the block does."""
        process = await asyncio.create_subprocess_exec(
            *(COMMAND, *arguments),
            cwd=self.folder,
            env={**base_environment(), **self.variables},
            stdout=PIPE,
            stderr=PIPE,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    async def sha256_in_s3(self, video_id: str) -> str:
        """Of what S3 has of a video's source."""

        def read() -> str:
            s3 = self.product.stack.store.of(PROVISION).client("s3")
            (key,) = (
                item["Key"]
                for item in s3.list_objects_v2(Bucket=BUCKET, Prefix=f"sources/{video_id}/")[
                    "Contents"
                ]
            )
            digest = hashlib.sha256()
            for chunk in s3.get_object(Bucket=BUCKET, Key=key)["Body"].iter_chunks(MIB):
                digest.update(chunk)
            return digest.hexdigest()

        return await asyncio.to_thread(read)


@asynccontextmanager
async def watched(product: Product, folder: Path, **settings: str) -> AsyncIterator[Way]:
    """A video API of its own, with some settings changed, whose S3 is behind a relay."""
    (port,) = free_ports(1)
    async with s3_relay(product.stack.store.endpoint_url) as relay:
        variables = {
            **product.stack.environment("video-api"),
            "S3_PUBLIC_ENDPOINT_URL": relay.url,
            **settings,
        }
        with environment(variables):
            app = create_video_api()
        asked: Counter[str] = Counter()
        app.add_middleware(Asked, asked=asked)
        auth = product.stack.address("auth-api").removeprefix("http://")
        async with (
            served(app, port),
            gateway_before(
                folder / "gateway", auth_api=auth, video_api=f"{HOST}:{port}"
            ) as gateway,
        ):
            yield Way(product, relay, gateway.url, folder, asked)


def make_file(path: Path, size: int) -> str:
    """A file that is no video, every part of it different; returns its SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for number in range(size // MIB):
            chunk = hashlib.sha256(str(number).encode()).digest() * (MIB // 32)
            file.write(chunk)
            digest.update(chunk)
    return digest.hexdigest()


def peak_resident_bytes(process: Process) -> int:
    """The most memory a running process ever had."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


@pytest.mark.middle
async def test_killed_upload_resumes_without_sending_a_finished_part_again(
    product: Product, tmp_path: Path
) -> None:
    size = 200 * MIB
    sha256 = await asyncio.to_thread(make_file, tmp_path / "large.mp4", size)
    async with watched(product, tmp_path) as way:
        user = await way.login()
        way.relay.part_seconds = 0.2
        async with way.running("upload", "large.mp4") as process:
            await until(lambda: way.relay.finished.total() >= 12, seconds=60)
            assert peak_resident_bytes(process) < MAX_RESIDENT_BYTES
            process.kill()
        await until(lambda: way.relay.under_way == 0)
        before = {number for number, count in way.relay.finished.items() if count}
        assert 12 <= len(before) < 20

        way.relay.part_seconds = 0
        ran = await way.succeed("upload", "--resume", "large.mp4", "--json")

        (outcome,) = json.loads(ran)["files"]
        assert way.relay.finished == dict.fromkeys(range(1, size // PART_BYTES + 1), 1)
        assert all(way.relay.begun[number] == 1 for number in before)
        assert way.asked["POST /video/uploads"] == 1
        assert await way.sha256_in_s3(outcome["video_id"]) == sha256
        await user.delete(outcome["video_id"])
        await product.without_objects(outcome["video_id"])


@pytest.mark.middle
async def test_upload_has_expired_urls_signed_again(product: Product, tmp_path: Path) -> None:
    make_file(tmp_path / "slow.mp4", 17 * MIB)
    async with watched(product, tmp_path, VIDEO_UPLOAD_URL_SECONDS="2") as way:
        user = await way.login()
        way.relay.first_seconds = 3
        ran = await way.succeed("upload", "slow.mp4", "--json")
        assert all(way.relay.refused[number] >= 1 for number in (1, 2, 3))
        assert way.relay.finished == {1: 1, 2: 1, 3: 1}
        (outcome,) = json.loads(ran)["files"]
        await user.delete(outcome["video_id"])


async def test_interrupted_upload_says_how_to_resume(product: Product, tmp_path: Path) -> None:
    make_file(tmp_path / "it's mine.mp4", 24 * MIB)
    async with watched(product, tmp_path) as way:
        await way.login()
        way.relay.part_seconds = 1
        async with way.running("upload", "--parallel", "1", "it's mine.mp4") as process:
            await until(lambda: way.relay.finished.total() >= 1, seconds=60)
            process.send_signal(signal.SIGINT)
            _, stderr = await asyncio.wait_for(process.communicate(), 10)
        assert process.returncode == 130
        found = re.search(r"Go on with: (fotograma upload --resume .*)", stderr.decode())
        assert found is not None

        listed = json.loads(await way.succeed("uploads", "list", "--json"))["uploads"]
        assert [upload["arrived_bytes"] for upload in listed] == [PART_BYTES]
        await way.succeed("uploads", "abort", "it's mine.mp4")
        assert json.loads(await way.succeed("uploads", "list", "--json")) == {"uploads": []}


async def test_wait_follows_events_without_polling(product: Product, tmp_path: Path) -> None:
    make_clip(tmp_path / "holiday.mp4", seconds=5)
    async with watched(product, tmp_path) as way:
        await way.login()
        await way.succeed("upload", "holiday.mp4", "--every", "2", "--keep", "5", "-o", ".")
        Archive((tmp_path / "holiday.zip").read_bytes()).assert_whole()
        assert way.asked["GET /video/events"] == 1
        # With the snapshot, and at the end for the final numbers.
        assert way.asked["GET /video/ID/extractions/ID"] <= 2

        await way.succeed("download", "holiday.mp4", "--frames", "2", "--between", "3-9")
        some = Archive((tmp_path / "holiday-selection.zip").read_bytes())
        assert some.numbers() == [50, 100]

        await way.succeed("extract", "holiday.mp4", "--keyframes", "-o", "keyframes")
        Archive((tmp_path / "keyframes" / "holiday.zip").read_bytes()).assert_whole()
        await way.succeed("rename", "holiday.mp4", "férias.mp4")
        assert "férias.mp4" in await way.succeed("list")


async def test_api_key_in_the_environment_needs_no_login(product: Product, tmp_path: Path) -> None:
    make_clip(tmp_path / "holiday.mp4", seconds=2)
    async with watched(product, tmp_path) as way:
        await way.login()
        key = await way.succeed("keys", "create", "nightly", "--scope", "videos:upload",
                                "--scope", "videos:read")  # fmt: skip
        await way.succeed("logout", "--everywhere")
        refused = await way.run("upload", "holiday.mp4")
        assert refused.exit_status == 3
        with_key = {**way.variables, "FOTOGRAMA_API_KEY": key.strip()}
        await succeed(
            *(COMMAND, "upload", "holiday.mp4", "-o", "frames"),
            folder=tmp_path,
            environment=with_key,
        )
        Archive((tmp_path / "frames" / "holiday.zip").read_bytes()).assert_whole()
        forbidden = await run_program(
            *(COMMAND, "delete", "-y", "holiday.mp4"), folder=tmp_path, environment=with_key
        )
        assert forbidden.exit_status == 3


async def test_upload_reads_a_pipe(product: Product, tmp_path: Path) -> None:
    make_clip(tmp_path / "holiday.ts", seconds=2)
    async with watched(product, tmp_path) as way:
        await way.login()
        line = f"cat holiday.ts | {COMMAND} upload - --name camera.ts --keep 5 -o ."
        await succeed("bash", "-c", line, folder=tmp_path, environment=way.variables)
        Archive((tmp_path / "camera.zip").read_bytes()).assert_whole()
        assert way.asked["POST /video"] == 1
        assert not way.relay.begun
