"""The records of a ZIP archive around the bytes of its entries, by APPNOTE.TXT 6.3.10. Pure.

Entries are STORED, since frames are compressed already: a local header, then the bytes. Entries
that lie in S3 become an archive by a new central directory behind them, which `zipfile` cannot
write for bytes that it has not written itself.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

MAX_ENTRY_BYTES = 0xFFFF_FFFF - 1
"""A larger entry would need ZIP64 for its own size."""

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_LOCAL_SIGNATURE = b"PK\x03\x04"
_CENTRAL_HEADER = struct.Struct("<4s6H3I5H2I")
_CENTRAL_SIGNATURE = b"PK\x01\x02"
_END = struct.Struct("<4s4H2IH")
_END_SIGNATURE = b"PK\x05\x06"
_ZIP64_END = struct.Struct("<4sQ2H2I4Q")
_ZIP64_END_SIGNATURE = b"PK\x06\x06"
_ZIP64_LOCATOR = struct.Struct("<4sIQI")
_ZIP64_LOCATOR_SIGNATURE = b"PK\x06\x07"
_ZIP64_OFFSET = struct.Struct("<2HQ")
_ZIP64_EXTRA_ID = 1
_VERSION_NEEDED = 20
_VERSION_ZIP64 = 45
_MADE_BY_UNIX = 3 << 8
_REGULAR_FILE = 0o100644 << 16
_STORED = 0
_DOS_TIME = 0
_DOS_DATE = (1 << 5) | 1
"""1980-01-01, the earliest: the same frames give the same archive at any time."""
_MAX_16 = 0xFFFF
_MAX_32 = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One file in an archive. `offset` is that of its local header."""

    name: str
    offset: int
    size: int
    crc32: int


def local_header(name: str, crc32: int, size: int) -> bytes:
    """Encode the header in front of an entry's bytes."""
    encoded = name.encode("ascii")
    fields = (_VERSION_NEEDED, 0, _STORED, _DOS_TIME, _DOS_DATE, crc32, size, size, len(encoded), 0)
    return _LOCAL_HEADER.pack(_LOCAL_SIGNATURE, *fields) + encoded


def local_header_bytes(name: str) -> int:
    """Return the size of the header in front of an entry's bytes."""
    return _LOCAL_HEADER.size + len(name)


def directory(entries: Sequence[ZipEntry], offset: int) -> bytes:
    """Encode the central directory at `offset`, with its end records."""
    headers = b"".join(map(central_header, entries))
    return headers + end_records(len(entries), len(headers), offset)


def central_header(entry: ZipEntry) -> bytes:
    """Encode an entry's header in the central directory."""
    is_far = entry.offset >= _MAX_32
    extra = _ZIP64_OFFSET.pack(_ZIP64_EXTRA_ID, 8, entry.offset) if is_far else b""
    version = _VERSION_ZIP64 if is_far else _VERSION_NEEDED
    name = entry.name.encode("ascii")
    return b"".join(
        (
            _CENTRAL_HEADER.pack(
                _CENTRAL_SIGNATURE,
                _MADE_BY_UNIX | version,
                version,
                0,
                _STORED,
                _DOS_TIME,
                _DOS_DATE,
                entry.crc32,
                entry.size,
                entry.size,
                len(name),
                len(extra),
                0,
                0,
                0,
                _REGULAR_FILE,
                min(entry.offset, _MAX_32),
            ),
            name,
            extra,
        )
    )


def central_header_bytes(name: str, offset: int) -> int:
    """Return the size of the central header of an entry at `offset`."""
    return _CENTRAL_HEADER.size + len(name) + (_ZIP64_OFFSET.size if offset >= _MAX_32 else 0)


def end_records(count: int, size: int, offset: int) -> bytes:
    """Encode an archive's end: `count` headers of `size` bytes are its directory at `offset`."""
    end = _END.pack(
        _END_SIGNATURE,
        0,
        0,
        min(count, _MAX_16),
        min(count, _MAX_16),
        min(size, _MAX_32),
        min(offset, _MAX_32),
        0,
    )
    if count < _MAX_16 and size < _MAX_32 and offset < _MAX_32:
        return end
    zip64 = _ZIP64_END.pack(
        _ZIP64_END_SIGNATURE,
        _ZIP64_END.size - 12,  # the record's size without its first two fields
        _MADE_BY_UNIX | _VERSION_ZIP64,
        _VERSION_ZIP64,
        0,
        0,
        count,
        count,
        size,
        offset,
    )
    locator = _ZIP64_LOCATOR.pack(_ZIP64_LOCATOR_SIGNATURE, 0, offset + size, 1)
    return zip64 + locator + end
