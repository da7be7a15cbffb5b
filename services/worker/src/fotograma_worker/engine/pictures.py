"""Convert decoded frames to upright SDR pictures of the wanted size, through libavfilter only."""

from fractions import Fraction
from typing import Any, NamedTuple

import av
import numpy as np
from av.filter import Graph

from fotograma_worker.engine.deinterlacing import FrameInContext, progressive
from fotograma_worker.engine.encoders import Picture
from fotograma_worker.engine.graphs import Layout, build_graph
from fotograma_worker.engine.media import check_pixels
from fotograma_worker.engine.side_data import display_matrix_of
from fotograma_worker.engine.tonemapping import ToneMapper, Transfer
from fotograma_worker.geometry import UPRIGHT, Orientation, fit, orientation_of, upright_size

_SCALER = "bicubic"
"""The default of the `ffmpeg` command, which gives the same pixels."""
_DEEP = "rgb48le"

_GraphKey = tuple[Layout, int, bool]


def orientation_of_frame(frame: av.VideoFrame) -> Orientation:
    """The orientation from the frame's display matrix."""
    matrix = display_matrix_of(frame)
    return orientation_of(matrix) if matrix is not None else UPRIGHT


class Converted(NamedTuple):
    """A picture, and what it was made of."""

    picture: Picture
    source: av.VideoFrame | None
    """A decoded frame that shows the same in another size; None where more was done to it."""


class PictureMaker:
    """Converts frames to pictures.

    A transparent frame loses its alpha channel and keeps its colours.
    """

    def __init__(
        self,
        pixel_format: str,
        sample_aspect_ratio: Fraction | None,
        max_width: int | None,
        max_height: int | None,
        max_pixels: int,
    ) -> None:
        self._max_pixels = max_pixels
        self._pixel_format = pixel_format
        self._ratio = sample_aspect_ratio
        self._max = (max_width, max_height)
        self._graph: Graph | None = None
        self._key: _GraphKey | None = None
        self._is_turned = False
        self._tone_mappers: dict[Transfer, ToneMapper] = {}

    def convert(self, moment: FrameInContext) -> Converted:
        """Convert one frame. Raises `Failure` where its picture would be larger than allowed."""
        transfer = hdr_transfer(moment.frame)
        turned_by = moment.frame.rotation
        frame = progressive(moment)
        graph = self._graph_for(frame, moment.frame, turned_by, is_hdr=transfer is not None)
        graph.vpush(frame)
        picture: Any = graph.vpull().to_ndarray()
        if transfer is not None:
            picture = _in_format(self._tone_mapper(transfer).sdr(picture), self._pixel_format)
        is_only_scaled = transfer is None and not self._is_turned and not _has_alpha(frame)
        picture = np.ascontiguousarray(picture, dtype=np.uint8)
        return Converted(picture, frame if is_only_scaled else None)

    def _tone_mapper(self, transfer: Transfer) -> ToneMapper:
        if transfer not in self._tone_mappers:
            self._tone_mappers[transfer] = ToneMapper(transfer)
        return self._tone_mappers[transfer]

    def _graph_for(
        self, frame: av.VideoFrame, decoded: av.VideoFrame, turned_by: int, *, is_hdr: bool
    ) -> Graph:
        """The filter graph for this layout; size and format may change within a stream."""
        key = (Layout.of(frame), turned_by, is_hdr)
        if self._graph is None or key != self._key:
            orientation = orientation_of_frame(decoded)
            self._is_turned = bool(orientation.filters)
            self._graph, self._key = self._build(frame, orientation, is_hdr=is_hdr), key
        return self._graph

    def _build(self, frame: av.VideoFrame, orientation: Orientation, *, is_hdr: bool) -> Graph:
        upright = upright_size(frame.width, frame.height, self._ratio, orientation)
        size = fit(upright, *self._max)
        check_pixels(size.width, size.height, self._max_pixels)
        return build_graph(
            Layout.of(frame),
            *orientation.filters,
            f"scale={size.width}:{size.height}:flags={_SCALER}",
            *(f"format={name}" for name in self._formats(frame, is_hdr=is_hdr)),
        )

    def _formats(self, frame: av.VideoFrame, *, is_hdr: bool) -> tuple[str, ...]:
        if is_hdr:
            return (_DEEP,)
        if _has_alpha(frame):
            return ("rgb24", self._pixel_format)
        return (self._pixel_format,)


def hdr_transfer(frame: av.VideoFrame) -> Transfer | None:
    """The transfer characteristic of an HDR frame; None for an SDR one."""
    try:
        return Transfer(int(frame.color_trc))
    except ValueError:
        return None


def _has_alpha(frame: av.VideoFrame) -> bool:
    return any(component.is_alpha for component in frame.format.components)


def _in_format(picture: Picture, pixel_format: str) -> Picture:
    """Convert RGB to an encoder's pixel format."""
    if pixel_format == "rgb24":
        return picture
    opaque = np.full((*picture.shape[:2], 1), 255, np.uint8)
    return np.concatenate((picture[..., ::-1], opaque), axis=2)
