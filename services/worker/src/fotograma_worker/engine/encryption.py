"""Tell from the container that a video is encrypted, before anything of it is decoded.

Nothing in an encrypted stream says so to a decoder: it fails, or outputs garbage.
"""

from itertools import islice

from fotograma_worker.engine.boxes import MALFORMED, Movie, children, full_box, inner
from fotograma_worker.engine.media import FoundVideo, SeekableFile
from fotograma_worker.findings import Finding, Refusal

_ENCRYPTED_ENTRIES = frozenset({b"encv", b"drmi"})
"""Sample entries of encrypted video: Common Encryption's (ISO/IEC 23001-7, 4) and FairPlay's."""
_ASF_ENCRYPTION = (
    bytes.fromhex("fbb31122 23bdd211 b4b700a0 c955fc6e"),
    bytes.fromhex("14e68a29 2226 174c b935 dae07ee9289c"),
    bytes.fromhex("33850543 8169 e649 9b74 ad12cb86d58c"),
)
"""Objects of the ASF header (Advanced Systems Format 01.20.05, 3.14 to 3.16): content encryption,
extended and advanced."""
_ASF_HEADER_BYTES = 30
_MAX_ASF_OBJECTS = 1000
_TS_PACKET_BYTES, _TS_SYNC = 188, 0x47
_TS_LOOKED_AT = 2 << 20
"""Bytes at the beginning of a transport stream: some 11,000 packets."""


def check_encryption(found: FoundVideo, movie: Movie | None) -> None:
    """Raise `Failure` where the container says that the chosen stream is encrypted."""
    name, stream = found.container.format.name, found.container.streams[found.index]
    if (
        (movie is not None and _is_encrypted_track(movie, stream.id))
        or (name.startswith("matroska") and "enc_key_id" in stream.metadata)
        or (name == "asf" and _has_encryption_object(found.source))
        or (name == "mpegts" and _is_scrambled(found.source, stream.id))
    ):
        raise encrypted()


def encrypted() -> Refusal:
    """The failure of a video that is encrypted."""
    return Refusal(Finding.ENCRYPTED)


def _is_encrypted_track(movie: Movie, track_id: int) -> bool:
    track = movie.track(track_id)
    if track is None:
        return False
    try:
        count, entries = full_box(inner(track, b"mdia", b"minf", b"stbl", b"stsd"))
        return any(kind in _ENCRYPTED_ENTRIES for kind, _ in islice(children(entries), count))
    except MALFORMED:
        return False


def _has_encryption_object(source: SeekableFile) -> bool:
    """Whether the header has one among its objects: a GUID and a length each."""
    source.seek(0)
    header = source.read(_ASF_HEADER_BYTES)
    end, at = int.from_bytes(header[16:24], "little"), _ASF_HEADER_BYTES
    for _ in range(_MAX_ASF_OBJECTS):
        source.seek(at)
        begin = source.read(24)
        length = int.from_bytes(begin[16:24], "little")
        if at >= end or len(begin) < 24 or length < 24:
            return False
        if begin[:16] in _ASF_ENCRYPTION:
            return True
        at += length
    return False


def _is_scrambled(source: SeekableFile, packet_id: int) -> bool:
    """Whether most of the stream's packets have scrambled contents (ISO/IEC 13818-1, 2.4.3.3)."""
    source.seek(0)
    beginning = source.read(_TS_LOOKED_AT)
    first = beginning.find(bytes([_TS_SYNC]))
    seen = scrambled = 0
    for at in range(first, len(beginning) - 4, _TS_PACKET_BYTES):
        if beginning[at] != _TS_SYNC:
            break
        if int.from_bytes(beginning[at + 1 : at + 3]) & 0x1FFF == packet_id:
            seen += 1
            scrambled += beginning[at + 3] >> 6 >= 2
    return scrambled * 2 > seen
