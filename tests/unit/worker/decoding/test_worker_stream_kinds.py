"""Whatever else a file holds beside its video: opened inside the sandbox, where nothing can be
imported.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.abuse import EVERY_FIFTH_SECOND, MEMORY_BYTES, process
from fixtures.clips import decode_image, make_clip, read_number
from fixtures.decoders import pyav_decoder
from fixtures.extraction import limits, scan_file
from fixtures.forkservers import prepare_fork_servers
from fixtures.kinds import KINDS
from fixtures.oracle import read_truth
from fixtures.sample_tables import Edit, rewrite_samples, write_edits
from fotograma_contracts.reasons import Reason
from fotograma_worker.decoding.child_decoder import ChildDecoder
from structlog.testing import capture_logs

SUBTITLES = "mov_text.mp4"


@pytest.fixture(scope="module")
async def decoder() -> AsyncIterator[ChildDecoder]:
    async with pyav_decoder(MEMORY_BYTES, sandbox_required=True) as decoder:
        yield decoder


@pytest.mark.parametrize("kind", KINDS)
async def test_sandboxed_child_reads_video_beside_any_other_stream(
    decoder: ChildDecoder, tmp_path: Path, kind: str
) -> None:
    data = KINDS[kind](tmp_path / kind).read_bytes()
    with capture_logs() as logs:
        outcome = await process(decoder, data)
    assert outcome.is_whole, (outcome.failure, logs)
    numbers = [read_number(decode_image(frame.data)) for frame in outcome.frames]
    assert numbers == [0, 5, 10, 15, 20]
    assert not logs


async def test_sandboxed_child_reads_edits_that_overlap(
    decoder: ChildDecoder, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=4, size=(160, 96), gop=5)
    rewrite_samples(clip, lambda samples: samples)
    write_edits(clip, [Edit(5 * 512, 30 * 512), Edit(47 * 512, 45 * 512)])
    assert scan_file(clip).facts.overlap
    truth = read_truth(clip)
    with capture_logs() as logs:
        bounds = limits(segment_work_seconds=1e-9)
        outcome = await process(decoder, clip.read_bytes(), bounds=bounds)
    assert outcome.is_whole, (outcome.failure, logs)
    expected = [truth.pts[i] for i, _ in truth.chosen(EVERY_FIFTH_SECOND)]
    assert [frame.pts for frame in outcome.frames] == expected
    assert not logs


FORGOTTEN = """
for name in [name for name in sys.modules if name.startswith("av.subtitles.")]:
    del sys.modules[name]
forkserver.preload = lambda child: None
"""


async def test_import_after_the_fork_is_our_fault_and_named_in_the_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    prepare_fork_servers(monkeypatch, tmp_path, FORGOTTEN)
    data = KINDS[SUBTITLES](tmp_path / SUBTITLES).read_bytes()
    with capture_logs() as logs:
        async with pyav_decoder(MEMORY_BYTES, sandbox_required=True) as decoder:
            outcome = await process(decoder, data)
    assert outcome.failure is not None
    assert outcome.reason is Reason.PROCESSING_FAILED
    assert not outcome.failure.permanent
    (fault,) = [entry for entry in logs if entry["event"] == "decoding child failed by our fault"]
    assert fault["log_level"] == "error"
    assert fault["error"] == "fotograma_worker.engine.late_imports.LateImport"
    assert [name for name in fault["late_imports"] if name.startswith("av.subtitles.")]


SWALLOWED = """
from fotograma_worker.engine import media

open_container = media._open

def open_and_import(*arguments, **options):
    try:
        import wave
    except ImportError:
        pass
    return open_container(*arguments, **options)

media._open = open_and_import
"""


async def test_import_after_the_fork_that_nobody_misses_is_logged_beside_the_frames(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    prepare_fork_servers(monkeypatch, tmp_path, SWALLOWED)
    data = KINDS[SUBTITLES](tmp_path / SUBTITLES).read_bytes()
    with capture_logs() as logs:
        async with pyav_decoder(MEMORY_BYTES, sandbox_required=True) as decoder:
            outcome = await process(decoder, data)
    assert outcome.is_whole
    late = [entry for entry in logs if entry["event"] == "decoding child imported after the fork"]
    assert late
    assert {name for entry in late for name in entry["late_imports"]} == {"wave"}
