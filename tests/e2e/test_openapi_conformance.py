"""What the three APIs answer to anything at all is what their OpenAPI documents say they answer."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
from fixtures.clips import make_clip
from fixtures.product import Product, User
from fixtures.sizes import by_size

ROOT = Path(__file__).parents[2]
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
)
NEVER_ENDING = "/video/events"
ENDINGS = ("/auth/logout-all", "/auth/sessions/{session_id}")
"""What may end the session: after it no token opens anything of auth."""
EXAMPLES = by_size(3, 20, 120)
SEED = 20_260_421
RUN_SECONDS = by_size(300, 900, 1800)


async def things_of(user: User, folder: Path) -> dict[str, str]:
    """Something for the parameters of paths: without it nearly every answer would be a 404."""
    extracted = await user.upload(make_clip(folder / "a.mp4", seconds=2))
    await user.completed(extracted)
    upload = await user.http.post("/video/uploads", json={"name": "b.mp4", "size_bytes": 1 << 24})
    return {
        "video_id": extracted.video_id,
        "extraction_id": extracted.id,
        "upload_id": upload.json()["id"],
        "name": "00-00-00.000000.png",
    }


@pytest.mark.middle
@pytest.mark.timeout(RUN_SECONDS + 60)
@pytest.mark.parametrize(
    ("service", "methods"),
    [
        ("auth", [word for path in ENDINGS for word in ("--exclude-path", path)]),
        ("auth", [word for path in ENDINGS for word in ("--include-path", path)]),
        # Whatever else is asked is asked of things that are still there.
        ("video", ["--exclude-method", "DELETE"]),
        ("video", ["--include-method", "DELETE"]),
        ("notify", []),
    ],
)
async def test_api_answers_as_its_openapi_document_says(
    product: Product, tmp_path: Path, service: str, methods: list[str]
) -> None:
    user = await product.admin()  # who may call every operation
    things = await things_of(user, tmp_path) if service == "video" else {}
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(
        "[parameters]\n" + "".join(f'"path.{k}" = {json.dumps(v)}\n' for k, v in things.items())
    )
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(configuration),
        "run", str(ROOT / "services" / service / "openapi.json"),
        "--url", product.stack.url,
        "--header", f"Authorization: {user.http.headers['Authorization']}",
        "--checks", ",".join(CHECKS),
        "--phases", "examples,coverage,fuzzing",
        "--exclude-path", NEVER_ENDING,
        *methods,
        "--max-examples", str(EXAMPLES),
        "--seed", str(SEED),
        "--request-timeout", "20",
        "--continue-on-failure",
        "--no-color",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path,
    )  # fmt: skip
    try:
        said, _ = await asyncio.wait_for(process.communicate(), RUN_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
        await user.leave()
    assert process.returncode == 0, said.decode()
