"""What an API key may do: what its scopes say, and nothing else."""

import json
from uuid import uuid4

import httpx
import pytest
from fotograma_video.cli import openapi_document


def routes() -> list[tuple[str, str]]:
    """Every route that asks for a token, with ids in its address."""
    found = []
    for path, methods in json.loads(openapi_document())["paths"].items():
        address = "/".join(str(uuid4()) if part[:1] == "{" else part for part in path.split("/"))
        found += [(m.upper(), address) for m, o in methods.items() if "security" in o]
    assert len(found) >= 15
    return found


async def asked(user: httpx.AsyncClient, method: str, address: str, scope: str) -> httpx.Response:
    headers = {"Authorization": f"{user.headers['Authorization']}:{scope}"}
    return await user.request(method, address, headers=headers)


@pytest.mark.parametrize(
    ("scope", "open_routes"),
    [
        ("", 0),
        ("users:read", 0),
        ("videos:read", None),
        ("videos:upload", None),
        ("videos:delete", 1),
    ],
)
async def test_route_accepts_its_one_scope_only(
    user: httpx.AsyncClient, scope: str, open_routes: int | None
) -> None:
    opened = []
    for method, address in routes():
        if address == "/video/events" and scope == "videos:read":
            continue  # it would not end
        answer = await asked(user, method, address, scope)
        if answer.status_code != 403:
            opened.append((method, address))
        elif method != "HEAD":
            assert answer.json()["code"] == "forbidden"
    if open_routes is not None:
        assert len(opened) == open_routes
    if scope == "videos:read":
        others = [address for method, address in opened if method not in {"GET", "HEAD"}]
        assert [address.rpartition("/")[2] for address in others] == ["selection"]
    if scope == "videos:delete":
        assert {method for method, _ in opened} == {"DELETE"}


async def test_all_scopes_together_open_every_route_for_keys(
    user: httpx.AsyncClient,
) -> None:
    scopes = "videos:read,videos:upload,videos:delete"
    closed = set()
    for method, address in routes():
        if address == "/video/events":
            continue  # it would not end
        if (await asked(user, method, address, scopes)).status_code == 403:
            closed.add(address.split("/")[2])
    assert closed == {"admin"}


async def test_changing_the_retention_needs_the_delete_scope(user: httpx.AsyncClient) -> None:
    video = (await user.post("/video", files={"file": ("a.mp4", b"bytes")})).json()

    async def change(scopes: str, **changes: object) -> int:
        headers = {"Authorization": f"{user.headers['Authorization']}:{scopes}"}
        answer = await user.patch(f"/video/{video['id']}", json=changes, headers=headers)
        return answer.status_code

    assert await change("videos:upload", name="b.mp4") == 200
    assert await change("videos:upload", retention_days=1) == 403
    assert await change("videos:delete", retention_days=1) == 403
    assert await change("videos:upload,videos:delete", retention_days=1) == 200


async def test_administration_refuses_api_keys(admin: httpx.AsyncClient) -> None:
    for method, address in routes():
        if address.startswith("/video/admin/"):
            answer = await asked(admin, method, address, "videos:read,videos:upload")
            assert answer.json()["code"] == "forbidden"
