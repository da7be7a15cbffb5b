"""Makes the services' RabbitMQ users, and what each may do, through the management API.

What they may do is definitions.json, as docker compose has it. Passwords are files called like the
users. Running it again sets changed passwords; nothing else is touched.
"""

import base64
import json
import urllib.request
from pathlib import Path
from typing import Any

DEFINITIONS = Path("/deploy/definitions.json")
PASSWORDS = Path("/run/passwords")
ADMIN = Path("/run/fotograma/admin")
API = "http://rabbitmq:15672/api/definitions"
TIMEOUT_SECONDS = 20.0


def definitions() -> dict[str, Any]:
    """Users with their passwords, and their permissions. The administrator is there already."""
    document: dict[str, Any] = json.loads(DEFINITIONS.read_text())
    found = {path.name: path.read_text() for path in PASSWORDS.glob("[a-z]*")}
    document["users"] = [
        {**user, "password": found[user["name"]]}
        for user in document["users"]
        if user["name"] in found
    ]
    for kind in ("permissions", "topic_permissions"):
        document[kind] = [entry for entry in document[kind] if entry["user"] in found]
    return document


def main() -> None:
    """Post them. Raises `OSError` when the broker refuses or does not answer."""
    user, password = ((ADMIN / name).read_text() for name in ("username", "password"))
    request = urllib.request.Request(
        API,
        data=json.dumps(definitions()).encode(),
        headers={
            "Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}",
            "Content-Type": "application/json",
        },
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310 - the address is ours
        pass


if __name__ == "__main__":
    main()
