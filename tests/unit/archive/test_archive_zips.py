"""The records around the entries of a ZIP, as the standard library reads them."""

import struct
import zipfile

import pytest
from fixtures.sparse import Sparse
from fotograma_archive.zips import ZipEntry, central_header, central_header_bytes, directory

GIB = 1 << 30


def open_directory(entries: list[ZipEntry], offset: int) -> zipfile.ZipFile:
    tail = directory(entries, offset)
    return zipfile.ZipFile(Sparse(offset + len(tail), tail))


@pytest.mark.parametrize("far", [0xFFFF_FFFE, 0xFFFF_FFFF, 4 * GIB, 5 * 1024 * GIB])
def test_zip_directory_places_entries_beyond_4_gib_by_zip64(far: int) -> None:
    entries = [ZipEntry("a", 0, 5, 1), ZipEntry("b", far, 7, 2)]
    with open_directory(entries, far + 100) as archive:
        assert [(i.filename, i.header_offset, i.file_size, i.CRC) for i in archive.infolist()] == [
            ("a", 0, 5, 1),
            ("b", far, 7, 2),
        ]
        assert archive.infolist()[1].extract_version == (20 if far < 0xFFFF_FFFF else 45)


@pytest.mark.parametrize("count", [65_534, 65_535, 70_000])
def test_zip_directory_counts_entries_beyond_65535_by_zip64(count: int) -> None:
    entries = [ZipEntry(f"{n:06d}", n * 40, 3, n) for n in range(count)]
    offset = count * 40
    with open_directory(entries, offset) as archive:
        assert len(archive.namelist()) == count
    tail = directory(entries, offset)
    assert (b"PK\x06\x07" in tail[-42 - 56 :]) == (count >= 65_535)


def test_zip64_end_records_follow_appnote() -> None:
    offset = 5 * GIB
    tail = directory([ZipEntry("a", 4 * GIB, 5, 1)], offset)
    end = struct.unpack("<4s4H2IH", tail[-22:])
    assert end == (b"PK\x05\x06", 0, 0, 1, 1, 46 + 1 + 12, 0xFFFF_FFFF, 0)
    locator = struct.unpack("<4sIQI", tail[-42:-22])
    assert locator == (b"PK\x06\x07", 0, offset + 59, 1)
    record = struct.unpack("<4sQ2H2I4Q", tail[-98:-42])
    assert record == (b"PK\x06\x06", 44, 0x032D, 45, 0, 0, 1, 1, 59, offset)


@pytest.mark.parametrize("offset", [0, 0xFFFF_FFFE, 0xFFFF_FFFF, 5 * GIB])
def test_central_header_bytes_is_the_size_of_the_written_header(offset: int) -> None:
    line = central_header(ZipEntry("a-name", offset, 5, 1))
    assert len(line) == central_header_bytes("a-name", offset)
