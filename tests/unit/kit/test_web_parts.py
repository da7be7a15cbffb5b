"""Routes ask for the app's parts by their class."""

from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI
from fotograma_kit.web import part, provide


class Greeter:
    def greet(self) -> str:
        return "hello"


class Unprovided:
    pass


async def answer_of(app: FastAPI) -> httpx.Response:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test"
    ) as client:
        return await client.get("/")


async def test_part_is_the_one_that_the_app_provides() -> None:
    app = FastAPI()

    @app.get("/")
    async def greet(greeter: Annotated[Greeter, Depends(part(Greeter))]) -> str:
        return greeter.greet()

    provide(app, Greeter(), 7)
    answer = await answer_of(app)
    assert (answer.status_code, answer.json()) == (200, "hello")
    assert "parameters" not in app.openapi()["paths"]["/"]["get"]


async def test_part_that_the_app_does_not_provide_raises() -> None:
    app = FastAPI()

    @app.get("/")
    async def fail(_part: Annotated[Unprovided, Depends(part(Unprovided))]) -> None: ...

    provide(app, Greeter())
    with pytest.raises(KeyError, match="Unprovided"):
        await answer_of(app)
