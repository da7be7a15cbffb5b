"""An account's whole life, over HTTP and by mail: keys, a lost password, and the end of it."""

import asyncio
import re
from pathlib import Path

import pytest
from fixtures.clips import make_clip
from fixtures.product import PASSWORD, Product, User, assert_problem, found_within
from fotograma_local.services import TABLE

NEW_PASSWORD = "another correct horse"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of video."""
    return make_clip(tmp_path_factory.mktemp("clip") / "private.mp4", seconds=2)


async def rows_of(product: Product, user_id: str) -> dict[str, int]:
    """How many rows of each kind there are about a user, in both databases."""
    column_of = {
        ("auth", "users"): "id",
        ("auth", "token_families"): "user_id",
        ("auth", "api_keys"): "user_id",
        ("auth", "audit_entries"): "user_id",
        ("video", "videos"): "owner_id",
        ("video", "extractions"): "owner_id",
        ("video", "uploads"): "owner_id",
        ("video", "idempotency_keys"): "owner_id",
    }
    rows = {}
    for (service, table), column in column_of.items():
        query = f"SELECT count(*) FROM {table} WHERE {column} = '{user_id}'"  # noqa: S608
        rows[table] = await product.fetch_value(service, query)
    return rows


async def items_of(product: Product, user_id: str) -> list[str]:
    """The sort keys of what DynamoDB has of a user."""

    def look() -> list[str]:
        answer = product.stack.aws.client("dynamodb").query(
            TableName=TABLE,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"USER#{user_id}"}},
        )
        return sorted(item["sk"]["S"].partition("#")[0] for item in answer["Items"])

    return await asyncio.to_thread(look)


async def me(user: User) -> str:
    return str((await user.http.get("/auth/me")).json()["id"])


async def test_mailed_link_replaces_a_lost_password(product: Product) -> None:
    user = await product.user(locale="pt")
    answer = await user.http.post("/auth/password/forgot", json={"email": user.email})
    assert answer.status_code == 202
    (mail,) = await user.mailed(1)
    assert mail["Subject"] == "Escolha uma nova senha"
    [token] = re.findall(r"/#/reset/([\w-]+)", mail["BodyText"])
    body = {"token": token, "password": NEW_PASSWORD}
    assert (await user.http.post("/auth/password/reset", json=body)).status_code == 204
    await user.mailed(2)
    for password, status in ((PASSWORD, 401), (NEW_PASSWORD, 200)):
        account = {"email": user.email, "password": password}
        assert (await user.http.post("/auth/login", json=account)).status_code == status


async def test_api_key_is_limited_to_its_scopes(product: Product, clip: Path) -> None:
    user = await product.user()
    body = {"name": "reader", "scopes": ["videos:read"]}
    key = (await user.http.post("/auth/api-keys", json=body)).json()
    (mail,) = await user.mailed(1)
    assert key["prefix"] in mail["BodyText"]
    assert key["key"] not in mail["BodyText"]
    form = {"grant_type": "urn:fotograma:grant-type:api-key", "api_key": key["key"]}
    token = (await user.http.post("/auth/token", data=form)).json()["access_token"]
    user.http.headers["Authorization"] = f"Bearer {token}"
    assert await user.videos() == []
    assert_problem(await user.post_video(clip), 403, "forbidden")
    assert_problem(await user.http.get("/notify/preferences"), 403, "forbidden")


async def test_deleted_account_leaves_nothing_in_any_service(product: Product, clip: Path) -> None:
    user, other = await product.users(2)
    user_id = await me(user)
    extracted = await user.upload(clip)
    kept = await other.upload(clip)
    await user.completed(extracted)
    await other.completed(kept)
    await user.mailed(1)
    await user.http.post("/auth/api-keys", json={"name": "n", "scopes": ["videos:read"]})
    await user.mailed(2)
    rows = await rows_of(product, user_id)
    assert rows["users"] == rows["videos"] == rows["extractions"] == rows["api_keys"] == 1
    assert "DELIVERY" in await items_of(product, user_id)

    body = {"password": PASSWORD}
    assert (await user.http.request("DELETE", "/auth/me", json=body)).status_code == 204

    async def is_gone() -> bool:
        rows = await rows_of(product, user_id)
        items = await items_of(product, user_id)
        return not any(rows.values()) and items == ["RECIPIENT"]

    await found_within(60, is_gone, f"everything of {user.email} to be gone")
    await product.without_objects(extracted.video_id)
    # What still knows the id says that it is gone; of its address nothing is known.
    assert await product.fetch_value("auth", "SELECT count(*) FROM outbox") == 0
    recipient = await asyncio.to_thread(
        product.stack.aws.client("dynamodb").get_item,
        TableName=TABLE,
        Key={"pk": {"S": f"USER#{user_id}"}, "sk": {"S": "RECIPIENT"}},
    )
    assert set(recipient["Item"]) == {"pk", "sk", "revision", "deleted"}

    # The access token is good for some minutes more, and finds and adds nothing.
    assert await user.videos() == []
    assert_problem(await user.post_video(clip), 401, "unauthenticated")
    assert_problem(await user.http.get("/auth/me"), 401, "unauthenticated")
    (await other.download(kept)).assert_whole()
