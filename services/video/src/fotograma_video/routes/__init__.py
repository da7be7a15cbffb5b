"""HTTP: parse, call one use case, answer."""

from fotograma_video.routes import admin, events, extractions, frames, selections, uploads, videos

routers = [
    uploads.form_router,
    uploads.router,
    events.router,
    admin.router,
    videos.router,
    extractions.router,
    frames.router,
    selections.router,
]
"""Fixed addresses come before the ones that begin with a video's id."""
