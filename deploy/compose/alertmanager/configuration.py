"""Writes Alertmanager's configuration: who is told of which alert, by what has been configured.

    configuration.py FOLDER FILE    reads FOLDER, one file for each of `NAMES`, and writes FILE

What is not configured is not sent: without any file, alerts are seen in Grafana only. A file whose
name begins with a service and a dot, such as `video.slack-url`, is for alerts of that service
alone, in place of the common one.

On Kubernetes an init container runs this; on one host make_secrets.py does.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

SERVICES = ("auth", "gateway", "notify", "rabbitmq", "video", "worker")
NAMES = (
    "dead-mans-switch-url",  # is asked every minute; its owner tells when that ceases
    "email-from",
    "email-to",  # addresses, separated by commas
    "pagerduty-key",  # an Events API v2 integration's; told of critical alerts only
    "slack-url",  # of an incoming webhook
    "smtp-host",  # with its port; must offer STARTTLS
    "smtp-password",
    "smtp-user",
    "webhook-url",
)
NOBODY = "nobody"
DEAD_MANS_SWITCH = "dead-mans-switch"

_WAITING = ("BacklogOld", "CommandsReissued", "ConsumerDeaf", "QueueWithoutConsumer")
"""What stands still where nothing is worked on."""
TITLE = "{{ .Status | toUpper }}: {{ .GroupLabels.service }} ({{ .Alerts | len }})"
TEXT = (
    "{{ range .Alerts }}{{ .Status }} {{ .Labels.alertname }}: {{ .Annotations.summary }}\n"
    "{{ .Annotations.runbook_url }}\n{{ end }}"
)


def inhibitions() -> list[dict[str, Any]]:
    """What follows from another alert, of which somebody is told already."""
    return [
        _inhibition("BrokerDown", (*_WAITING, "NoWorker", "OutboxStuck")),
        _inhibition("BrokerDown", ("ProcessDown", "CrashLoop"), 'service =~ "rabbitmq.*"'),
        _inhibition("BrokerDown", ("ErrorBudgetBurns",), 'slo =~ "ready|ends"'),
        _inhibition("NoWorker", (*_WAITING, "ProcessDown"), 'service =~ "worker|rabbitmq"'),
        _inhibition("ProcessDown", ("ConsumerDeaf", "CrashLoop"), equal=["instance"]),
        {
            "source_matchers": ['severity = "critical"'],
            "target_matchers": ['severity = "warning"'],
            "equal": ["alertname", "service", "slo"],
        },
    ]


def _inhibition(
    source: str, targets: Iterable[str], *matchers: str, equal: Sequence[str] = ()
) -> dict[str, Any]:
    return {
        "source_matchers": [f'alertname = "{source}"'],
        "target_matchers": [f'alertname =~ "{"|".join(targets)}"', *matchers],
        "equal": list(equal),
    }


def configuration(given: Mapping[str, str]) -> dict[str, Any]:
    """The configuration for what is `given`, by the names above."""
    owners = [service for service in SERVICES if any(_is_of(service, name) for name in given)]
    routes = [route for owner in owners for route in _routes(f"{owner}-", owner)]
    receivers = [_receiver(NOBODY), _dead_mans_switch(given)]
    for prefix, chosen in (("", given), *((f"{owner}-", _own(given, owner)) for owner in owners)):
        receivers += [
            _receiver(f"{prefix}critical", **_channels(chosen), **_pagers(chosen)),
            _receiver(f"{prefix}warning", **_channels(chosen)),
        ]
    return {
        "route": {
            "receiver": NOBODY,
            # One message for each service, whatever and however many its alerts are.
            "group_by": ["service"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "12h",
            "routes": [_watchdog(), *routes, *_routes("")],
        },
        "inhibit_rules": inhibitions(),
        "receivers": receivers,
    }


def _is_of(service: str, name: str) -> bool:
    owner, _, rest = name.partition(".")
    return owner == service and rest in NAMES


def _own(given: Mapping[str, str], service: str) -> dict[str, str]:
    own = {name.partition(".")[2]: given[name] for name in given if _is_of(service, name)}
    return {**given, **own}


def _watchdog() -> dict[str, Any]:
    return {
        "matchers": ['alertname = "Watchdog"'],
        "receiver": DEAD_MANS_SWITCH,
        "group_wait": "0s",
        "group_interval": "1m",
        "repeat_interval": "1m",
    }


def _routes(prefix: str, service: str | None = None) -> list[dict[str, Any]]:
    of_service = [] if service is None else [f'service = "{service}"']
    return [
        {
            "matchers": [*of_service, 'severity = "critical"'],
            "receiver": f"{prefix}critical",
            "repeat_interval": "1h",
        },
        {"matchers": [*of_service, 'severity = "warning"'], "receiver": f"{prefix}warning"},
    ]


def _receiver(name: str, **channels: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, **channels}


def _dead_mans_switch(given: Mapping[str, str]) -> dict[str, Any]:
    if "dead-mans-switch-url" not in given:
        return _receiver(DEAD_MANS_SWITCH)
    call = {"url": given["dead-mans-switch-url"], "send_resolved": False}
    return _receiver(DEAD_MANS_SWITCH, webhook_configs=[call])


def _channels(given: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Those that are told of everything."""
    found: dict[str, list[dict[str, Any]]] = {}
    if {"email-to", "email-from", "smtp-host"} <= given.keys():
        found["email_configs"] = [_email(given)]
    if "slack-url" in given:
        message = {"api_url": given["slack-url"], "title": TITLE, "text": TEXT}
        found["slack_configs"] = [{**message, "send_resolved": True}]
    if "webhook-url" in given:
        found["webhook_configs"] = [{"url": given["webhook-url"], "send_resolved": True}]
    return found


def _pagers(given: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Those that wake somebody."""
    if "pagerduty-key" not in given:
        return {}
    page = {
        "routing_key": given["pagerduty-key"],
        "description": TITLE,
        "details": {"alerts": TEXT},
    }
    return {"pagerduty_configs": [{**page, "send_resolved": True}]}


def _email(given: Mapping[str, str]) -> dict[str, Any]:
    email = {
        "to": given["email-to"],
        "from": given["email-from"],
        "smarthost": given["smtp-host"],
        "headers": {"Subject": TITLE},
        "text": TEXT,
        "html": "",
        "send_resolved": True,
    }
    if "smtp-user" in given:
        email["auth_username"] = given["smtp-user"]
        email["auth_password"] = given.get("smtp-password", "")
    return email


def read(folder: Path, prefix: str = "") -> dict[str, str]:
    """What a folder holds: the names behind `prefix`, and their values."""
    return {
        path.name.removeprefix(prefix): path.read_text().strip()
        for path in sorted(folder.glob(f"{prefix}*"))
        if path.is_file()
    }


def main(folder: str, file: str) -> None:
    """Write the configuration as JSON, which is YAML."""
    Path(file).write_text(json.dumps(configuration(read(Path(folder))), indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
