"""What belongs to one user does not exist for another: every address of the OpenAPI documents."""

import base64
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from fixtures.clips import make_clip
from fixtures.product import PASSWORD, Json, Product, User

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
OPEN = {
    "GET /auth/settings",
    "GET /auth/.well-known/jwks.json",
    "POST /auth/register",
    "POST /auth/login",
    "POST /auth/logout",
    "POST /auth/refresh",
    "POST /auth/token",
    "POST /auth/verify",
    "POST /auth/verify/resend",
    "POST /auth/password/forgot",
    "POST /auth/password/reset",
}
"""What needs no access token: it is for who has none yet."""
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
    def names(self) -> list[str]:
        """What things its address names."""
        return re.findall(r"{(\w+)}", self.path)

    @property
    def is_for_administrators(self) -> bool:
        return self.path.startswith(ADMINISTRATION)

    async def by(self, user: User, things: dict[str, str]) -> int:
        """The status of a user's attempt on somebody's things."""
        body = BODIES[self.name] if self.takes_body else None
        answer = await user.http.request(self.method, self.path.format_map(things), json=body)
        return answer.status_code


def all_operations() -> Iterator[Operation]:
    """Every operation of the three APIs. One that is added is here by itself."""
    for document in sorted(SERVICES.glob("*/openapi.json")):
        for path, methods in json.loads(document.read_text())["paths"].items():
            for method, described in methods.items():
                yield Operation(method.upper(), path, "requestBody" in described)


def operations() -> Iterator[Operation]:
    """All that name a thing in their address, and all of administrators."""
    return (each for each in all_operations() if each.names or each.is_for_administrators)


@pytest.fixture(scope="module")
async def owner(product: Product) -> AsyncIterator[User]:
    user = await product.user()
    yield user
    await user.leave()


async def things_of(owner: User, clip: Path) -> dict[str, str]:
    """One of everything that a user can have, by the name it has in paths."""
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


@pytest.fixture(scope="module")
async def things(owner: User, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the owner has."""
    return await things_of(owner, make_clip(tmp_path_factory.mktemp("clip") / "mine.mp4"))


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


@pytest.mark.middle
async def test_operations_are_closed_to_whoever_brings_no_token_of_ours(product: Product) -> None:
    """Nor is a token taken from where a page of somebody else's may have put it."""
    user = await product.user()
    token = user.http.headers.pop("Authorization").partition(" ")[2]
    password = base64.b64encode(f"{user.email}:{PASSWORD}".encode()).decode()
    attempts: list[Json] = [
        {},
        {"headers": {"Authorization": "Bearer nonsense"}},
        {"headers": {"Authorization": f"Basic {password}"}},
        {"headers": {"Authorization": token}},
        {"headers": {"Cookie": f"access_token={token}; Authorization={token}"}},
        {"params": {"access_token": token, "token": token}},
    ]
    opened = set()
    for operation in all_operations():
        address = re.sub("{.*?}", str(uuid4()), operation.path)
        for attempt in attempts:
            answer = await user.http.request(operation.method, address, **attempt)
            if answer.status_code != 401:
                opened.add(operation.name)
    assert opened <= OPEN, opened - OPEN


@pytest.mark.middle
async def test_things_of_another_user_are_not_found_below_ones_own(
    product: Product, owner: User, things: dict[str, str], tmp_path: Path
) -> None:
    """Each address that names several, with one of them of somebody else's."""
    stranger = await product.user()
    own = await things_of(stranger, make_clip(tmp_path / "own.mp4"))
    reached = {}
    for operation in operations():
        if len(operation.names) > 1 and not operation.is_for_administrators:
            for name in set(operation.names) & {"video_id", "extraction_id", "selection_id"}:
                status = await operation.by(stranger, {**own, name: things[name]})
                if status != 404:
                    reached[f"{operation.name} with another's {name}"] = status
    assert reached == {}
