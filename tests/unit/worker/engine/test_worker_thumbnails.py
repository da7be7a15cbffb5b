"""Sprite sheets of thumbnails, and their index."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from fixtures.clips import decode_image, draw_number, make_clip, read_number
from fixtures.extraction import MAX_PIXELS, extract_file, scan_file
from fotograma_contracts.recipe import ImageFormat, Output
from fotograma_contracts.samples import SampleSpan
from fotograma_worker.engine import pyav_engine as engine
from fotograma_worker.engine.encoders import Picture
from fotograma_worker.engine.thumbnails import SpriteSheet, SpriteSheetMaker
from fotograma_worker.geometry import Size
from fotograma_worker.jobs.archive import Join, thumbnail_index
from fotograma_worker.jobs.pieces import SpriteSheetEntry, entry_for
from fotograma_worker.protocol import ChildLimits, ExtractJob
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ALL = SampleSpan(start=Fraction(0), end=None, keyframes_only=False)


def numbers_on(sheet: SpriteSheet) -> list[int]:
    """What the tiles show."""
    image = decode_image(sheet.data)
    numbers = []
    for i in range(len(sheet.pts)):
        row, column = divmod(i, sheet.columns)
        top, left = row * sheet.tile.height, column * sheet.tile.width
        tile = image[top : top + sheet.tile.height, left : left + sheet.tile.width]
        numbers.append(read_number(tile))
    return numbers


def sheets_of(path: Path, image_format: ImageFormat = ImageFormat.PNG) -> list[SpriteSheet]:
    job = ExtractJob(
        size_bytes=path.stat().st_size,
        limits=ChildLimits(memory_bytes=0, cpu_seconds=0, max_pixels=MAX_PIXELS),
        samples=ALL,
        output=Output(format=image_format),
        thumbnails=True,
    )
    with path.open("rb") as file:
        encoded = engine.Extraction(file, job).encoded()
        return [each for each in encoded if isinstance(each, SpriteSheet)]


@pytest.mark.parametrize("image_format", ImageFormat)
def test_thumbnails_show_every_frame(tmp_path: Path, image_format: ImageFormat) -> None:
    path = make_clip(tmp_path / "a.mp4", seconds=2, size=(640, 360), gop=10)
    sheets = sheets_of(path, image_format)
    assert [len(sheet.pts) for sheet in sheets] == [40, 10]
    assert [sheet.tile for sheet in sheets] == [Size(320, 180)] * 2
    assert decode_image(sheets[0].data).shape == (8 * 180, 5 * 320, 3)
    assert decode_image(sheets[1].data).shape == (2 * 180, 5 * 320, 3)
    assert [number for sheet in sheets for number in numbers_on(sheet)] == list(range(50))


def picture(number: int, size: tuple[int, int]) -> Picture:
    return np.repeat(draw_number(number, size)[..., None], 3, axis=2)


def test_sprite_sheet_maker_begins_a_new_sheet_for_another_size() -> None:
    maker = SpriteSheetMaker("rgb24")
    assert maker.add(1, picture(1, (640, 360))) is None
    assert maker.add(2, picture(2, (640, 360))) is None
    first = maker.add(3, picture(3, (360, 640)))
    second = maker.finish()
    assert first is not None
    assert second is not None
    assert (first.pts, first.tile, numbers_on(first)) == ((1, 2), Size(320, 180), [1, 2])
    assert (second.pts, second.tile, numbers_on(second)) == ((3,), Size(320, 569), [3])
    assert maker.finish() is None


def test_poster_is_the_thumbnail_with_most_contrast() -> None:
    maker = SpriteSheetMaker("rgb24")
    assert maker.poster() is None
    black = np.zeros((360, 640, 3), np.uint8)
    for pts, shown in enumerate([black, picture(7, (640, 360)), black + 128]):
        maker.add(pts, shown)
    maker.finish()
    poster = maker.poster()
    assert poster is not None
    image = decode_image(poster.data)
    assert image.shape == (180, 320, 3)
    assert read_number(image) == 7


@pytest.mark.parametrize(
    ("size", "tile"),
    [
        ((160, 90), Size(160, 90)),
        ((16, 4096), Size(2, 640)),
        ((4096, 16), Size(320, 1)),
        ((1 << 20, 2), Size(320, 1)),
        ((2, 1 << 20), Size(1, 640)),
    ],
)
def test_sprite_sheet_tiles_are_not_larger_than_frames_nor_out_of_bounds(
    size: tuple[int, int], tile: Size
) -> None:
    maker = SpriteSheetMaker("rgb24")
    maker.add(0, picture(0, size))
    sheet = maker.finish()
    assert sheet is not None
    assert sheet.tile == tile


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    ratio=st.builds(Fraction, st.integers(1, 60_000), st.integers(1, 60_000)),
    size=st.sampled_from([(320, 180), (16, 360), (360, 16)]),
)
def test_pictures_and_thumbnails_are_made_for_any_pixel_aspect(
    tmp_path_factory: pytest.TempPathFactory, ratio: Fraction, size: tuple[int, int]
) -> None:
    path = tmp_path_factory.mktemp("ratio") / "a.mp4"
    make_clip(path, seconds=Fraction(1, 5), size=size, sample_aspect_ratio=ratio)
    facts = scan_file(path).facts
    image = decode_image(extract_file(path).frames[0].data)
    assert image.shape == (facts.upright_height, facts.upright_width, 3)
    assert facts.upright_width * facts.upright_height <= 17 * size[0] * size[1]
    (sheet,) = sheets_of(path)
    assert len(sheet.pts) == 5


def test_thumbnail_index_names_each_frame_once() -> None:
    frames = tuple(
        entry_for(f"00-00-0{pts}.000000.png", 0, b"", pts=pts, time=Fraction(pts), samples=())
        for pts in range(3)
    )
    sheets = [
        SpriteSheetEntry(key="k", etag="e", columns=5, tile_width=320, tile_height=180, pts=pts)
        for pts in ((0, 1), (1, 2))
    ]
    index = json.loads(thumbnail_index(zip(("a", "b"), sheets, strict=True), Join((), frames)))
    assert [sheet["file"] for sheet in index["sheets"]] == ["a", "b"]
    assert [sheet["frames"] for sheet in index["sheets"]] == [
        ["00-00-00.000000.png", "00-00-01.000000.png"],
        [None, "00-00-02.000000.png"],
    ]
