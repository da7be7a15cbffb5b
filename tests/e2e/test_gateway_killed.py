"""The gateway is killed while a file is on its way to S3: the upload goes on, and is whole."""

import asyncio
import hashlib
import json
import sys
from pathlib import Path

import pytest
from fixtures.deadlines import until
from fixtures.product import PASSWORD, Product
from fixtures.programs import run_program
from fotograma_local.s3_users import PROVISION
from fotograma_local.services import BUCKET

COMMAND = str(Path(sys.executable).parent / "fotograma")
MIB = 1 << 20
KILLS = 3


@pytest.mark.middle
async def test_upload_goes_on_when_the_gateway_is_killed(product: Product, tmp_path: Path) -> None:
    user = await product.user()
    content = b"".join(hashlib.sha256(str(n).encode()).digest() * (MIB // 32) for n in range(160))
    (tmp_path / "large.mp4").write_bytes(content)
    variables = {
        "FOTOGRAMA_CONFIG_DIR": str(tmp_path / "config"),
        "FOTOGRAMA_PASSWORD": PASSWORD,
        "FOTOGRAMA_SERVER": product.stack.url,
    }
    await run_program(COMMAND, "login", user.email, folder=tmp_path, environment=variables)
    uploading = asyncio.create_task(
        run_program(
            *(COMMAND, "upload", "large.mp4", "--json", "--parallel", "2"),
            folder=tmp_path,
            environment=variables,
            seconds=120,
        )
    )
    killed = 0
    while killed < KILLS and not uploading.done():
        if await product.fetch_value("video", "SELECT count(*) FROM uploads"):
            pid = product.stack.pid("gateway")
            product.stack.kill("gateway")
            killed += 1
            await until(lambda former=pid: product.stack.pid("gateway") != former, seconds=30)  # type: ignore[misc]
        await asyncio.sleep(0.05)
    finished = await uploading

    assert killed
    assert finished.exit_status == 0, finished
    (outcome,) = json.loads(finished.stdout)["files"]
    assert await sha256_in_s3(product, outcome["video_id"]) == hashlib.sha256(content).hexdigest()
    await user.delete(outcome["video_id"])


async def sha256_in_s3(product: Product, video_id: str) -> str:
    """Of what S3 has of a video's source."""

    def read() -> str:
        s3 = product.stack.store.of(PROVISION).client("s3")
        listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"sources/{video_id}/")
        (found,) = listed["Contents"]
        body = s3.get_object(Bucket=BUCKET, Key=found["Key"])["Body"]
        return hashlib.sha256(body.read()).hexdigest()

    return await asyncio.to_thread(read)
