"""Names of files: as they are kept, and as they are sent."""

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import quote

MAX_NAME_LENGTH = 255


def clean_name(raw: str) -> str:
    """A file name for people: without folders and control characters, never empty."""
    last = PurePosixPath(PureWindowsPath(raw).name).name
    plain = "".join(c for c in unicodedata.normalize("NFC", last) if c.isprintable()).strip()
    return plain[:MAX_NAME_LENGTH] or "video"


def content_disposition(file_name: str) -> str:
    """RFC 6266: an ASCII name for old clients, the true one in UTF-8 for the others."""
    plain = file_name.encode("ascii", "replace").decode().replace("?", "_")
    plain = "".join("_" if c in '"\\/' or not c.isprintable() else c for c in plain)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
