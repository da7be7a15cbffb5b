"""Score how much a frame differs from the one before it."""

import av
import numpy as np
import numpy.typing as npt
from av.filter import Graph

_WIDTH, _HEIGHT = 160, 90
"""A small picture shows cuts and hides film grain."""
_GraphKey = tuple[int, int, str]


class SceneScore:
    """Scores frames given one after the other, from 0 (the same) to 1.

    The score of libavfilter's `select` (libavfilter/f_select.c, `get_scene_score`), on a small grey
    picture: the mean absolute difference from the last frame, or by how much that difference has
    changed where that is less. So a fast camera movement is not one cut after the other.
    """

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._key: _GraphKey | None = None
        self._picture: npt.NDArray[np.int16] | None = None
        self._difference = 0.0

    def __call__(self, frame: av.VideoFrame) -> float:
        """The score of this frame; 0 for the first."""
        picture = self._small(frame)
        before, self._picture = self._picture, picture
        if before is None:
            return 0.0
        difference = float(np.abs(picture - before).mean()) / 255
        change, self._difference = abs(difference - self._difference), difference
        return min(difference, change, 1.0)

    def _small(self, frame: av.VideoFrame) -> npt.NDArray[np.int16]:
        key = (frame.width, frame.height, frame.format.name)
        if self._graph is None or key != self._key:
            self._graph, self._key = _grey_graph(frame), key
        self._graph.vpush(frame)
        return self._graph.vpull().to_ndarray().astype(np.int16)


def _grey_graph(frame: av.VideoFrame) -> Graph:
    graph = Graph()
    graph.threads = 1
    graph.link_nodes(
        graph.add(
            "buffer",
            video_size=f"{frame.width}x{frame.height}",
            pix_fmt=frame.format.name,
            time_base="1/1",
        ),
        graph.add("scale", f"{_WIDTH}:{_HEIGHT}:flags=area"),
        graph.add("format", "gray"),
        graph.add("buffersink"),
    ).configure()
    return graph
