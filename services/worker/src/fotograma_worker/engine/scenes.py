"""Score how much a frame differs from the one before it."""

import av
from av.filter import Graph

from fotograma_worker.engine.graphs import Layout, build_graph

_SCORED = "select=gte(scene\\,0)"
"""Lets every frame pass, and notes its score: an expression that names no `scene` has none."""
_SCORE = "lavfi.scene_score"


class SceneScore:
    """Scores frames given one after the other, from 0 (the same) to 1.

    libavfilter's `select` scores them itself, so that a threshold means what it means to FFmpeg.
    Its score (libavfilter/f_select.c, `get_scene_score`) is a hundredth of the mean absolute
    difference of luma from the last frame, in levels of 255, or of how much that difference has
    changed where that is less, and 1 at most. So a fast camera movement is not one cut after the
    other. Where the size changes in mid-stream, the score is 0.
    """

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._layout: Layout | None = None

    def __call__(self, frame: av.VideoFrame) -> float:
        """The score of this frame, to six decimals; 0 for the first."""
        layout = Layout.of(frame)
        if self._graph is None or layout != self._layout:
            self._graph, self._layout = build_graph(layout, _SCORED), layout
        self._graph.vpush(frame)
        return float(self._graph.vpull().metadata[_SCORE])
