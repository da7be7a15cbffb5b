"""Hold what came out of a decoder against what the file lists. Pure."""

from collections.abc import Iterator

from fotograma_contracts.reasons import ExtractionWarning, WarningCode
from fotograma_contracts.samples import Samples, SampleScenes, SampleSpan

from fotograma_worker.decoding.port import ExtractReport


def missing_frames_warnings(
    samples: Samples, frames_at_most: int, answered: int, report: ExtractReport
) -> Iterator[ExtractionWarning]:
    """Warn of frames that a segment should have and has not, of which the decoder says nothing.

    `frames_at_most` is what the plan has counted for the segment; `answered`, how many of its
    sample times have a frame. Those that have none are told of by whoever assembles the archive.
    """
    expected = samples.frames if isinstance(samples, SampleScenes) else frames_at_most
    if report.frames_seen is None or expected is None or _is_told(samples, answered, report):
        return
    missing = expected - report.frames_seen
    if missing > 0:
        yield ExtractionWarning(code=WarningCode.FRAMES_MISSING, detail=_detail(samples, missing))


def _is_told(samples: Samples, answered: int, report: ExtractReport) -> bool:
    if any(warning.code is WarningCode.DAMAGED_FRAMES for warning in report.warnings):
        return True
    return not isinstance(samples, SampleScenes | SampleSpan) and answered < len(samples.times)


def _detail(samples: Samples, missing: int) -> str:
    several = missing != 1
    lost = f"{missing:,} {'frames' if several else 'frame'} that the file lists"
    if isinstance(samples, SampleScenes | SampleSpan):
        return f"{lost} did not come out of the decoder."
    instead = "them: the frames before are" if several else "it: the frame before is"
    return f"{lost} did not come out of the decoder. In place of {instead} there."
