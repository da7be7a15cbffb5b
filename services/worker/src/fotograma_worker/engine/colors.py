"""Colour metadata of frames, limited to the values that libswscale supports.

A damaged file may hold any value. The numbers are those of ITU-T H.273, which FFmpeg uses;
libswscale refuses a frame that has one it does not know.
"""

import av

_MATRICES = frozenset({0, 1, 2, 4, 5, 6, 7, 9})
_RANGES = frozenset({0, 1, 2})
_TRANSFERS = frozenset({1, 2, *range(4, 9), *range(11, 19)})
_PRIMARIES = frozenset({1, 2, *range(4, 23)})
_UNSPECIFIED = 2
_UNSPECIFIED_RANGE = 0


def keep_known_colors(frame: av.VideoFrame) -> None:
    """Set unsupported values to unspecified: the picture is then converted with the defaults."""
    if int(frame.colorspace) not in _MATRICES:
        frame.colorspace = _UNSPECIFIED
    if int(frame.color_range) not in _RANGES:
        frame.color_range = _UNSPECIFIED_RANGE
    if int(frame.color_trc) not in _TRANSFERS:
        frame.color_trc = _UNSPECIFIED
    if int(frame.color_primaries) not in _PRIMARIES:
        frame.color_primaries = _UNSPECIFIED
