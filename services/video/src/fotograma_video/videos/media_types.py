"""What a browser is told that a source is: never anything that it would run. Pure."""

from fotograma_contracts.extractions import Probe

UNKNOWN = "application/octet-stream"
_BY_CONTAINER = {
    "mov": "video/mp4",
    "matroska": "video/x-matroska",
    "avi": "video/x-msvideo",
    "mpegts": "video/mp2t",
    "mpeg": "video/mpeg",
    "ogg": "video/ogg",
    "flv": "video/x-flv",
    "asf": "video/x-ms-asf",
}
"""By the first of a demuxer's names."""
_OF_WEBM = {"vp8", "vp9", "av1", "libvpx", "libvpx-vp9", "libdav1d"}


def source_media_type(probe: Probe | None) -> str:
    """The media type of a source; `UNKNOWN` until a worker has looked at it, and of what is rare.

    What the uploader calls the file does not matter: a page of HTML uploaded as a video is a
    download.
    """
    if probe is None:
        return UNKNOWN
    container = probe.container.partition(",")[0]
    if container == "matroska" and probe.codec in _OF_WEBM:
        return "video/webm"
    return _BY_CONTAINER.get(container, UNKNOWN)
