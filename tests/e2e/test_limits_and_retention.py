"""What an administrator decides about a user, and what time decides, through the whole product."""

from pathlib import Path

import pytest
from fixtures.clips import make_clip
from fixtures.product import (
    PASSWORD,
    Json,
    Product,
    User,
    answered,
    assert_problem,
    found_within,
)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of video."""
    return make_clip(tmp_path_factory.mktemp("clip") / "holiday.mp4", seconds=2)


@pytest.fixture
async def admin(product: Product) -> User:
    """An administrator who is logged in."""
    return await product.admin()


async def id_of(user: User) -> str:
    return str(answered(await user.http.get("/auth/me"), 200)["id"])


async def test_administrator_limits_a_user(product: Product, admin: User, clip: Path) -> None:
    user = await product.user()
    quotas = f"/video/admin/users/{await id_of(user)}/quotas"
    answered(await admin.http.put(quotas, json={"daily_upload_bytes": 10}), 200)
    assert_problem(await user.post_video(clip), 403, "quota_exceeded")
    assert_problem(await user.http.put(quotas, json={}), 403, "forbidden")
    assert answered(await user.http.get("/video/limits"), 200)["max_daily_upload_bytes"] == 10
    answered(await admin.http.put(quotas, json={}), 200)
    extracted = await user.upload(clip)
    await user.completed(extracted)
    listed = answered(
        await admin.http.get("/video/admin/extractions", params={"status": "completed"}), 200
    )
    assert extracted.id in {item["id"] for item in listed["items"]}


@pytest.mark.middle
async def test_suspension_ends_what_its_user_had_begun(
    product: Product, admin: User, clip: Path
) -> None:
    """The session ends at once, its last token within minutes; work and mail are not lost."""
    user = await product.user()
    user_id = await id_of(user)
    extracted = await user.upload(clip)
    begun = answered(
        await user.http.post("/video/uploads", json={"name": "b.mp4", "size_bytes": 9}), 201
    )
    answered(await admin.http.post(f"/auth/users/{user_id}/suspend"), 200)
    login = {"email": user.email, "password": PASSWORD}
    assert_problem(await user.http.post("/auth/login", json=login), 403, "account_suspended")
    await user.completed(extracted)
    (mail,) = await user.mailed(1)
    assert mail["Subject"] == "Your frames are ready: “holiday.mp4”"

    del user.http.headers["Authorization"]  # as it is when the last token has ended
    upload = f"/video/uploads/{begun['id']}"
    assert_problem(await user.http.post(f"{upload}/complete"), 401, "unauthenticated")
    given_up = "UPDATE uploads SET expires_at = now() - interval '1 second' WHERE owner_id = '{}'"
    await product.fetch_value("video", given_up.format(user_id))
    left = f"SELECT count(*) FROM uploads WHERE owner_id = '{user_id}'"  # noqa: S608

    async def is_given_up() -> bool:
        return bool(await product.fetch_value("video", left) == 0)

    await found_within(15, is_given_up, "the upload to be given up")


async def test_expiring_video_is_announced_and_then_deleted(product: Product, clip: Path) -> None:
    user = await product.user(locale="pt")
    extracted = await user.upload(clip)
    await user.completed(extracted)
    await user.mailed(1)

    await expires_in(product, extracted.video_id, "2 days")
    mails = await user.mailed(2)
    assert [mail["Subject"] for mail in mails if "excluído" in mail["Subject"]] == [
        "Seu vídeo será excluído em breve: “holiday.mp4”"
    ]
    await expires_in(product, extracted.video_id, "-1 second")

    async def gone() -> Json | None:
        answer = await user.http.get(f"/video/{extracted.video_id}")
        return assert_problem(answer, 410, "gone") if answer.status_code != 200 else None

    await found_within(15, gone, "the video to be gone")
    download = await user.http.get(f"/video/{extracted.video_id}/download")
    assert_problem(download, 410, "gone")
    await product.without_objects(extracted.video_id)
    await product.settled()
    assert len(await user.mails()) == 2


async def expires_in(product: Product, video_id: str, interval: str) -> None:
    """As if it had been uploaded long ago, and so much of its time were left."""
    query = (
        "UPDATE videos SET created_at = now() - interval '28 days', "  # noqa: S608
        f"expires_at = now() + interval '{interval}' WHERE id = '{video_id}'"
    )
    await product.fetch_value("video", query)
