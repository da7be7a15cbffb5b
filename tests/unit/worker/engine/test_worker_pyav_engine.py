"""Scanning and extracting, on real files."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from fixtures.clips import corrupt, decode_image, make_audio, make_clip, read_number, truncate
from fixtures.extraction import extract_file, extract_samples, plan_file, scan_file
from fixtures.zoo import ZOO
from fotograma_contracts.reasons import Reason, WarningCode
from fotograma_contracts.recipe import (
    AllFrames,
    AtTimes,
    EvenlySpread,
    EveryInterval,
    ImageFormat,
    Keyframes,
    Output,
    PerSecond,
    Recipe,
)
from fotograma_contracts.samples import SampleSpan, SampleTimes
from fotograma_worker.engine import scanning
from fotograma_worker.errors import Failure
from fotograma_worker.protocol import EncodedFrame

SECOND = Fraction(1)

CONTAINERS: dict[str, dict[str, Any]] = {
    "h264.mp4": {},
    "h264-faststart.mp4": {"faststart": True, "audio": True},
    "h264.mkv": {"audio": True},
    "h264.ts": {"audio": True},
    "h264.avi": {},
    "h264.flv": {},
    "h264-no-b.mp4": {"bframes": 0},
    "hevc.mp4": {"codec": "libx265"},
    "vp8.webm": {"codec": "libvpx"},
    "vp9.webm": {"codec": "libvpx-vp9", "audio": True},
    "av1.mp4": {"codec": "libsvtav1"},
    "mpeg4.avi": {"codec": "mpeg4", "options": {"bf": "2"}},
    "mpeg2.mpg": {"codec": "mpeg2video"},
    "prores.mov": {"codec": "prores_ks", "pixel_format": "yuv422p10le"},
    "mjpeg.avi": {"codec": "mjpeg", "pixel_format": "yuvj420p"},
    "wmv2.wmv": {"codec": "wmv2"},
}


@pytest.fixture(scope="module", params=CONTAINERS)
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds at 25 frames a second, a keyframe each second, in every container."""
    name: str = request.param
    folder = tmp_path_factory.mktemp("clips")
    return make_clip(folder / name, seconds=4, size=(160, 96), gop=25, **CONTAINERS[name])


def test_scan_finds_every_frame_once(clip: Path) -> None:
    scan = scan_file(clip)
    assert len(scan.timestamps) == 100
    assert float(scan.duration) == pytest.approx(4, abs=0.002)
    assert scan.keyframes[0]


def test_extract_all_gives_every_frame_in_order(clip: Path) -> None:
    extracted = extract_file(clip, Recipe(sampling=AllFrames()))
    assert extracted.numbers == list(range(100))
    assert [float(time) for time in extracted.times] == pytest.approx(
        [n / 25 for n in range(100)], abs=0.002
    )
    assert extracted.warnings == ()


def test_extract_answers_with_the_frame_on_screen(clip: Path) -> None:
    extracted = extract_file(clip, Recipe(sampling=EveryInterval(seconds=Fraction("0.7"))))
    assert extracted.numbers == [0, 17, 35, 52, 70, 87]
    assert extracted.samples == [k * Fraction("0.7") for k in range(6)]


def test_extract_of_segments_equals_extract_of_one(clip: Path) -> None:
    recipe = Recipe(sampling=PerSecond(fps=Fraction(7)), start=Fraction("0.5"))
    whole = extract_file(clip, recipe)
    cut = plan_file(clip, recipe, segment_work_seconds=0.0001)
    assert len(cut.segments) >= 3
    parts = extract_file(clip, recipe, segment_work_seconds=0.0001)
    assert parts == whole


def test_extract_of_spans_equals_extract_of_one(clip: Path) -> None:
    recipe = Recipe(sampling=AllFrames(), start=Fraction("0.3"), end=Fraction("3.1"))
    whole = extract_file(clip, recipe)
    assert whole.numbers == list(range(8, 78))
    assert len(plan_file(clip, recipe, segment_work_seconds=0.0001).segments) >= 3
    assert extract_file(clip, recipe, segment_work_seconds=0.0001) == whole


