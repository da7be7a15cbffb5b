"""One decoder for every hostile file: it must outlive them all."""

from collections.abc import AsyncIterator

import pytest
from fixtures.abuse import MEMORY_BYTES, children_of, process
from fixtures.clips import decode_image, make_clip, read_number
from fixtures.decoders import pyav_decoder
from fotograma_worker.decoding.child_decoder import ChildDecoder


@pytest.fixture(scope="session")
def valid_clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds of H.264."""
    return make_clip(tmp_path_factory.mktemp("clip") / "a.mp4").read_bytes()


@pytest.fixture(scope="session")
async def session_decoder() -> AsyncIterator[ChildDecoder]:
    """Decodes in the whole sandbox, or not at all."""
    async with pyav_decoder(MEMORY_BYTES, sandbox_required=True) as decoder:
        yield decoder


@pytest.fixture
async def decoder(session_decoder: ChildDecoder, valid_clip: bytes) -> AsyncIterator[ChildDecoder]:
    """The decoder; after the test the next video is fine, and no child is left."""
    server = session_decoder._fork_server.pid
    yield session_decoder
    assert session_decoder._fork_server.pid == server, "the fork server has died"
    outcome = await process(session_decoder, valid_clip)
    numbers = [read_number(decode_image(frame.data)) for frame in outcome.frames]
    assert outcome.is_whole
    assert numbers == list(range(0, 50, 5))
    assert not children_of(server)
