"""Collect thumbnails of frames into sprite sheets."""

from dataclasses import dataclass

import av
import numpy as np
from av.filter import Graph

from fotograma_worker.engine.encoders import Picture, encode_jpeg
from fotograma_worker.engine.graphs import Layout, build_graph
from fotograma_worker.geometry import Size, fit

WIDTH = 320
"""Pixels of a thumbnail's width, unless the frame is smaller."""
MAX_HEIGHT = 640
"""A tall frame's thumbnail is narrower instead."""
COLUMNS = 5
_SHEET_HEIGHT = 1440
QUALITY = 75
_ROWS_APART = 4
"""Of the rows that tell how much there is to see."""


@dataclass(frozen=True, slots=True)
class SpriteSheet:
    """Thumbnails of consecutive frames, row by row, as one JPEG."""

    columns: int
    tile: Size
    pts: tuple[int, ...]
    """Of the frames shown, in order."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Poster:
    """The thumbnail of the frame with most to see, as JPEG."""

    data: bytes


class SpriteSheetMaker:
    """Collects thumbnails into sprite sheets. Memory: one sheet, 7 MB.

    All tiles of a sheet have one size: that of its first frame's thumbnail.
    """

    def __init__(self, pixel_format: str) -> None:
        self._pixel_format = pixel_format
        self._graph: Graph | None = None
        self._key: tuple[Layout, Size] | None = None
        """What the graph is built for."""
        self._shape: tuple[int, ...] = ()
        self._tile = Size(1, 1)
        self._canvas = np.empty((0, 0, 3), np.uint8)
        self._pts: list[int] = []
        self._poster: Picture | None = None
        self._contrast = 0.0
        """Of the poster so far."""

    def add(
        self, pts: int, picture: Picture, source: av.VideoFrame | None = None
    ) -> SpriteSheet | None:
        """Add a frame; returns the sheet that it fills.

        `source` is a decoded frame that shows the same: to scale it takes less than a fifth of the
        time that the picture does, which must be copied first.
        """
        full = self._begin(picture) if picture.shape != self._shape else None
        if source is None:
            source = av.VideoFrame.from_ndarray(picture, format=self._pixel_format)
        thumbnail = self._small(source)
        self._place(len(self._pts), thumbnail)
        self._consider(thumbnail)
        self._pts.append(pts)
        if len(self._pts) == self._capacity:
            return self.finish()
        return full

    def finish(self) -> SpriteSheet | None:
        """Return the sheet begun, if there is one."""
        if not self._pts:
            return None
        rows = -(-len(self._pts) // COLUMNS)
        columns = min(len(self._pts), COLUMNS)
        used = self._canvas[: rows * self._tile.height, : columns * self._tile.width]
        sheet = SpriteSheet(
            columns=columns,
            tile=self._tile,
            pts=tuple(self._pts),
            data=encode_jpeg(np.ascontiguousarray(used), QUALITY),
        )
        self._pts.clear()
        self._canvas.fill(0)
        return sheet

    def poster(self) -> Poster | None:
        """Return the thumbnail with most contrast, which is not a black one unless all are."""
        return None if self._poster is None else Poster(encode_jpeg(self._poster, QUALITY))

    @property
    def _capacity(self) -> int:
        return COLUMNS * max(1, _SHEET_HEIGHT // self._tile.height)

    def _begin(self, picture: Picture) -> SpriteSheet | None:
        """Begin a new sheet for frames of another size; returns the one before."""
        full = self.finish()
        self._shape = picture.shape
        self._tile = fit(Size(picture.shape[1], picture.shape[0]), WIDTH, MAX_HEIGHT)
        rows = self._capacity // COLUMNS
        self._canvas = np.zeros((rows * self._tile.height, COLUMNS * self._tile.width, 3), np.uint8)
        return full

    def _small(self, source: av.VideoFrame) -> Picture:
        graph = self._graph_for(source)
        graph.vpush(source)
        return np.asarray(graph.vpull().to_ndarray(), dtype=np.uint8)

    def _graph_for(self, source: av.VideoFrame) -> Graph:
        key = (Layout.of(source), self._tile)
        if self._graph is None or key != self._key:
            scale = f"scale={self._tile.width}:{self._tile.height}:flags=area+full_chroma_int"
            self._graph, self._key = build_graph(key[0], scale, "format=rgb24"), key
        return self._graph

    def _consider(self, thumbnail: Picture) -> None:
        contrast = float(thumbnail[::_ROWS_APART].std())
        if self._poster is None or contrast > self._contrast:
            self._poster, self._contrast = np.ascontiguousarray(thumbnail), contrast

    def _place(self, at: int, thumbnail: Picture) -> None:
        row, column = divmod(at, COLUMNS)
        top, left = row * self._tile.height, column * self._tile.width
        self._canvas[top : top + self._tile.height, left : left + self._tile.width] = thumbnail
