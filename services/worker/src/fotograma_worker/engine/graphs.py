"""Filter graphs of libavfilter for decoded frames."""

from dataclasses import dataclass
from typing import Self

import av
from av.filter import Graph


@dataclass(frozen=True, slots=True)
class Layout:
    """What a graph is built for; it may change within a stream."""

    width: int
    height: int
    pixel_format: str
    colorspace: int
    color_range: int

    @classmethod
    def of(cls, frame: av.VideoFrame) -> Self:
        """The layout of a frame."""
        return cls(
            frame.width,
            frame.height,
            frame.format.name,
            int(frame.colorspace),
            int(frame.color_range),
        )


def build_graph(layout: Layout, *filters: str) -> Graph:
    """Build a chain of filters, each as `name` or `name=arguments`.

    It runs in the calling thread only: the child's threads are for the decoder.
    """
    graph = Graph()
    graph.threads = 1
    nodes = [
        graph.add(
            "buffer",
            video_size=f"{layout.width}x{layout.height}",
            pix_fmt=layout.pixel_format,
            time_base="1/1",
            colorspace=str(layout.colorspace),
            range=str(layout.color_range),
        )
    ]
    for name, _, arguments in (filter_.partition("=") for filter_ in filters):
        nodes.append(graph.add(name, arguments or None))
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes).configure()
    return graph
