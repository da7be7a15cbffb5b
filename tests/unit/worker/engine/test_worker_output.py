"""Chosen frames become encoded ones: in order, several at once, and only so many ahead."""

from collections.abc import Iterator
from fractions import Fraction
from threading import Barrier, Event

import av
import numpy as np
import pytest
from fixtures.clips import decode_image, draw_number, read_number
from fixtures.extraction import MAX_PIXELS, frames_of
from fotograma_contracts.recipe import Output
from fotograma_contracts.samples import SampleSpan
from fotograma_worker.engine import output
from fotograma_worker.engine.deinterlacing import FrameInContext
from fotograma_worker.engine.encoders import Encoder, Picture, encode_png
from fotograma_worker.engine.output import Encoded, FrameOutput
from fotograma_worker.engine.thumbnails import Poster, SpriteSheet
from fotograma_worker.errors import Failure
from fotograma_worker.protocol import ChildLimits, EncodedFrame, ExtractJob
from fotograma_worker.sampling import Answer, Clock

SIZE = (64, 32)
SECONDS = 10.0
"""A deadline: what is waited for here comes at once."""


def new_output(
    *, time_base: Fraction = Fraction(1, 25), thumbnails: bool = False, max_pixels: int = MAX_PIXELS
) -> FrameOutput:
    job = ExtractJob(
        size_bytes=1,
        limits=ChildLimits(memory_bytes=0, cpu_seconds=0, max_pixels=max_pixels),
        samples=SampleSpan(start=Fraction(0), end=None, keyframes_only=False),
        output=Output(),
        thumbnails=thumbnails,
    )
    return FrameOutput(job, None, Clock(time_base, 0))


def answer(timestamp: int) -> Answer[FrameInContext]:
    """A frame that shows its timestamp."""
    grey = draw_number(timestamp, SIZE)
    frame = av.VideoFrame.from_ndarray(np.repeat(grey[..., None], 3, axis=2), format="rgb24")
    return Answer(timestamp, FrameInContext(frame), (Fraction(timestamp),))


def test_output_keeps_the_order_and_puts_sheets_after_their_frames() -> None:
    results = list(new_output(thumbnails=True).encoded(map(answer, range(250))))
    frames = frames_of(results)
    assert [frame.pts for frame in frames] == list(range(250))
    assert [frame.time for frame in frames] == [Fraction(pts, 25) for pts in range(250)]
    assert [frame.samples for frame in frames] == [(Fraction(pts),) for pts in range(250)]
    assert [read_number(decode_image(frame.data)) for frame in frames] == list(range(250))
    on_sheets = [pts for each in results if isinstance(each, SpriteSheet) for pts in each.pts]
    assert on_sheets == list(range(250))
    seen: set[int] = set()
    for each in results:
        match each:
            case SpriteSheet():
                assert seen.issuperset(each.pts)
            case EncodedFrame():
                seen.add(each.pts)
    assert [each for each in results if isinstance(each, Poster)] == results[-1:]


def test_output_encodes_two_frames_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    together = Barrier(2)

    def encode(picture: Picture) -> bytes:
        together.wait(SECONDS)
        return encode_png(picture)

    monkeypatch.setattr(output, "encoder_for", lambda _: Encoder("rgb24", encode))
    assert len(list(new_output().encoded(map(answer, range(10))))) == 10


def test_output_bounds_the_frames_in_progress(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on, asked_for = Event(), []

    def encode(picture: Picture) -> bytes:
        assert go_on.wait(SECONDS)
        return encode_png(picture)

    def answers() -> Iterator[Answer[FrameInContext]]:
        for timestamp in range(20):
            asked_for.append(timestamp)
            if len(asked_for) == output.ENCODERS:
                go_on.set()
            yield answer(timestamp)

    monkeypatch.setattr(output, "encoder_for", lambda _: Encoder("rgb24", encode))
    taken = 0
    for _ in new_output().encoded(answers()):
        taken += 1
        assert len(asked_for) - taken < output.ENCODERS
    assert taken == 20


def test_output_encodes_large_frames_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_MAX_BYTES_UNDER_WAY", SIZE[0] * SIZE[1] * 3 - 1)
    under_way: set[int] = set()

    def encode(picture: Picture) -> bytes:
        under_way.add(read_number(picture))
        assert len(under_way) == 1
        return encode_png(picture)

    monkeypatch.setattr(output, "encoder_for", lambda _: Encoder("rgb24", encode))
    for each in new_output().encoded(map(answer, range(10))):
        under_way.difference_update(frame.pts for frame in frames_of([each]))
    assert not under_way


def test_output_raises_the_encoders_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def encode(picture: Picture) -> bytes:
        if read_number(picture) == 3:
            raise MemoryError
        return encode_png(picture)

    monkeypatch.setattr(output, "encoder_for", lambda _: Encoder("rgb24", encode))
    results: list[Encoded] = []
    with pytest.raises(MemoryError):
        results.extend(new_output().encoded(map(answer, range(20))))
    assert [frame.pts for frame in frames_of(results)] == [0, 1, 2]


def test_output_refuses_a_frame_that_is_too_large() -> None:
    with pytest.raises(Failure, match="64 x 32 pixels"):
        list(new_output(max_pixels=SIZE[0] * SIZE[1] - 1).encoded([answer(0)]))


def test_output_drops_and_counts_a_frame_in_the_microsecond_of_the_one_before() -> None:
    fine = new_output(time_base=Fraction(1, 10_000_000))
    frames = frames_of(fine.encoded(map(answer, (0, 9, 10, 19, 25))))
    assert [frame.pts for frame in frames] == [0, 10, 25]
    assert fine.dropped == 2
