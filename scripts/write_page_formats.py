"""Write for the page's help what can be read: containers, video without one, and codecs."""

import json
import re
import sys
from collections.abc import Iterable

from fotograma_contracts.readable import CODECS, CONTAINERS, RAW


def _each(names: Iterable[str]) -> list[str]:
    """`MP4, MOV and 3GP` is three."""
    parts = (part for name in names for part in re.split(r", | and ", name.removeprefix("raw ")))
    return list(dict.fromkeys(parts))


formats = {
    "containers": _each(name for key, name in CONTAINERS.items() if key not in RAW),
    "raw": _each(RAW.values()),
    "codecs": _each(CODECS.values()),
}
sys.stdout.write(json.dumps(formats, ensure_ascii=False, indent=2) + "\n")
