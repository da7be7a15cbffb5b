"""Leaves of botocore's data what an image needs: `slim_botocore.py FOLDER SERVICE…`.

botocore describes four hundred services, and each process that makes a client holds the endpoints
of all of them in memory: 25 MB of an image and 7 MB of each process that nobody uses. A service
that is not named cannot be used; the data of finding credentials stay. An image without botocore
is left as it is.
"""

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any

CREDENTIALS = ("signin", "sso", "sso-oidc", "sts")


def slim(data: Path, services: set[str]) -> None:
    """Delete the other services' models, and their endpoints."""
    if not data.exists():
        return
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in services:
            shutil.rmtree(folder)
    prefixes = {_endpoint_prefix(data / service) for service in services}
    path = data / "endpoints.json"
    endpoints: dict[str, Any] = json.loads(path.read_text())
    for partition in endpoints["partitions"]:
        partition["services"] = {
            name: service for name, service in partition["services"].items() if name in prefixes
        }
    path.write_text(json.dumps(endpoints))


def _endpoint_prefix(folder: Path) -> str:
    """The name that endpoints.json has for a service."""
    (model,) = sorted(folder.glob("*/service-2.json.gz"))[-1:]
    prefix: str = json.loads(gzip.decompress(model.read_bytes()))["metadata"]["endpointPrefix"]
    return prefix


if __name__ == "__main__":
    slim(Path(sys.argv[1]), {*sys.argv[2:], *CREDENTIALS})
