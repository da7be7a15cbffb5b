"""`/metrics`, which every process serves: with exemplars, for a reader of OpenMetrics."""

from fastapi import APIRouter, Request, Response
from prometheus_client import REGISTRY, disable_created_metrics
from prometheus_client.exposition import choose_encoder


def metrics_router() -> APIRouter:
    """Build the route."""
    disable_created_metrics()  # a series more for each counter, which nobody asks for
    router = APIRouter(include_in_schema=False)

    @router.get("/metrics")
    def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(REGISTRY), headers={"Content-Type": content_type})

    return router
