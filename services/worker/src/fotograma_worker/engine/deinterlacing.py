"""Convert interlaced frames to progressive ones."""

from dataclasses import dataclass

import av

from fotograma_worker.engine.colors import keep_known_colors
from fotograma_worker.engine.graphs import Layout, build_graph

_FILTER = "bwdif=mode=send_frame:parity=auto:deint=interlaced"
"""Outputs one frame for each frame; those not flagged as interlaced pass unchanged."""


@dataclass(frozen=True, slots=True)
class FrameInContext:
    """A decoded frame and its neighbours in display order, where there are any."""

    frame: av.VideoFrame
    before: av.VideoFrame | None = None
    after: av.VideoFrame | None = None

    def __post_init__(self) -> None:
        for frame in (self.before, self.frame, self.after):
            if frame is not None:
                keep_known_colors(frame)


def progressive(moment: FrameInContext) -> av.VideoFrame:
    """The frame, de-interlaced if it is flagged as interlaced.

    The filter uses one frame on either side and nothing else, so this equals filtering the whole
    video.
    """
    frame = moment.frame
    if not frame.interlaced_frame:
        return frame
    layout = Layout.of(frame)
    row = [moment.before, frame, moment.after]
    frames = [each for each in row if each is not None and Layout.of(each) == layout]
    graph = build_graph(layout, _FILTER)
    for each in frames:
        graph.vpush(each)
    graph.vpush(None)
    filtered = None
    for _ in range(frames.index(frame) + 1):
        filtered = graph.vpull()
    assert filtered is not None  # noqa: S101 - the frame itself is among those pulled
    return filtered
