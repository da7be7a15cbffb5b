"""`/metrics`, which every process serves: with exemplars, for a reader of OpenMetrics."""

import asyncio

from fastapi import APIRouter, Request, Response
from prometheus_client import REGISTRY, disable_created_metrics
from prometheus_client.exposition import choose_encoder

_LOOK_SECONDS = 0.1


class Scrapes:
    """How often somebody has asked."""

    def __init__(self) -> None:
        self._count = 0

    def add(self) -> None:
        """Count one."""
        self._count += 1

    async def next(self, seconds: float) -> None:
        """Wait for another one, for `seconds` at most, if there ever was one."""
        before = self._count
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + seconds
        while 0 < self._count == before and loop.time() < ends_at:
            await asyncio.sleep(_LOOK_SECONDS)


SCRAPES = Scrapes()


def metrics_router() -> APIRouter:
    """Build the route."""
    # They would be a series more for each counter, which nobody asks for.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    router = APIRouter(include_in_schema=False)

    @router.get("/metrics")
    def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        answer = Response(encode(REGISTRY), headers={"Content-Type": content_type})
        SCRAPES.add()
        return answer

    return router
