"""Liveness and readiness. Readiness names the dependency that is down.

All replicas of an API share their dependencies: to take each of them out while one is away leaves
nobody to say so. So an API that was ready once stays so, and answers what it cannot do as a
problem; one that never was, as with wrong settings, does not become so.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from pydantic import BaseModel

CHECK_SECONDS = 2.0
"""A dependency that takes longer to answer counts as down."""

Check = Callable[[], Awaitable[str]]
"""Answers with a word on the state of a dependency; raises when it is down."""


class Health(BaseModel):
    """`status` is `ok`, `degraded` or `unavailable`; `checks` has a word for each dependency."""

    status: str
    checks: dict[str, str] = {}


def health_router(checks: Mapping[str, Check], *, stays_ready: bool = False) -> APIRouter:
    """Build `/health/live`, which answers always, and `/health/ready`, by the checks: until they
    all passed once, if the process is one that stays ready.
    """
    router = APIRouter(prefix="/health", include_in_schema=False)
    was_ready = False

    @router.get("/live")
    async def live() -> Health:
        return Health(status="ok")

    @router.get("/ready")
    async def ready(response: Response) -> Health:
        nonlocal was_ready
        states = await asyncio.gather(*(_state(check) for check in checks.values()))
        status = "ok" if all(ok for ok, _ in states) else "degraded"
        was_ready = was_ready or status == "ok"
        if status == "degraded" and not (stays_ready and was_ready):
            status, response.status_code = "unavailable", 503
        words = (word for _, word in states)
        return Health(status=status, checks=dict(zip(checks, words, strict=True)))

    return router


async def _state(check: Check) -> tuple[bool, str]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return True, await check()
    except Exception as error:  # noqa: BLE001 - whatever a check raises means "down"
        return False, f"down: {type(error).__name__}"
