"""No log of any process holds what opens something: neither what users send nor what they get."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fixtures.clips import make_clip
from fixtures.product import PASSWORD, Product, User, answered

WRONG = "a wrong password that nobody else has"
API_KEY_GRANT = "urn:fotograma:grant-type:api-key"


def signature_of(url: str) -> str:
    """What opens a presigned or signed URL."""
    query = parse_qs(urlsplit(url).query)
    (found,) = (query[name][0] for name in ("X-Amz-Signature", "sig") if name in query)
    return found


async def secrets_of_an_account(user: User) -> dict[str, str]:
    """Log in and out, make a key and use it, lose the password."""
    account = {"email": user.email, "password": PASSWORD}
    await user.http.post("/auth/login", json={**account, "password": WRONG})
    tokens = answered(await user.http.post("/auth/login", json=account), 200)
    refreshed = answered(
        await user.http.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]}), 200
    )
    body = {"name": "a key", "scopes": ["videos:read"], "current_password": PASSWORD}
    key = answered(await user.http.post("/auth/api-keys", json=body), 201)["key"]
    form = {"grant_type": API_KEY_GRANT, "api_key": key}
    of_key = answered(await user.http.post("/auth/token", data=form), 200)
    await user.http.post("/auth/password/forgot", json={"email": user.email})
    mails = await user.mailed(2)
    (link,) = {token for mail in mails for token in re.findall(r"/reset/([\w-]+)", str(mail))}
    return {
        "password": PASSWORD,
        "wrong password": WRONG,
        "refresh token": tokens["refresh_token"],
        "next refresh token": refreshed["refresh_token"],
        "access token": tokens["access_token"].rpartition(".")[2],
        "access token of the key": of_key["access_token"].rpartition(".")[2],
        "API key": key,
        "mailed link": link,
    }


async def secrets_of_a_video(user: User, clip: Path) -> dict[str, str]:
    """Upload, look at the frames, and download."""
    extracted = await user.upload(clip)
    await user.completed(extracted)
    download = await user.http.get(f"/video/{extracted.video_id}/download")
    path = f"/video/{extracted.video_id}/extractions/{extracted.id}/frames"
    (frame, *_) = answered(await user.http.get(path), 200)["items"]
    assert (await user.http.get(frame["url"])).status_code == 200
    body = {"name": "a.mp4", "size_bytes": 9}
    upload = answered(await user.http.post("/video/uploads", json=body), 201)["id"]
    signed = await user.http.post(f"/video/uploads/{upload}/parts", json={"numbers": [1]})
    return {
        "archive's address": signature_of(download.headers["Location"]),
        "frame's address": signature_of(frame["url"]),
        "part's address": signature_of(answered(signed, 200)["urls"]["1"]),
    }


def secrets_of_processes(folder: Path) -> dict[str, str]:
    """The passwords and keys that the stack has made."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    return {path.name: max(path.read_text().splitlines(), key=len) for path in files}


@pytest.mark.middle
async def test_logs_hold_nothing_that_opens_anything(product: Product, tmp_path: Path) -> None:
    user = await product.user()
    secrets = await secrets_of_an_account(user)
    secrets |= await secrets_of_a_video(user, make_clip(tmp_path / "a.mp4"))
    secrets |= secrets_of_processes(product.stack.logs.parent / "secrets")
    logs = {path.name: path.read_text() for path in product.stack.logs.glob("*.log")}
    assert user.email not in "".join(logs.values())
    assert "/auth/login" in logs["auth-api.log"], "requests are logged"
    found = [(name, log) for name, value in secrets.items() for log in logs if value in logs[log]]
    assert found == []
