"""What a request asks for by its headers: only what has changed, only a part (RFC 9110). Pure."""

import re

from fotograma_video.errors import RangeNotSatisfiable

_FROM = re.compile(r"bytes=([0-9]{1,19})-([0-9]{0,19})", re.IGNORECASE)
_SUFFIX = re.compile(r"bytes=-([0-9]{1,19})", re.IGNORECASE)
_TAG = re.compile(r'(?:W/)?("[^"]*")')


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has this already (13.1.2)."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag in _TAG.findall(if_none_match)


def wanted_range(header: str | None, if_range: str | None, etag: str, size: int) -> range | None:
    """The bytes that a Range header asks for; None for all of them.

    Ignored, as it may be (14.2), is what is not one range of bytes; and one that goes on with
    another version than this (13.1.5). Raises `RangeNotSatisfiable`.
    """
    if header is None or (if_range is not None and if_range != etag):
        return None
    wanted = _parsed(header.replace(" ", ""), size)
    if wanted is not None and not wanted:
        raise RangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    return wanted


def _parsed(header: str, size: int) -> range | None:
    if match := _SUFFIX.fullmatch(header):
        return range(max(0, size - int(match[1])), size)
    match = _FROM.fullmatch(header)
    if match is None:
        return None
    first = int(match[1])
    last = int(match[2]) if match[2] else size - 1
    if match[2] and last < first:
        return None
    return range(first, min(last + 1, size))
