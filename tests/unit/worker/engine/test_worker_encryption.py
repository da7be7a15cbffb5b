"""Encrypted video is refused as such, by what its container says; the same file without is not."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fixtures.boxes import build, parse
from fixtures.clips import make_clip
from fixtures.extraction import plan_file, scan_file
from fotograma_contracts.reasons import Reason
from fotograma_worker.errors import Failure

CENC = b"cenc"


def _boxed(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _common_encryption(path: Path, codec: bytes = b"avc1", entry_kind: bytes = b"encv") -> Path:
    """An MP4 as after encryption: its sample entry is renamed, and says what it was. Its movie box
    is the last one, so nothing moves.
    """
    make_clip(path, seconds=1, size=(96, 64), audio=1)
    file = parse(path.read_bytes())
    table = file.find("moov/trak/mdia/minf/stbl")
    entry = bytearray(table.find("stsd").body[8:])
    assert entry[4:8] == codec
    scheme = _boxed(b"schm", bytes(4) + CENC + struct.pack(">I", 0x10000))
    protection = _boxed(b"sinf", _boxed(b"frma", codec) + scheme)
    encrypted = struct.pack(">I4s", len(entry) + len(protection), entry_kind) + entry[8:]
    table.put("stsd", table.find("stsd").body[:8] + encrypted + protection)
    path.write_bytes(build(file))
    return path


def _fair_play(path: Path) -> Path:
    return _common_encryption(path, entry_kind=b"drmi")


def _element(number: bytes, body: bytes) -> bytes:
    assert len(body) < 127
    return number + bytes([0x80 | len(body)]) + body


def _content_encryption(path: Path) -> Path:
    """A WebM whose track says that it is encrypted by AES (Matroska, 5.1.4.1.31): written live, so
    that no size but the track's and the tracks' changes.
    """
    make_clip(path, seconds=1, size=(96, 64), codec="libvpx", container_options={"live": "1"})
    data = path.read_bytes()
    key = _element(b"\x47\xe2", b"0123456789abcdef")
    encryption = _element(b"\x50\x35", _element(b"\x47\xe1", b"\x05") + key)
    how = _element(b"\x50\x33", b"\x01") + _element(b"\x50\x32", b"\x01") + encryption
    added = _element(b"\x6d\x80", _element(b"\x62\x40", how))
    tracks = data.rindex(b"\x16\x54\xae\x6b") + 4
    size_bytes = 9 - data[tracks].bit_length()
    track = tracks + size_bytes
    assert data[track] == 0xAE
    entry_bytes = 9 - data[track + 1].bit_length()
    entry_at = track + 1 + entry_bytes
    entry_size = _size(data[track + 1 : entry_at])
    entry = data[entry_at : entry_at + entry_size] + added
    whole = b"\xae" + struct.pack(">Q", len(entry) | 1 << 56) + entry
    rest = data[entry_at + entry_size :]
    others = rest[: _size(data[tracks:track]) - (entry_at + entry_size - track)]
    body = whole + others
    path.write_bytes(
        data[:tracks] + struct.pack(">Q", len(body) | 1 << 56) + body + rest[len(others) :]
    )
    return path


def _size(coded: bytes) -> int:
    return int.from_bytes(coded) - (1 << 7 * len(coded))


def _scrambled(path: Path) -> Path:
    """A transport stream whose video is scrambled by an even key."""
    make_clip(path, seconds=2, size=(96, 64), audio=1)
    data = np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, 188).copy()
    packet_ids = (data[:, 1].astype(int) & 0x1F) << 8 | data[:, 2]
    video = packet_ids == 0x100
    data[video, 3] |= 0x80
    noise = np.random.default_rng(0).integers(0, 256, data.shape, dtype=np.uint8)
    data[video, 40:] ^= noise[video, 40:]
    path.write_bytes(data.tobytes())
    return path


def _asf(guid: str) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        make_clip(path, seconds=1, size=(96, 64), codec="wmv2")
        data = bytearray(path.read_bytes())
        fields = (b"secret", b"DRM\0", b"key id\0", b"https://example.org\0")
        body = b"".join(struct.pack("<I", len(field)) + field for field in fields)
        added = bytes.fromhex(guid) + struct.pack("<Q", 24 + len(body)) + body
        size, objects = struct.unpack_from("<QI", data, 16)
        struct.pack_into("<QI", data, 16, size + len(added), objects + 1)
        path.write_bytes(data[:30] + added + data[30:])
        return path

    return make


ENCRYPTED: dict[str, Callable[[Path], Path]] = {
    "cenc.mp4": _common_encryption,
    "cenc.mov": _common_encryption,
    "fairplay.mp4": _fair_play,
    "aes.webm": _content_encryption,
    "scrambled.ts": _scrambled,
    "drm.wmv": _asf("fbb31122 23bdd211 b4b700a0 c955fc6e"),
    "extended.wmv": _asf("14e68a29 2226 174c b935 dae07ee9289c"),
}


@pytest.mark.parametrize("name", ENCRYPTED)
def test_encrypted_video_is_refused_as_encrypted(name: str, tmp_path: Path) -> None:
    with pytest.raises(Failure) as refused:
        scan_file(ENCRYPTED[name](tmp_path / name))
    assert refused.value.reason is Reason.ENCRYPTED
    assert "encrypted" in refused.value.detail


def test_encrypted_sound_beside_clear_video_is_no_matter(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", seconds=1, size=(96, 64), audio=1)
    data = path.read_bytes()
    assert data.count(b"mp4a") == 1
    path.write_bytes(data.replace(b"mp4a", b"enca"))
    assert plan_file(path).frames_at_most == 1


def test_few_scrambled_packets_do_not_make_a_broadcast_encrypted(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.ts", seconds=2, size=(96, 64))
    data = bytearray(path.read_bytes())
    data[188 * 20 + 3] |= 0x80
    path.write_bytes(data)
    assert plan_file(path).frames_at_most == 2
