"""Read a frame's side data, whatever kinds of it FFmpeg knows."""

from typing import Any

import av
from av.sidedata.sidedata import Type


def display_matrix_of(frame: av.VideoFrame) -> bytes | None:
    """The frame's display matrix (libavutil's `AV_FRAME_DATA_DISPLAYMATRIX`), if it has one.

    Reading a frame's side data keeps the frame alive until the next garbage collection: frames are
    large, so read few.
    """
    matrix: Any = frame.side_data.get("DISPLAYMATRIX")
    return None if matrix is None else bytes(matrix)


def _without_name(kind: type[Type], number: object) -> Type:
    """A member for a kind of side data that PyAV has no name for.

    PyAV looks up the kind of each, and its enumeration may be older than the FFmpeg it comes with
    (18.1 has no names for LCEVC, views and their displays, and Exif). Without this one picture with
    Exif could not be asked for its orientation.
    """
    member: Any = object.__new__(kind)
    member._name_ = f"UNKNOWN_{number}"
    member._value_ = number
    unnamed: Type = member
    return unnamed


Type._missing_ = classmethod(_without_name)  # type: ignore[assignment, method-assign]