def test_extract_keyframes_gives_keyframes_only(clip: Path) -> None:
    extracted = extract_file(clip, Recipe(sampling=Keyframes()))
    scan = scan_file(clip)
    assert extracted.numbers == [n for n in range(100) if scan.keyframes[n]]
    assert extract_file(clip, Recipe(sampling=Keyframes()), segment_work_seconds=0.0001) == (
        extracted
    )


def test_extract_answers_one_late_sample(clip: Path) -> None:
    extracted = extract_samples(clip, SampleTimes(times=(Fraction("3.5"),)))
    assert extracted.numbers == [87]


def test_extract_follows_a_variable_frame_rate(tmp_path: Path) -> None:
    times = [Fraction(n) for n in ("0", "0.1", "0.7", "2", "2.04", "5")]
    clip = make_clip(tmp_path / "vfr.mp4", times=times)
    extracted = extract_file(clip)
    assert extracted.numbers == [0, 2, 3, 4, 5]
    assert [frame.samples for frame in extracted.frames[:4]] == [(0,), (1,), (2,), (3, 4)]
    assert extracted.times == [0, Fraction("0.7"), 2, Fraction("2.04"), 5]
    assert extract_file(clip, segment_work_seconds=1e-9) == extracted


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_extract_counts_from_the_first_frame_of_a_late_stream(tmp_path: Path, suffix: str) -> None:
    clip = make_clip(tmp_path / f"late{suffix}", seconds=3, start=Fraction(7))
    extracted = extract_file(clip)
    assert extracted.numbers == [0, 25, 50]
    assert extracted.times == [0, 1, 2]
    assert extracted.warnings == ()


def test_plan_and_extract_follow_each_sampling_mode(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=4)

    def numbers(recipe: Recipe) -> list[int]:
        return extract_file(clip, recipe).numbers

    assert numbers(Recipe(sampling=EvenlySpread(count=3))) == [0, 33, 66]
    assert numbers(Recipe(sampling=EvenlySpread(count=2), start=SECOND, end=2 * SECOND)) == [25, 37]
    unsorted = AtTimes(times=(Fraction(3), Fraction("0.05"), Fraction(3), Fraction(99)))
    assert numbers(Recipe(sampling=unsorted)) == [1, 75]


def test_extract_gives_each_distinct_frame_once(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "slow.mp4", seconds=2, fps=2)
    extracted = extract_file(clip, Recipe(sampling=PerSecond(fps=Fraction(10))))
    assert extracted.numbers == [0, 1, 2, 3]
    assert [len(frame.samples) for frame in extracted.frames] == [5, 5, 5, 5]


def test_extract_gives_exact_ntsc_times(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "ntsc.mp4", fps=Fraction(30000, 1001), seconds=3)
    extracted = extract_file(clip)
    assert extracted.numbers == [0, 29, 59]
    assert extracted.times == [0, Fraction(29 * 1001, 30000), Fraction(59 * 1001, 30000)]


@pytest.mark.parametrize(
    ("rotation", "turns"),
    [(90, 1), (180, 2), (270, 3)],
)
def test_extract_applies_the_rotation(tmp_path: Path, rotation: int, turns: int) -> None:
    import numpy as np  # noqa: PLC0415

    clip = make_clip(tmp_path / "phone.mp4", rotation=rotation, seconds=1)
    scan = scan_file(clip)
    assert scan.facts.rotation == rotation
    image = decode_image(extract_file(clip).frames[0].data)
    assert image.shape[:2] == ((320, 180) if turns % 2 else (180, 320))
    assert (scan.facts.upright_height, scan.facts.upright_width) == image.shape[:2]
    assert read_number(np.rot90(image, turns)) == 0


def test_extract_squares_the_pixels(tmp_path: Path) -> None:
    ratio = Fraction(4, 3)
    clip = make_clip(tmp_path / "dv.mp4", seconds=1, size=(240, 180), sample_aspect_ratio=ratio)
    assert decode_image(extract_file(clip).frames[0].data).shape == (180, 320, 3)


