"""Liveness and readiness. Readiness names the dependency that is down."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from pydantic import BaseModel

CHECK_SECONDS = 2.0
"""A dependency that takes longer to answer counts as down."""

Check = Callable[[], Awaitable[str]]
"""Answers with a word on the state of a dependency; raises when it is down."""


class Health(BaseModel):
    """`status` is `ok` or `unavailable`; `checks` has a word for each dependency."""

    status: str
    checks: dict[str, str] = {}


def health_router(checks: Mapping[str, Check]) -> APIRouter:
    """Build `/health/live`, which answers always, and `/health/ready`, by the checks."""
    router = APIRouter(prefix="/health", include_in_schema=False)

    @router.get("/live")
    async def live() -> Health:
        return Health(status="ok")

    @router.get("/ready")
    async def ready(response: Response) -> Health:
        states = await asyncio.gather(*(_state(check) for check in checks.values()))
        if not all(ok for ok, _ in states):
            response.status_code = 503
        return Health(
            status="ok" if response.status_code != 503 else "unavailable",
            checks=dict(zip(checks, (word for _, word in states), strict=True)),
        )

    return router


async def _state(check: Check) -> tuple[bool, str]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return True, await check()
    except Exception as error:  # noqa: BLE001 - whatever a check raises means "down"
        return False, f"down: {type(error).__name__}"
