"""Valid clips with random damage: seeded, so that what is found once is found again."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path

import pytest
from fixtures.abuse import OUTPUT, Outcome, process
from fixtures.clips import make_clip
from fixtures.hostile import mutated
from fixtures.sizes import by_size
from fotograma_contracts.reasons import Reason
from fotograma_contracts.recipe import AllFrames, Keyframes, PerSecond, Recipe, SceneChanges
from fotograma_worker.decoding.child_decoder import ChildDecoder
from structlog.testing import capture_logs

pytestmark = pytest.mark.middle

CLIPS = {
    "a.mp4": "libx264",
    "b.mkv": "libx264",
    "c.ts": "libx264",
    "d.avi": "mjpeg",
    "e.mp4": "libx265",
    "f.webm": "libvpx-vp9",
    "g.mkv": "libsvtav1",
    "h.mpg": "mpeg2video",
    "i.mov": "prores_ks",
    "j.gif": "gif",
    "k.apng": "apng",
    "l.avif": "libsvtav1",
    "za.h264": "libx264",
    "zb.hevc": "libx265",
    "zc.m2v": "mpeg2video",
    "m.mxf": "mpeg2video",
    "n.gxf": "mpeg2video",
    "o.dv": "dvvideo",
    "p.ivf": "libvpx",
    "q.y4m": "rawvideo",
    "r.mov": "png",
    "s.mov": "qtrle",
    "t.mov": "jpeg2000",
    "u.avi": "rawvideo",
    "v.avi": "huffyuv",
    "w.avi": "utvideo",
    "x.mkv": "ffv1",
    "y.mov": "v210",
}
RECIPES = (
    Recipe(sampling=AllFrames(), output=OUTPUT),
    Recipe(sampling=PerSecond(fps=Fraction(7)), output=OUTPUT),
    Recipe(sampling=Keyframes(), output=OUTPUT),
    Recipe(sampling=SceneChanges(), start=Fraction(1, 2), output=OUTPUT),
)
PIXEL_FORMATS = {
    "mjpeg": "yuvj420p", "prores_ks": "yuv422p10le", "png": "rgb24", "qtrle": "rgb24",
    "huffyuv": "yuv422p", "v210": "yuv422p10le", "gif": "rgb8", "apng": "rgb24",
}  # fmt: skip
TAPE = {".gxf", ".dv"}
"""One size of picture only."""
SIGSYS = 31


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """One second of each; less where pictures are large."""
    folder = tmp_path_factory.mktemp("clips")
    return [_clip(folder / name, codec) for name, codec in CLIPS.items()]


def _clip(path: Path, codec: str) -> bytes:
    pixel_format = PIXEL_FORMATS.get(codec, "yuv420p")
    size, seconds = ((720, 576), Fraction(1, 5)) if path.suffix in TAPE else ((160, 96), 1)
    clip = make_clip(
        path, seconds=seconds, size=size, gop=10, codec=codec, pixel_format=pixel_format
    )
    return clip.read_bytes()


def mutations(clips: list[bytes]) -> Iterator[tuple[int, bytes, Recipe]]:
    """Seed, file and recipe, without end."""
    seed = 0
    while True:
        clip, recipe = clips[seed % len(clips)], RECIPES[seed // len(clips) % len(RECIPES)]
        yield seed, mutated(clip, seed), recipe
        seed += 1


async def run_campaign(
    decoder: ChildDecoder, clips: list[bytes], count: int
) -> Counter[Reason | None]:
    """Every one ends in a rejection or a result within its limits; none tries a forbidden call."""
    ends: Counter[Reason | None] = Counter()
    for seed, data, recipe in islice(mutations(clips), count):
        with capture_logs() as logs:
            outcome = await process(decoder, data, recipe, seconds=20)
        codes = [entry["code"] for entry in logs if "code" in entry]
        assert -SIGSYS not in codes, f"seed {seed}: {logs}"
        assert outcome.reason is not Reason.TIME_LIMIT, f"seed {seed}"
        assert outcome.reason is not Reason.PROCESSING_FAILED, f"seed {seed}: {logs}"
        _check_end(seed, outcome)
        ends[outcome.reason] += 1
    return ends


def _check_end(seed: int, outcome: Outcome) -> None:
    """Nothing at all is not a result unless it is said that all is missing."""
    if not outcome.failure and not outcome.frames:
        assert outcome.missing or outcome.warnings, f"seed {seed}"


@pytest.mark.campaign
@pytest.mark.timeout(by_size(180, 600, 1800))
async def test_mutations_end_in_results_or_reasons(
    decoder: ChildDecoder, clips: list[bytes]
) -> None:
    count = by_size(84, 200, 2000)
    ends = await run_campaign(decoder, clips, count)
    print(dict(ends))
    assert ends[None] > count // 6
    assert ends.total() == count
