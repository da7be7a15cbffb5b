"""Uploads in progress: listed to go on with them, and completed with what was chosen meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import httpx
import pytest
from fixtures.extractions import outbox
from fixtures.video import MIB, Service
from fotograma_contracts.extractions import ExtractionPlan
from fotograma_local.aws import Aws

PART = 8 * MIB
CONTENT = Random(1).randbytes(10 * MIB)
FINGERPRINT = "5f" * 32
KEYFRAMES = {"sampling": {"mode": "keyframes"}}
EVERYTHING = {"sampling": {"mode": "all"}, "output": {"format": "jpg"}}


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    """Knows nothing but the URLs it is given."""
    async with httpx.AsyncClient(timeout=30) as browser:
        yield browser


async def create(user: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    body = {"name": "holiday.mp4", "size_bytes": len(CONTENT), **more}
    answer = await user.post("/video/uploads", json=body)
    assert answer.status_code == 201, answer.text
    upload: dict[str, Any] = answer.json()
    return upload


async def send(
    user: httpx.AsyncClient, browser: httpx.AsyncClient, upload_id: str, *numbers: int
) -> None:
    answer = await user.post(f"/video/uploads/{upload_id}/parts", json={"numbers": numbers})
    for number, url in answer.json()["urls"].items():
        start = (int(number) - 1) * PART
        assert (await browser.put(url, content=CONTENT[start : start + PART])).status_code == 200


async def complete(user: httpx.AsyncClient, upload_id: str, choice: Any) -> httpx.Response:
    return await user.post(f"/video/uploads/{upload_id}/complete", json=choice)


@pytest.fixture
async def sent(user: httpx.AsyncClient, browser: httpx.AsyncClient) -> str:
    """The id of an upload whose parts have all arrived."""
    upload_id: str = (await create(user))["id"]
    await send(user, browser, upload_id, 1, 2)
    return upload_id


async def listed(user: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await user.get("/video/uploads")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_uploads_in_progress_are_listed_with_what_resuming_needs(
    user: httpx.AsyncClient, browser: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    upload = await create(user, recipe=KEYFRAMES, retention_days=7, fingerprint=FINGERPRINT)
    later = await create(user, name="other.mp4")
    await send(user, browser, upload["id"], 2)
    first, second = await listed(user)
    assert first["id"] == upload["id"]  # the last that was gone on with
    assert first["arrived_bytes"] == len(CONTENT) - PART
    assert first["fingerprint"] == FINGERPRINT
    assert first["recipe"]["sampling"] == {"mode": "keyframes"}
    assert (first["retention_days"], first["part_count"], first["part_bytes"]) == (7, 2, PART)
    assert (second["id"], second["arrived_bytes"], second["fingerprint"]) == (later["id"], 0, None)
    one = (await user.get(f"/video/uploads/{upload['id']}")).json()
    assert one == {**first, "parts": one["parts"], "expires_at": one["expires_at"]}
    assert await listed(stranger) == []


async def test_ended_uploads_are_not_listed(user: httpx.AsyncClient, sent: str) -> None:
    given_up = await create(user)
    await asyncio.gather(
        complete(user, sent, None), user.delete(f"/video/uploads/{given_up['id']}")
    )
    assert await listed(user) == []


async def test_part_of_another_size_has_not_arrived(
    user: httpx.AsyncClient, service: Service, s3_server: Aws, bucket: str
) -> None:
    await create(user)
    s3 = s3_server.client("s3")
    (opened,) = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    where = {"Bucket": bucket, "Key": opened["Key"], "UploadId": opened["UploadId"]}
    s3.upload_part(**where, PartNumber=1, Body=CONTENT[: PART - 1])
    (upload,) = await listed(user)
    assert upload["arrived_bytes"] == 0


@pytest.mark.parametrize("fingerprint", ["", "5f", "5F" * 32, "5f" * 33, 7])
async def test_fingerprint_is_a_sha256(user: httpx.AsyncClient, fingerprint: Any) -> None:
    body = {"name": "a.mp4", "size_bytes": 1, "fingerprint": fingerprint}
    answer = await user.post("/video/uploads", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_choice_made_while_sending_is_what_is_extracted(
    user: httpx.AsyncClient, service: Service, sent: str
) -> None:
    answer = await complete(user, sent, {"name": "  Férias.mp4 ", "recipe": KEYFRAMES})
    assert answer.status_code == 200, answer.text
    video = answer.json()
    assert video["name"] == "Férias.mp4"
    assert [e["recipe"]["sampling"] for e in video["extractions"]] == [{"mode": "keyframes"}]
    (plan,) = await outbox(service, ExtractionPlan)
    assert plan.recipe.sampling.mode == "keyframes"


async def test_several_recipes_are_an_extraction_each_the_first_listed_first(
    user: httpx.AsyncClient, service: Service, sent: str
) -> None:
    answer = await complete(user, sent, {"recipes": [KEYFRAMES, EVERYTHING]})
    assert answer.status_code == 200, answer.text
    recipes = [extraction["recipe"] for extraction in answer.json()["extractions"]]
    assert [recipe["sampling"]["mode"] for recipe in recipes] == ["keyframes", "all"]
    assert len(await outbox(service, ExtractionPlan)) == 2
    again = await complete(user, sent, {"recipes": [EVERYTHING] * 3})
    assert len(again.json()["extractions"]) == 2


async def test_more_recipes_than_may_run_are_refused_and_the_upload_is_kept(
    user: httpx.AsyncClient, service: Service, sent: str
) -> None:
    most = service.settings.video_max_running_extractions
    answer = await complete(user, sent, {"recipes": [KEYFRAMES] * (most + 1)})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_at_once")
    assert [upload["id"] for upload in await listed(user)] == [sent]
    answer = await complete(user, sent, {"recipes": [KEYFRAMES] * most})
    assert len(answer.json()["extractions"]) == most


@pytest.mark.parametrize(
    "choice",
    [
        {"recipe": KEYFRAMES, "recipes": [KEYFRAMES]},
        {"recipes": []},
        {"recipes": [KEYFRAMES] * 101},
        {"recipe": {"sampling": {"mode": "guess"}}},
        {"name": ""},
    ],
)
async def test_bad_choice_is_refused_and_the_upload_is_kept(
    user: httpx.AsyncClient, sent: str, choice: Any
) -> None:
    answer = await complete(user, sent, choice)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["errors"]
    assert [upload["id"] for upload in await listed(user)] == [sent]
