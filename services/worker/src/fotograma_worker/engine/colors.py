"""What frames say about their colours, as far as libswscale understands it.

A damaged file may say anything. The numbers are those of ITU-T H.273, which is where FFmpeg's come
from; libswscale refuses a frame that says one it does not know.
"""

import av

_MATRICES = frozenset({0, 1, 2, 4, 5, 6, 7, 9})
_RANGES = frozenset({0, 1, 2})
_TRANSFERS = frozenset({1, 2, *range(4, 9), *range(11, 19)})
_PRIMARIES = frozenset({1, 2, *range(4, 23)})
_UNSPECIFIED = 2
_UNSPECIFIED_RANGE = 0


def keep_known_colors(frame: av.VideoFrame) -> None:
    """Take what nobody understands as not said: the picture is then converted as most are."""
    if int(frame.colorspace) not in _MATRICES:
        frame.colorspace = _UNSPECIFIED
    if int(frame.color_range) not in _RANGES:
        frame.color_range = _UNSPECIFIED_RANGE
    if int(frame.color_trc) not in _TRANSFERS:
        frame.color_trc = _UNSPECIFIED
    if int(frame.color_primaries) not in _PRIMARIES:
        frame.color_primaries = _UNSPECIFIED
