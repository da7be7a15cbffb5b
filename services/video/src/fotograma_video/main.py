"""What uvicorn calls: `uvicorn fotograma_video.main:api --factory`."""

from fastapi import FastAPI

from fotograma_video.app import create_api, create_background
from fotograma_video.settings import ApiSettings, VideoSettings


def api() -> FastAPI:
    """The HTTP API, with settings from the environment."""
    return create_api(ApiSettings())


def background() -> FastAPI:
    """The background work, with settings from the environment."""
    return create_background(VideoSettings())
