"""Times that must fit together."""

from typing import Any

import pytest
from fotograma_notify.settings import NotifySettings
from pydantic import SecretStr, ValidationError

NEEDED: dict[str, Any] = {
    "rabbitmq_url": SecretStr("amqp://localhost"),
    "jwks_url": "http://localhost/jwks",
    "public_url": "http://localhost",
    "notify_table": "table",
    "notify_mail_queue_url": "http://localhost/mail",
    "notify_feedback_queue_url": "http://localhost/feedback",
    "notify_sender": "no-reply@localhost",
}


def test_defaults_fit() -> None:
    settings = NotifySettings(**NEEDED)
    assert settings.notify_poll_seconds == 20


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"aws_read_seconds": 60.0}, "NOTIFY_LEASE_SECONDS"),
        ({"notify_visibility_seconds": 120}, "NOTIFY_VISIBILITY_SECONDS"),
        ({"aws_read_seconds": 20.0}, "NOTIFY_POLL_SECONDS"),
    ],
)
def test_times_that_do_not_fit_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        NotifySettings(**NEEDED | changed)
