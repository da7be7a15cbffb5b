"""Puts Fotograma's monitors and dashboard into a Datadog account; what is there already is changed.

    DD_API_KEY_FILE=… DD_APP_KEY_FILE=… apply.py [--site datadoghq.eu] [--notify "@slack-ops"]

Both keys are read from files, and have no default. Monitors are told from others by the tag
`managed-by:fotograma`, the dashboard by its title; what somebody else made is left alone. Alerts
are those of Prometheus that Datadog can see too: docs/logs-and-traces.md.
"""

import argparse
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
MANAGED = "managed-by:fotograma"
SECONDS = 30.0
KEYS = {"DD-API-KEY": "DD_API_KEY_FILE", "DD-APPLICATION-KEY": "DD_APP_KEY_FILE"}


class Refused(Exception):
    """Datadog does not do what it is asked."""


@dataclass(frozen=True)
class Account:
    """Datadog's API, for the owner of two keys."""

    url: str
    keys: Mapping[str, str]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer to a request. Raises `Refused`."""
        request = urllib.request.Request(  # noqa: S310 - main() gives https, tests a server of theirs
            f"{self.url}/api/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **self.keys},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - as above
                return json.load(answer)
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")[:500]
            raise Refused(f"{method} {path}: {error.code} {said}") from None
        except urllib.error.URLError as error:
            raise Refused(f"{method} {path}: {error.reason}") from None

    def put(self, kind: str, known: Any, body: Any) -> str:
        """Change what is `known` by its id, or make it. Returns what was done."""
        if known is None:
            self.ask("POST", kind, body)
            return "made"
        self.ask("PUT", f"{kind}/{known}", body)
        return "changed"


def apply_monitors(account: Account, notify: str) -> None:
    """All of monitors.json, which tell whom `notify` names."""
    found = account.ask("GET", f"monitor?monitor_tags={MANAGED}")
    known = {each["name"]: each["id"] for each in found}
    for monitor in json.loads((FOLDER / "monitors.json").read_text()):
        body = {
            **monitor,
            "message": f"{monitor['message']}\n\n{notify}".strip(),
            "tags": [*monitor["tags"], MANAGED],
        }
        print(account.put("monitor", known.get(body["name"]), body), body["name"])


def apply_dashboard(account: Account) -> None:
    """What dashboard.json has."""
    body = json.loads((FOLDER / "dashboard.json").read_text())
    found = account.ask("GET", "dashboard")["dashboards"]
    known = {each["title"]: each["id"] for each in found}
    print(account.put("dashboard", known.get(body["title"]), body), body["title"])


def read_keys() -> dict[str, str]:
    """The headers that say who asks. Ends the program where a key is missing."""
    missing = [name for name in KEYS.values() if not os.environ.get(name)]
    if missing:
        sys.exit(f"{' and '.join(missing)}: the file with the key")
    return {header: Path(os.environ[name]).read_text().strip() for header, name in KEYS.items()}


def main(arguments: list[str]) -> None:
    """Do what the module says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--site", default="datadoghq.com", help="where the account is")
    parser.add_argument("--notify", default="", help="whom monitors tell, in Datadog's words")
    parser.add_argument("--url", help="another server that answers as Datadog does")
    given = parser.parse_args(arguments)
    account = Account(given.url or f"https://api.{given.site}", read_keys())
    try:
        apply_monitors(account, given.notify)
        apply_dashboard(account)
    except Refused as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
