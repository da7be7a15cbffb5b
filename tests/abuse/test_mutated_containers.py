"""Containers whose units are swapped, dropped, doubled, renamed and lied about: what reads them may
refuse, and must not fail by itself.
"""

import signal
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from fixtures.abuse import OUTPUT, Outcome, process
from fixtures.clips import make_clip
from fixtures.containers import FORMATS, mutated_container, rewritten
from fixtures.kinds import KINDS
from fixtures.plain_decoding import PlainDecoding
from fixtures.sizes import by_size
from fotograma_contracts.reasons import Reason
from fotograma_contracts.recipe import AllFrames, Keyframes, Origin, PerSecond, Recipe, SceneChanges
from fotograma_worker.decoding.child_decoder import ChildDecoder
from structlog.testing import capture_logs

pytestmark = pytest.mark.middle

_SMALL: dict[str, Any] = {"size": (160, 96), "gop": 10, "seconds": 1}
_TAPE: dict[str, Any] = {"size": (720, 576), "gop": 4, "seconds": Fraction(1, 5)}
CLIPS: dict[str, dict[str, Any]] = {
    "a.mp4": {**_SMALL, "audio": 1},
    "fragments.mp4": {
        **_SMALL, "container_options": {"movflags": "frag_keyframe+empty_moov"},
    },
    "a.mov": {**_SMALL, "codec": "prores_ks", "pixel_format": "yuv422p10le"},
    "a.3gp": {**_SMALL, "codec": "mpeg4"},
    "a.mkv": {**_SMALL, "audio": 1},
    "a.webm": {**_SMALL, "codec": "libvpx-vp9", "audio": 1},
    "a.avi": {**_SMALL, "codec": "mpeg4", "options": {"bf": "2"}},
    "a.ts": {**_SMALL, "audio": 1},
    "a.flv": _SMALL,
    "a.mpg": {**_SMALL, "codec": "mpeg2video"},
    "a.m2v": {**_SMALL, "codec": "mpeg2video"},
    "a.h264": _SMALL,
    "a.hevc": {**_SMALL, "codec": "libx265"},
    "a.ogv": {**_SMALL, "codec": "libvpx"},
    "a.wmv": {**_SMALL, "codec": "wmv2"},
    "a.mxf": {**_SMALL, "codec": "mpeg2video"},
    "a.ivf": {**_SMALL, "codec": "libvpx"},
    "a.gxf": {**_TAPE, "codec": "mpeg2video"},
    "a.dv": {**_TAPE, "codec": "dvvideo"},
}  # fmt: skip
OTHER_STREAMS = (
    "mov_text.mp4", "ass.mkv", "pgs.mkv", "pgs.m2ts", "dvb.ts", "c608.mov", "timecode.mov",
    "font.mkv", "cover.mp4", "chapters.mkv",
)  # fmt: skip
RECIPES = (
    Recipe(sampling=AllFrames(), output=OUTPUT),
    Recipe(sampling=PerSecond(fps=Fraction(7)), output=OUTPUT),
    Recipe(sampling=Keyframes(), output=OUTPUT),
    Recipe(sampling=SceneChanges(), start=Fraction(1, 2), output=OUTPUT),
    Recipe(sampling=AllFrames(), origin=Origin.FILE, output=OUTPUT),
)

Originals = dict[str, bytes]


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Originals:
    """A small file of each container, and of those with other streams."""
    folder = tmp_path_factory.mktemp("containers")
    made = {name: make_clip(folder / name, **options) for name, options in CLIPS.items()}
    made |= {name: KINDS[name](folder / name) for name in OTHER_STREAMS}
    return {name: path.read_bytes() for name, path in made.items()}


@pytest.fixture(scope="session")
def plainly() -> Iterator[PlainDecoding]:
    """What FFmpeg makes of a file."""
    decoding = PlainDecoding()
    yield decoding
    decoding.close()


def _ending(name: str) -> str:
    return Path(name).suffix.removeprefix(".")


def mutations(originals: Originals) -> Iterator[tuple[str, bytes, Recipe]]:
    """What it is, the file and a recipe, without end."""
    names = list(originals)
    seed = 0
    while True:
        name = names[seed % len(names)]
        recipe = RECIPES[seed // len(names) % len(RECIPES)]
        yield (
            f"{name}, seed {seed}",
            mutated_container(originals[name], _ending(name), seed),
            recipe,
        )
        seed += 1


async def run_campaign(
    decoder: ChildDecoder, plainly: PlainDecoding, originals: Originals, count: int
) -> Counter[Reason | None]:
    """Every one ends in a rejection or a result within its limits, and none by our fault."""
    ends: Counter[Reason | None] = Counter()
    for what, data, recipe in islice(mutations(originals), count):
        with capture_logs() as logs:
            outcome = await process(decoder, data, recipe, seconds=20)
        _check(what, outcome, logs)
        await _check_count(what, data, recipe, outcome, plainly)
        ends[outcome.reason] += 1
    return ends


def _check(what: str, outcome: Outcome, logs: list[Any]) -> None:
    codes = [entry["code"] for entry in logs if "code" in entry]
    assert -signal.SIGSYS not in codes, f"{what}: {logs}"
    assert outcome.reason is not Reason.PROCESSING_FAILED, f"{what}: {logs}"
    assert not [entry for entry in logs if entry["log_level"] == "error"], f"{what}: {logs}"
    if outcome.reason is Reason.DECODER_CRASHED:  # by a signal or a limit, not by an exception
        assert any(code < 0 for code in codes) or "too often" in str(logs), f"{what}: {logs}"
    # No frames at all are no result either: assembling refuses an archive without any.
    assert outcome.reason is not Reason.TIME_LIMIT, what


async def _check_count(
    what: str, data: bytes, recipe: Recipe, outcome: Outcome, plainly: PlainDecoding
) -> None:
    """Fewer frames than the file lists, or than FFmpeg decodes, are never whole without a word."""
    if not outcome.is_whole or isinstance(recipe.sampling, SceneChanges):
        return
    assert len(outcome.frames) >= outcome.planned, f"{what}: of {outcome.planned}"
    if isinstance(recipe.sampling, AllFrames):
        decoded = await plainly.count(data, outcome.stream)
        assert len(outcome.frames) >= decoded, f"{what}: of {decoded} that are decoded"


@pytest.mark.parametrize("name", [*CLIPS, *OTHER_STREAMS])
async def test_container_put_together_without_a_change_is_whole(
    decoder: ChildDecoder, plainly: PlainDecoding, originals: Originals, name: str
) -> None:
    """Else its mutations would all be refused for the same reason."""
    data = rewritten(originals[name], _ending(name))
    outcome = await process(decoder, data, RECIPES[0])
    assert outcome.failure is None
    assert len(outcome.frames) == await plainly.count(data, outcome.stream) > 0


def test_every_format_is_mutated() -> None:
    assert {_ending(name) for name in (*CLIPS, *OTHER_STREAMS)} == {*FORMATS}


@pytest.mark.campaign
@pytest.mark.timeout(by_size(180, 900, 3600))
async def test_mutated_containers_end_in_results_or_reasons(
    decoder: ChildDecoder, plainly: PlainDecoding, originals: Originals
) -> None:
    count = by_size(58, 290, 2200)
    ends = await run_campaign(decoder, plainly, originals, count)
    print(dict(ends))
    assert ends[None] > count // 5
    assert ends.total() == count