@pytest.mark.parametrize("image_format", ImageFormat)
def test_extract_scales_down_to_fit(tmp_path: Path, image_format: ImageFormat) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=1, first_number=77)
    output = Output(format=image_format, max_width=160, max_height=1000)
    extracted = extract_file(clip, Recipe(output=output))
    assert decode_image(extracted.frames[0].data).shape == (90, 160, 3)
    assert extracted.numbers == [77]


# --- what is not a video --------------------------------------------------------------------------

TOO_LARGE = {"size": (640, 480)}


def _empty_mp4(path: Path) -> Path:
    """No sample in any track."""
    data = make_clip(path, seconds=1).read_bytes()
    path.write_bytes(data[: data.index(b"mdat") + 4])
    return path


def _text(path: Path) -> Path:
    path.write_text("This is not a video.\n" * 100)
    return path


def _playlist(path: Path) -> Path:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n")
    return path


def _concat_script(path: Path) -> Path:
    make_clip(path.with_name("neighbour.mp4"), seconds=1)
    path.write_text("ffconcat version 1.0\nfile neighbour.mp4\n")
    return path


def _image(path: Path) -> Path:
    path.write_bytes(extract_file(make_clip(path.with_suffix(".mp4"), seconds=1)).frames[0].data)
    return path


def _without_moov(path: Path) -> Path:
    return truncate(make_clip(path, seconds=2), 0.5)


def _noise_in_mp4(path: Path) -> Path:
    clip = make_clip(path, seconds=2, noise=40)
    data = bytearray(clip.read_bytes())
    begin = data.index(b"mdat") + 4
    end = data.index(b"moov") - 4
    data[begin:end] = b"\xa5" * (end - begin)
    clip.write_bytes(data)
    return clip


@pytest.mark.parametrize(
    ("make", "name", "reason"),
    [
        (_text, "a.mp4", Reason.NOT_A_VIDEO),
        (_playlist, "a.mp4", Reason.NOT_A_VIDEO),
        (_concat_script, "a.mp4", Reason.NOT_A_VIDEO),
        (_image, "a.png", Reason.NOT_A_VIDEO),
        (make_audio, "a.m4a", Reason.NO_VIDEO_STREAM),
        (lambda path: make_audio(path.with_suffix(".mkv")), "a", Reason.NO_VIDEO_STREAM),
        (_without_moov, "a.mp4", Reason.DAMAGED),
        (_empty_mp4, "a.mp4", Reason.DAMAGED),
        (_noise_in_mp4, "a.mp4", Reason.DAMAGED),
        (
            lambda path: make_clip(path, codec="asv1", seconds=1, size=(64, 48)),
            "a.avi",
            Reason.UNSUPPORTED_CODEC,
        ),
    ],
)
def test_scan_refuses_what_is_no_readable_video(
    tmp_path: Path, make: Callable[[Path], Path], name: str, reason: Reason
) -> None:
    with pytest.raises(Failure) as refused:
        scan_file(make(tmp_path / name))
    assert refused.value.reason is reason
    assert refused.value.detail.endswith(".")


def test_scan_takes_cover_art_for_no_video(tmp_path: Path) -> None:
    song = make_audio(tmp_path / "song.mp3", cover=True)
    with pytest.raises(Failure) as refused:
        scan_file(song)
    assert refused.value.reason in {Reason.NO_VIDEO_STREAM, Reason.NOT_A_VIDEO}


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "libx264"),
        ("a.ts", "libx264"),
        ("a.mkv", "libx264"),
        ("a.webm", "libvpx-vp9"),
        ("a.avi", "mjpeg"),
    ],
)
def test_scan_refuses_too_many_pixels(tmp_path: Path, name: str, codec: str) -> None:
    pixel_format = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    clip = make_clip(
        tmp_path / name, seconds=1, size=(640, 480), codec=codec, pixel_format=pixel_format
    )
    with pytest.raises(Failure) as refused:
        scan_file(clip, max_pixels=640 * 480 - 1)
    assert refused.value.reason is Reason.TOO_MANY_PIXELS
    assert "640 x 480" in refused.value.detail
    assert len(scan_file(clip, max_pixels=640 * 480).timestamps) == 25


# --- damage ---------------------------------------------------------------------------------------


