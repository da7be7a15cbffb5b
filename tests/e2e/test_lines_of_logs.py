"""Lines of all logs are of one form, and one request's are found by its id in every process."""

from pathlib import Path
from uuid import uuid4

import pytest
from fixtures.clips import make_clip
from fixtures.log_lines import Line, lines_of, objections
from fixtures.product import Product, answered, found_within
from fotograma_local.services import process_names

SECONDS = 30.0
WORKERS = 2
ON_THE_WAY = {"auth", "video", "video-background", "worker", "notify-background"}
"""Those that answer or handle something for a new API key, and for a video that becomes a mail."""


def logged(product: Product) -> dict[str, list[Line]]:
    """The lines of each of our processes."""
    logs = product.stack.logs
    return {name: lines_of(logs / f"{name}.log") for name in process_names(WORKERS)}


def about(product: Product, request_id: str) -> list[Line]:
    """The lines that bear the id, in all processes."""
    return [
        line
        for lines in logged(product).values()
        for line in lines
        if line.get("request_id") == request_id
    ]


async def test_one_request_id_is_found_in_the_log_of_every_process(
    product: Product, tmp_path: Path
) -> None:
    user = await product.user()
    request_id = f"from-outside.{uuid4().hex}"
    user.http.headers["X-Request-ID"] = request_id
    asked = await user.http.post(
        "/auth/api-keys", json={"name": "a script", "scopes": ["videos:read"]}
    )
    answered(asked, 201)
    assert asked.headers["X-Request-ID"] == request_id
    extracted = await user.upload(make_clip(tmp_path / "clip.mp4", seconds=2))
    del user.http.headers["X-Request-ID"]
    await user.completed(extracted)
    await user.mailed(2)

    async def everywhere() -> bool:
        return {line["service"] for line in about(product, request_id)} >= ON_THE_WAY

    await found_within(SECONDS, everywhere, f"{request_id} in every process's log")
    lines = about(product, request_id)
    jobs = [line for line in lines if line["service"] == "worker"]
    assert {line["routing_key"] for line in jobs} >= {"extraction.plan", "segment.extract_short"}
    user_id = answered(await user.http.get("/auth/me"), 200)["id"]
    for line in jobs:
        assert line["event"] == "message handled", line
        assert line["user_id"] == user_id
        assert line["video_id"] == extracted.video_id
        assert line["extraction_id"] == extracted.id
        assert line["seconds"] >= 0
        assert ("segment" in line) == line["routing_key"].startswith("segment."), line
    assert {line["status"] for line in lines if line["event"] == "delivery"} == {"sent"}


@pytest.mark.middle
async def test_work_of_a_retry_bears_the_id_of_the_request_for_it(
    product: Product, hour: Path
) -> None:
    user = await product.user()
    extracted = await user.upload(hour, {"sampling": {"mode": "all"}})
    await product.workers_busy()
    path = f"/video/{extracted.video_id}/extractions/{extracted.id}"
    answered(await user.http.post(f"{path}/cancel"), 200)
    request_id = uuid4().hex
    answered(await user.http.post(f"{path}/retry", headers={"X-Request-ID": request_id}), 200)

    async def worked() -> bool:
        return any(line["service"] == "worker" for line in about(product, request_id))

    await product.workers_busy()
    stop = uuid4().hex
    answered(await user.http.post(f"{path}/cancel", headers={"X-Request-ID": stop}), 200)
    await found_within(SECONDS, worked, f"{request_id} in the workers' logs")

    async def stopped() -> bool:
        return any(line["event"] == "work cancelled" for line in about(product, stop))

    await found_within(SECONDS, stopped, f"{stop} in the workers' logs")
    await user.leave()


async def test_every_line_is_as_the_schema_says(product: Product, tmp_path: Path) -> None:
    user = await product.user()
    extracted = await user.upload(make_clip(tmp_path / "clip.mp4", seconds=2))
    await user.completed(extracted)
    refused = await user.http.get("/video/no-id", headers={"X-Request-ID": "not an id"})
    assert refused.status_code == 422
    by_process = logged(product)
    assert [name for name, lines in by_process.items() if not lines] == []
    assert [each for lines in by_process.values() for each in objections(lines)] == []
