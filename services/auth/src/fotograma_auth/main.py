"""What uvicorn calls, with `--factory`."""

from fastapi import FastAPI

from fotograma_auth.app import create_api, create_background
from fotograma_auth.settings import ApiSettings, BackgroundSettings


def api() -> FastAPI:
    """The HTTP process."""
    return create_api(ApiSettings())


def background() -> FastAPI:
    """The process that publishes events and tidies up."""
    return create_background(BackgroundSettings())