def test_plan_warns_of_a_cut_off_end(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "cut.mp4", seconds=10, faststart=True, noise=20)
    truncate(clip, 0.5)
    extracted = extract_file(clip)
    assert 3 <= len(extracted.frames) <= 7
    assert extracted.numbers == [25 * n for n in range(len(extracted.frames))]
    codes = {warning.code for warning in extracted.warnings}
    assert WarningCode.ENDS_EARLY in codes
    ends = next(w for w in extracted.warnings if w.code is WarningCode.ENDS_EARLY)
    assert "00:00:10.000" in ends.detail


@pytest.mark.parametrize("name", ["cut.mkv", "cut.webm", "cut.avi", "cut.flv"])
def test_extract_warns_of_a_cut_off_end_in_other_containers(tmp_path: Path, name: str) -> None:
    codec = "libvpx-vp9" if name.endswith("webm") else "libx264"
    clip = truncate(make_clip(tmp_path / name, seconds=10, noise=20, codec=codec), 0.5)
    extracted = extract_file(clip)
    assert 3 <= len(extracted.frames) <= 7
    assert WarningCode.ENDS_EARLY in {warning.code for warning in extracted.warnings}


@pytest.mark.parametrize("name", ["hole.mp4", "hole.mkv", "hole.ts"])
def test_extract_warns_of_a_hole_in_the_middle(tmp_path: Path, name: str) -> None:
    clip = make_clip(tmp_path / name, seconds=10, noise=20, faststart=name.endswith("mp4"))
    corrupt(clip, 0.45, 0.6)
    extracted = extract_file(clip)
    assert len(extracted.frames) >= 6
    assert WarningCode.DAMAGED_FRAMES in {warning.code for warning in extracted.warnings}
    right = [frame for frame in extracted.frames if shows(frame) == frame.time * 25]
    assert len(right) >= 6
    assert all(frame.time <= frame.samples[0] for frame in extracted.frames)


def shows(frame: EncodedFrame) -> int | None:
    try:
        return read_number(decode_image(frame.data))
    except ValueError:  # damaged
        return None


def test_extract_leaves_samples_in_a_hole_unanswered(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "hole.mp4", seconds=10, noise=20, faststart=True, gop=10)
    corrupt(clip, 0.3, 0.7)
    extracted = extract_file(clip, Recipe(sampling=PerSecond(fps=Fraction(5))))
    assert extracted.frames
    for frame in extracted.frames:
        assert all(0 <= time - frame.time < Fraction(1, 5) for time in frame.samples)


def test_extract_of_a_span_without_end_is_unbounded(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=2)
    span = SampleSpan(start=Fraction("1.9"), end=None, keyframes_only=False)
    assert extract_samples(clip, span).numbers == [48, 49]


def test_plan_warns_of_a_hole_in_an_avi(tmp_path: Path) -> None:
    """AVI has no timestamps: what follows a hole moves up, and a warning says that it is short."""
    clip = corrupt(make_clip(tmp_path / "hole.avi", seconds=10, noise=20), 0.45, 0.6)
    codes = {warning.code for warning in extract_file(clip).warnings}
    assert codes == {WarningCode.DAMAGED_FRAMES, WarningCode.ENDS_EARLY}


def test_scan_refuses_numbers_out_of_all_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=1)
    monkeypatch.setattr(scanning, "claimed_end", lambda *_: (1 << 63, 1 << 63))
    with pytest.raises(Failure) as failed:
        scan_file(clip)
    assert failed.value.reason is Reason.DAMAGED


def test_segment_at_the_last_keyframe_has_every_frame(tmp_path: Path) -> None:
    """Its decoding begins twice: at that keyframe, which is found to be too late, and before."""
    path = ZOO["h264-vfr.mp4"](tmp_path / "h264-vfr.mp4")
    scan = scan_file(path)
    last = scan.clock.seconds(int(scan.timestamps[scan.keyframes][-1]))
    part = extract_file(path, Recipe(sampling=AllFrames(), start=last))
    whole = extract_file(path, Recipe(sampling=AllFrames()))
    assert part.times == [time for time in whole.times if time >= last]
    assert part.warnings == ()
