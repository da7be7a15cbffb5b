"""Decoded frames to upright pictures of the wanted size, through libavfilter only."""

from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.filter import Graph

from fotograma_worker.encoders import Picture
from fotograma_worker.geometry import UPRIGHT, Orientation, fit, orientation_of, upright_size

_SCALER = "bicubic"
"""What the `ffmpeg` command scales with by default: the same pixels."""

_GraphKey = tuple[int, int, str, int, int, int]


def orientation_of_frame(frame: av.VideoFrame) -> Orientation:
    """How the frame is to be turned.

    Asking a frame for its side data makes it live until the next garbage collection: frames are
    large, so ask few of them.
    """
    matrix: Any = frame.side_data.get("DISPLAYMATRIX")
    return orientation_of(bytes(matrix)) if matrix is not None else UPRIGHT


class PictureMaker:
    """Turns frames into pictures. A frame is scaled only when it has been chosen."""

    def __init__(
        self,
        pixel_format: str,
        sample_aspect_ratio: Fraction | None,
        max_width: int | None,
        max_height: int | None,
    ) -> None:
        self._pixel_format = pixel_format
        self._ratio = sample_aspect_ratio
        self._max = (max_width, max_height)
        self._graph: Graph | None = None
        self._key: _GraphKey | None = None

    def picture(self, frame: av.VideoFrame) -> Picture:
        """Convert one frame."""
        graph = self._graph_for(frame)
        graph.vpush(frame)
        return np.ascontiguousarray(graph.vpull().to_ndarray(), dtype=np.uint8)

    def _graph_for(self, frame: av.VideoFrame) -> Graph:
        """A graph for frames like this one; size and format may change within a stream."""
        key = (
            frame.width,
            frame.height,
            frame.format.name,
            frame.colorspace,
            frame.color_range,
            frame.rotation,
        )
        if self._graph is None or key != self._key:
            self._graph, self._key = self._build(frame), key
        return self._graph

    def _build(self, frame: av.VideoFrame) -> Graph:
        orientation = orientation_of_frame(frame)
        upright = upright_size(frame.width, frame.height, self._ratio, orientation)
        size = fit(upright, *self._max)
        graph = Graph()
        graph.threads = 1
        nodes = [
            graph.add(
                "buffer",
                video_size=f"{frame.width}x{frame.height}",
                pix_fmt=frame.format.name,
                time_base="1/1",
                colorspace=str(int(frame.colorspace)),
                range=str(int(frame.color_range)),
            )
        ]
        for name, _, arguments in (filter_.partition("=") for filter_ in orientation.filters):
            nodes.append(graph.add(name, arguments or None))
        nodes.append(graph.add("scale", f"{size.width}:{size.height}:flags={_SCALER}"))
        nodes.append(graph.add("format", self._pixel_format))
        nodes.append(graph.add("buffersink"))
        graph.link_nodes(*nodes).configure()
        return graph
