"""Names of files: as they are kept, and as they are sent."""

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath
from typing import Literal
from urllib.parse import quote

from fotograma_kit.text import needed_joiners

MAX_NAME_LENGTH = 255


def clean_name(raw: str) -> str:
    """A file name for people: without folders and invisible characters, never empty, and not the
    name of a folder (`.`, `..`).
    """
    last = unicodedata.normalize("NFC", PurePosixPath(PureWindowsPath(raw).name).name)
    joiners = set(needed_joiners(last))
    plain = "".join(c for at, c in enumerate(last) if c.isprintable() or at in joiners).strip()
    return plain[:MAX_NAME_LENGTH] if plain.strip(". ") else "video"


def content_disposition(
    file_name: str, kind: Literal["attachment", "inline"] = "attachment"
) -> str:
    """RFC 6266: an ASCII name for old clients, the true one in UTF-8 for the others."""
    plain = file_name.encode("ascii", "replace").decode().replace("?", "_")
    plain = "".join("_" if c in '"\\/' or not c.isprintable() else c for c in plain)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
