"""A decoding child that a file has taken over: whatever it sends, other videos are read meanwhile,
and it ends with its time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.abuse import MEMORY_BYTES, Bytes, children_of, process
from fixtures.decoders import pyav_decoder
from fixtures.forkservers import prepare_fork_servers
from fotograma_contracts.reasons import Reason
from fotograma_worker.decoding.child_decoder import ChildDecoder
from fotograma_worker.decoding.port import DecodeLimits
from fotograma_worker.errors import Failure

SECONDS = 3.0
HOSTILE = """
import os
from fotograma_worker.engine import child
from fotograma_worker.protocol import FRAME_HEADER_LENGTH, HEADER, READ_REQUEST, Kind

def _for_ever(act):
    while True:
        act()

def work(channel, job, late_imports):
    {act}

child.work = work
"""
FLOODS = {
    "errors": "_for_ever(lambda: os.write(2, bytes(65536)))",
    "reads of nothing": (
        "_for_ever(lambda: (channel.send(Kind.READ, READ_REQUEST.pack(0, 0)),"
        " channel.receive(Kind.DATA, 1)))"
    ),
    "reads that nobody waits for": (
        "_for_ever(lambda: channel.send(Kind.READ, READ_REQUEST.pack(0, 1000)))"
    ),
    "half a message": "channel._file.write(b'ab'); _for_ever(int)",
    "half a body": "channel._file.write(HEADER.pack(Kind.STREAM, 1 << 20)); _for_ever(int)",
}
"""What lasts until the child's time is over."""
LIES = {
    "message of gigabytes": "channel._file.write(HEADER.pack(Kind.STREAM, 2**32 - 1))",
    "message of no kind": "channel._file.write(HEADER.pack(255, 0))",
    "frame where none was asked for": "channel.send(Kind.FRAME, bytes(1 << 20))",
    "deep JSON": "channel.send(Kind.STREAM, b'[' * (4 << 20))",
    "long digits": "channel.send(Kind.STREAM, b'{\"container\":' + b'9' * (4 << 20) + b'}')",
    "timestamps without end": "_for_ever(lambda: channel.send(Kind.TIMESTAMPS, bytes(800_000)))",
    "nothing": "pass",
}
"""What the child is ended for at once."""


@pytest.fixture
async def taken_over(
    session_decoder: ChildDecoder,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[ChildDecoder]:
    """A decoder whose children do as `request.param` says; the session's are honest."""
    prepare_fork_servers(monkeypatch, tmp_path, HOSTILE.format(act=request.param))
    async with pyav_decoder(MEMORY_BYTES, sandbox_required=True) as decoder:
        yield decoder
        assert not children_of(decoder._fork_server.pid)


async def reason_of(decoder: ChildDecoder) -> Reason:
    """Why a scan fails."""
    with pytest.raises(Failure) as failed:
        await decoder.scan(Bytes(bytes(1_000)), DecodeLimits(max_pixels=10_000, seconds=SECONDS))
    return failed.value.reason


@pytest.mark.middle
@pytest.mark.parametrize("taken_over", FLOODS.values(), ids=FLOODS, indirect=True)
async def test_flood_of_one_child_keeps_no_other_video_waiting(
    taken_over: ChildDecoder, decoder: ChildDecoder, valid_clip: bytes
) -> None:
    flood = asyncio.create_task(reason_of(taken_over))
    outcome = await process(decoder, valid_clip)
    assert outcome.is_whole
    assert await flood is Reason.TIME_LIMIT


@pytest.mark.middle
@pytest.mark.parametrize("taken_over", LIES.values(), ids=LIES, indirect=True)
async def test_lie_of_a_child_ends_it(taken_over: ChildDecoder) -> None:
    assert await reason_of(taken_over) is Reason.PROCESSING_FAILED
