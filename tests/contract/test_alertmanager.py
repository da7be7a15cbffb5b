"""Alertmanager tells whom it is configured to tell, and nobody else. (amtool reads the routes.)"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fixtures.alerts import alerts, run
from fixtures.compose import DEPLOY, make_secrets

SCRIPT = DEPLOY / "alertmanager" / "configuration.py"
EVERYTHING = {
    "dead-mans-switch-url": "https://switch.example/1",
    "email-from": "alerts@example.com",
    "email-to": "operators@example.com",
    "pagerduty-key": "routing-key",
    "slack-url": "https://hooks.slack.example/all",
    "smtp-host": "mail.example:587",
    "smtp-password": "password",
    "smtp-user": "user",
    "webhook-url": "https://hook.example/1",
}
CHANNELS = {"email_configs", "pagerduty_configs", "slack_configs", "webhook_configs"}


def configure(folder: Path, given: Mapping[str, str]) -> Path:
    """The file for these secrets, as the script writes it."""
    secrets = folder / "secrets"
    secrets.mkdir()
    for name, value in given.items():
        (secrets / name).write_text(f"{value}\n")
    file = folder / "alertmanager.yml"
    run(sys.executable, SCRIPT, secrets, file)
    return file


def receivers(file: Path) -> dict[str, dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_text())["receivers"]
    return {receiver.pop("name"): receiver for receiver in found}


def told(file: Path, **labels: str) -> dict[str, Any]:
    """The channels that an alert with these labels is sent to."""
    pairs = [f"{name}={value}" for name, value in labels.items()]
    arguments = ("config", "routes", "test", f"--config.file={file}", *pairs)
    return receivers(file)[run("amtool", *arguments).strip()]


@pytest.mark.parametrize(
    "given",
    [{}, EVERYTHING, EVERYTHING | {"video.slack-url": "https://hooks.slack.example/video"}],
    ids=["nothing", "everything", "one service apart"],
)
def test_alertmanager_takes_its_configuration(given: Mapping[str, str], tmp_path: Path) -> None:
    run("amtool", "check-config", configure(tmp_path, given))


def test_nobody_is_told_until_somebody_says_who(tmp_path: Path) -> None:
    file = configure(tmp_path, {})
    assert not any(receivers(file).values())


@pytest.mark.parametrize(
    ("severity", "channels"),
    [("critical", CHANNELS), ("warning", CHANNELS - {"pagerduty_configs"}), ("none", set())],
)
def test_severity_decides_which_channels_are_told(
    severity: str, channels: set[str], tmp_path: Path
) -> None:
    file = configure(tmp_path, EVERYTHING)
    found = told(file, alertname="SlowResponses", service="video", severity=severity)
    assert set(found) == channels


@pytest.mark.parametrize("without", ["email-to", "email-from", "smtp-host"])
def test_mail_without_an_address_or_a_server_is_not_sent(without: str, tmp_path: Path) -> None:
    given = {name: value for name, value in EVERYTHING.items() if name != without}
    file = configure(tmp_path, given)
    found = told(file, alertname="SlowResponses", service="video", severity="critical")
    assert set(found) == CHANNELS - {"email_configs"}


def test_service_may_have_a_channel_of_its_own(tmp_path: Path) -> None:
    own = "https://hooks.slack.example/video"
    file = configure(tmp_path, EVERYTHING | {"video.slack-url": own})
    for service, url in (("video", own), ("auth", EVERYTHING["slack-url"])):
        for severity in ("critical", "warning"):
            found = told(file, alertname="SlowResponses", service=service, severity=severity)
            assert found["slack_configs"][0]["api_url"] == url
            # What it does not set itself is as for all.
            assert found["webhook_configs"][0]["url"] == EVERYTHING["webhook-url"]


def test_watchdog_goes_to_the_dead_mans_switch_alone(tmp_path: Path) -> None:
    file = configure(tmp_path, EVERYTHING)
    found = told(file, alertname="Watchdog", service="monitoring", severity="none")
    assert found == {
        "webhook_configs": [{"url": EVERYTHING["dead-mans-switch-url"], "send_resolved": False}]
    }


def test_every_end_is_told_too(tmp_path: Path) -> None:
    file = configure(tmp_path, EVERYTHING)
    found = told(file, alertname="BrokerDown", service="rabbitmq", severity="critical")
    for (channel,) in found.values():
        assert channel["send_resolved"] is True


def test_every_inhibition_is_of_alerts_that_exist(tmp_path: Path) -> None:
    names = {rule["alert"] for rule in alerts()}
    rules = json.loads(configure(tmp_path, {}).read_text())["inhibit_rules"]
    for matcher in (each for rule in rules for each in rule["target_matchers"]):
        label, _, value = matcher.partition(" =~ ")
        if label == "alertname":
            assert set(value.strip('"').split("|")) <= names


def test_operator_sets_channels_on_one_host(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    file = tmp_path / "for/alertmanager/alertmanager.yml"
    assert not any(receivers(file).values())
    make_secrets(tmp_path, "set", "alert-video.slack-url", stdin="https://hooks.slack.example/v\n")
    found = told(file, alertname="SlowResponses", service="video", severity="warning")
    assert found["slack_configs"][0]["api_url"] == "https://hooks.slack.example/v"
