"""What preflight foretells in the browser is what the engine gives, to the tick."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from fixtures.clips import make_clip
from fixtures.extraction import scan_file
from fixtures.page import NPM_SECONDS, ask_page
from fixtures.zoo import ZOO
from fotograma_contracts.recipe import Recipe
from fotograma_worker.errors import Failure
from fotograma_worker.planning.wanted_frames import find_wanted_frames

RECIPES: list[dict[str, Any]] = [
    {"sampling": {"mode": "interval", "seconds": "0.3"}},
    {"sampling": {"mode": "fps", "fps": "30000/1001"}},
    {"sampling": {"mode": "fps", "fps": "25"}, "start": "0.5", "end": "1.5"},
    {"sampling": {"mode": "count", "count": 7}},
    {"sampling": {"mode": "times", "times": ["0", "0.999", "50%", "100%"]}},
    {"sampling": {"mode": "keyframes"}},
    {"sampling": {"mode": "all"}},
    {"sampling": {"mode": "all"}, "start": "1"},
    {"sampling": {"mode": "interval", "seconds": "0.5"}, "origin": "file"},
]
VARYING = [Fraction(n, 1000) for n in (0, 7, 90, 91, 400, 1000, 1017, 1034, 1900, 2000, 2001)]
CLIPS: dict[str, tuple[str, dict[str, Any]]] = {
    "MP4, B frames": ("clip.mp4", {"bframes": 3, "gop": 12}),
    "MP4, varying rate": ("varying.mp4", {"times": VARYING, "bframes": 0}),
    "MP4, rotated": ("rotated.mp4", {"rotation": 90}),
    "MKV, sound first": ("sound.mkv", {"audio": 1, "start": Fraction(12, 25)}),
    "MOV, 30000/1001": ("ntsc.mov", {"fps": Fraction(30000, 1001)}),
    "MKV, from 3 s on": ("late.mkv", {"start": Fraction(3)}),
    "WebM": ("clip.webm", {"codec": "libvpx-vp9", "bframes": 0}),
    "TS": ("clip.ts", {"bframes": 2, "gop": 10}),
    "TS, from 2 s on": ("late.ts", {"start": Fraction(2), "bframes": 0}),
}
OF_THE_ZOO = (
    "h264-edit-list.mp4",
    "h264-fragmented.mp4",
    "h264-late.ts",
    "h264-negative-offsets.mp4",
    "h264-open-gop.mkv",
    "h264-open-gop.mp4",
    "h264-open-gop.ts",
    "h264-vfr.mkv",
    "h264.mov",
    "hevc-cra.mp4",
    "vp9.webm",
)

pytestmark = [pytest.mark.middle, pytest.mark.timeout(2 * NPM_SECONDS)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A clip of each kind that preflight reads."""
    folder = tmp_path_factory.mktemp("clips")
    size = (160, 96)
    made = {
        name: make_clip(folder / file_name, seconds=2, size=size, **options)
        for name, (file_name, options) in CLIPS.items()
    }
    return made | {name: ZOO[name](folder / name) for name in OF_THE_ZOO}


@pytest.fixture(scope="module")
def foretold(files: dict[str, Path]) -> dict[str, list[list[Fraction]]]:
    """The times that preflight tells, by clip and recipe; one run of Node for all."""
    asked = [{"file": str(path), "recipes": RECIPES} for path in files.values()]
    return {
        name: [[Fraction(time) for time in times] for times in by_recipe]
        for name, by_recipe in zip(files, ask_page("foretell", asked), strict=True)
    }


def _by_engine(path: Path, recipe: dict[str, Any]) -> list[Fraction]:
    scan = scan_file(path)
    if recipe.get("origin") == "file":
        scan = replace(scan, first_at=scan.facts.video_start)
    try:
        wanted = find_wanted_frames(scan, Recipe.model_validate(recipe))
    except Failure:
        return []
    base, first = scan.facts.time_base, int(scan.timestamps[0])
    return [(int(scan.timestamps[position]) - first) * base for position in wanted.positions]


@pytest.mark.parametrize("name", [*CLIPS, *OF_THE_ZOO])
def test_preflight_foretells_the_engines_frames(
    name: str, files: dict[str, Path], foretold: dict[str, list[list[Fraction]]]
) -> None:
    by_engine = [_by_engine(files[name], recipe) for recipe in RECIPES]
    assert foretold[name] == by_engine
