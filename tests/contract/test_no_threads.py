"""No request waits for a thread: FastAPI runs what is not a coroutine function in its pool."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fotograma_auth.routes import routers as auth_routers
from fotograma_kit.problems import install_problem_handlers
from fotograma_notify.routes import router as notify_router
from fotograma_video.app import ROUTERS as VIDEO_ROUTERS

ROUTES = [
    route
    for router in (*auth_routers, notify_router, *VIDEO_ROUTERS)
    for route in router.routes
    if isinstance(route, APIRoute)
]


def calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    """A route's function, and all that it depends on."""
    if dependant.call is not None:
        yield dependant.call
    for each in dependant.dependencies:
        yield from calls(each)


def is_async(call: Callable[..., Any]) -> bool:
    """Whether it runs in the loop."""
    kinds = (inspect.iscoroutinefunction, inspect.isasyncgenfunction)
    return any(kind(call) or kind(type(call).__call__) for kind in kinds)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{min(route.methods)} {route.path}")
def test_route_and_its_dependencies_take_no_thread(route: APIRoute) -> None:
    assert [call for call in calls(route.dependant) if not is_async(call)] == []


def test_problems_are_answered_without_a_thread() -> None:
    app = FastAPI()
    before = set(app.exception_handlers)
    install_problem_handlers(app)
    ours = {app.exception_handlers[kind] for kind in set(app.exception_handlers) - before}
    ours |= {handler for handler in app.exception_handlers.values() if "kit" in handler.__module__}
    assert ours
    assert [handler for handler in ours if not is_async(handler)] == []
