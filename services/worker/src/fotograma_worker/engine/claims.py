"""The end that a container claims for its video, to compare it with the end that is found."""

from fractions import Fraction

import av

from fotograma_worker.engine.boxes import Movie
from fotograma_worker.engine.media import Video
from fotograma_worker.engine.mp4 import presentation_end
from fotograma_worker.engine.packets import PacketTable


def claimed_end(
    video: Video, movie: Movie | None, end: int, table: PacketTable
) -> tuple[int | None, int]:
    """The end that the container claims, and the end found, to compare it with."""
    stream, container, base = video.stream, video.container, video.time_base
    if video.counted_rate is not None:
        return None, end
    if stream.duration:
        # FFmpeg corrects an AVI's duration by the size of the file, but not the count of frames.
        frames = stream.frames if container.format.name == "avi" else 0
        return _end_of_stream(video, movie, max(stream.duration, frames)), end
    furthest = max(end, int(table.furthest_end / base))
    if container.duration:
        # Matroska and FLV give the time of the end, which counts from 0 even where the video does
        # not begin there. Where it is meant from the start, this only misses a little.
        return int(Fraction(container.duration, av.time_base) / base), furthest
    return None, furthest


def _end_of_stream(video: Video, movie: Movie | None, duration: int) -> int:
    """The end of the stream by FFmpeg's duration, which in some containers counts the delay before
    the video begins.

    Of MP4 that is the case where an edit list shows less than the media; its edits say where the
    end is. In fragments and in ASF either is found: the earlier of the two ends gives no false
    alarm, and a break within the last seconds, as many as the delay has, goes without one.
    """
    start = video.stream.start_time or 0
    name = video.container.format.name
    if not name.startswith(("mov", "asf")):
        return start + duration
    if movie is not None and (stated := presentation_end(movie, video.stream.id)) is not None:
        return min(start + duration, int(stated / video.time_base))
    return min(start, 0) + duration
