"""What belongs to one user does not exist for another: every address of the OpenAPI documents."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from fixtures.clips import make_clip
from fixtures.product import Json, Product, User

SERVICES = Path(__file__).parents[2] / "services"
BODIES: dict[str, Json] = {
    "POST /video/uploads/{upload_id}/complete": {},
    "POST /video/uploads/{upload_id}/parts": {"numbers": [1]},
    "PATCH /video/{video_id}": {"name": "mine now.mp4"},
    "POST /video/{video_id}/extractions": {},
    "POST /video/{video_id}/extractions/{extraction_id}/selection": {
        "names": ["00-00-00.000000.png"]
    },
    "PUT /video/admin/users/{user_id}/quotas": {},
}
"""A valid one for each operation that takes one: a 422 would hide what comes after it."""
ADMINISTRATION = ("/auth/users", "/video/admin/")
LIVE_SHEET = "00000.0.00000000.00000.jpg"
"""The name of a sheet as it may be; once an extraction has ended, its owner finds none either."""


@dataclass(frozen=True)
class Operation:
    """Something that can be done to a thing that somebody owns."""

    method: str
    path: str
    takes_body: bool

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_for_administrators(self) -> bool:
        return self.path.startswith(ADMINISTRATION)

    async def by(self, user: User, things: dict[str, str]) -> int:
        """The status of a user's attempt on somebody's things."""
        body = BODIES[self.name] if self.takes_body else None
        answer = await user.http.request(self.method, self.path.format_map(things), json=body)
        return answer.status_code


def operations() -> Iterator[Operation]:
    """All that name a thing in their address, and all of administrators. One that is added is here
    by itself."""
    for document in sorted(SERVICES.glob("*/openapi.json")):
        for path, methods in json.loads(document.read_text())["paths"].items():
            for method, described in methods.items():
                if "{" in path or path.startswith(ADMINISTRATION):
                    yield Operation(method.upper(), path, "requestBody" in described)


@pytest.fixture(scope="module")
async def owner(product: Product) -> AsyncIterator[User]:
    user = await product.user()
    yield user
    await user.leave()


@pytest.fixture(scope="module")
async def things(owner: User, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One of everything that a user can have, by the name it has in paths."""
    clip = make_clip(tmp_path_factory.mktemp("clip") / "mine.mp4", seconds=2)
    extracted = await owner.upload(clip)
    await owner.completed(extracted)
    upload = await owner.http.post("/video/uploads", json={"name": "a.mp4", "size_bytes": 9})
    name = "00-00-00.000000.png"
    selection = await owner.http.post(
        f"/video/{extracted.video_id}/extractions/{extracted.id}/selection", json={"names": [name]}
    )
    key = await owner.http.post("/auth/api-keys", json={"name": "k", "scopes": ["videos:read"]})
    sessions = await owner.http.get("/auth/sessions")
    return {
        "user_id": (await owner.http.get("/auth/me")).json()["id"],
        "video_id": extracted.video_id,
        "extraction_id": extracted.id,
        "upload_id": upload.json()["id"],
        "name": name,
        "number": "0",
        "sheet": LIVE_SHEET,
        "selection_id": selection.json()["id"],
        "key_id": key.json()["id"],
        "session_id": sessions.json()["items"][0]["id"],
    }


async def test_routes_find_nothing_of_another_user(
    product: Product, owner: User, things: dict[str, str]
) -> None:
    stranger = await product.user()
    reached = {
        operation.name: status
        for operation in operations()
        if (status := await operation.by(stranger, things))
        != (403 if operation.is_for_administrators else 404)
    }
    assert reached == {}
    # The addresses were right: what is read without changing anything is there for its owner.
    for operation in operations():
        if operation.method == "GET" and not operation.is_for_administrators:
            found = {404} if operation.path.endswith("/live/{sheet}") else {200, 303}
            assert await operation.by(owner, things) in found, operation.name


async def test_routes_answer_alike_for_what_does_not_exist(product: Product) -> None:
    """Nobody learns from an answer whether somebody else has something."""
    stranger = await product.user()
    nothing = {name: str(uuid4()) for name in ("video_id", "extraction_id", "upload_id")}
    nothing |= {name: str(uuid4()) for name in ("selection_id", "key_id", "session_id", "user_id")}
    nothing |= {"name": "00-00-00.000000.png", "number": "0", "sheet": LIVE_SHEET}
    for operation in operations():
        expected = 403 if operation.is_for_administrators else 404
        assert await operation.by(stranger, nothing) == expected, operation.name
