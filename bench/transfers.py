"""Memory of each process of the embedded stack while 2 GiB go in and out.

    .venv/bin/python bench/transfers.py [GIB]

A file is uploaded through the API, as a form, and once more straight to S3, four parts of 8 MiB at
a time, as the command does; what S3 has is then read back by a presigned URL, whole and by ranges.
It is no video, so nothing is extracted. Prints a Markdown table of the largest resident memory that
the kernel noted of each process (`VmHWM`).
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fixtures.product import Product
from fotograma_local.s3_users import PROVISION
from fotograma_local.services import BUCKET, process_names

MIB = 1 << 20
GIB = 1 << 30
PART_BYTES = 8 * MIB
AT_ONCE = 4
SECONDS = 1800.0
SERVERS = ("postgres", "rabbitmq", "aws", "s3", "gateway")
KEY = "transfers"


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say how long something took."""
    begun = time.monotonic()
    yield
    print(f"{name}: {time.monotonic() - begun:.1f} s", file=sys.stderr)


def upload_to_s3(s3: Any, size: int) -> None:
    """Send as many parts as are needed, some at a time."""
    named = {"Bucket": BUCKET, "Key": KEY}
    named["UploadId"] = s3.create_multipart_upload(**named)["UploadId"]
    body = bytes(PART_BYTES)

    def send(number: int) -> dict[str, object]:
        etag = s3.upload_part(**named, PartNumber=number, Body=body)["ETag"]
        return {"PartNumber": number, "ETag": etag}

    with ThreadPoolExecutor(AT_ONCE) as threads:
        parts = [*threads.map(send, range(1, size // PART_BYTES + 1))]
    s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})


def read_from_s3(url: str, size: int) -> None:
    """Read the object at a presigned URL, and then again in pieces."""

    def read(headers: dict[str, str]) -> int:
        with httpx.stream("GET", url, headers=headers, timeout=60, trust_env=False) as answer:
            return sum(map(len, answer.iter_raw(MIB)))

    assert read({}) == size  # noqa: S101
    ranges = [
        {"Range": f"bytes={begin}-{begin + PART_BYTES - 1}"} for begin in range(0, size, PART_BYTES)
    ]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert sum(threads.map(read, ranges)) == size  # noqa: S101


async def transfer(product: Product, file: Path, size: int) -> None:
    """All of it."""
    user = await product.user()
    with step("up, as a form"), file.open("rb") as body:
        answer = await user.http.post("/video", files={"file": body}, timeout=SECONDS)
        answer.raise_for_status()
    s3 = product.stack.store.of(PROVISION).client("s3")
    with step("up, straight to S3"):
        await asyncio.to_thread(upload_to_s3, s3, size)
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": KEY})
    with step("down, whole and by ranges"):
        await asyncio.to_thread(read_from_s3, url, size)


def peak(pid: int) -> str:
    """The largest resident memory of a process, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return f"{int(line.split()[1]) / 1024:.0f}"


async def main(gib: float) -> None:
    """Run a stack, transfer, and print."""
    names = (*SERVERS, *process_names(2))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "file.mp4"
        size = int(gib * GIB) // PART_BYTES * PART_BYTES
        with file.open("wb") as sparse:
            sparse.truncate(size)
        limits = {"video": {"VIDEO_MAX_STORAGE_BYTES": str(100 * GIB)}}
        async with Product.run(Path(folder) / "stack", limits) as product:
            idle = {name: peak(product.stack.pid(name)) for name in names}
            await transfer(product, file, size)
            print(f"| process | MiB after the start | MiB after {gib:g} GiB |\n|---|---|---|")
            for name in names:
                print(f"| {name} | {idle[name]} | {peak(product.stack.pid(name))} |")


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if sys.argv[1:] else 2.0))
