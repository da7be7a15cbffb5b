"""The factories uvicorn calls."""

from fastapi import FastAPI

from fotograma_notify.app import create_api, create_background
from fotograma_notify.settings import NotifySettings


def api() -> FastAPI:
    """Serve HTTP."""
    return create_api(NotifySettings())


def background() -> FastAPI:
    """Listen to events and send mail."""
    return create_background(NotifySettings())
