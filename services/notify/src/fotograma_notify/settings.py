"""Settings of the notify service. See the kit's fragments for the shared part."""

from typing import Self

from fotograma_kit.settings import (
    AwsSettings,
    BrokerSettings,
    OriginSettings,
    RateSettings,
    TelemetrySettings,
    TokenSettings,
)
from pydantic import Field, model_validator


class NotifySettings(
    AwsSettings, BrokerSettings, TokenSettings, TelemetrySettings, OriginSettings, RateSettings
):
    """The notify service, with both its processes.

    The times belong together, each longer than the one before: an SES call
    (`aws_connect_seconds` + `aws_read_seconds`) < `notify_lease_seconds` <
    `notify_visibility_seconds`. So a redelivered message finds the lease passed.
    """

    public_url: str
    """Where users find Fotograma; links in mails lead there."""

    dynamodb_endpoint_url: str | None = None
    sqs_endpoint_url: str | None = None
    ses_endpoint_url: str | None = None
    """Endpoints; unset on AWS."""

    notify_table: str
    """The DynamoDB table; its shape is in `dynamodb/shape.py`."""
    notify_mail_queue_url: str
    """SQS queue of deliveries to send; with a redrive policy (5 receives) to a dead-letter
    queue."""
    notify_feedback_queue_url: str
    """SQS queue of SES's events; with a redrive policy as well."""
    notify_sender: str
    """`From`: an address, or `Name <address>`, that SES may send from."""
    notify_configuration_set: str | None = None
    """SES configuration set whose event destination leads to the feedback queue."""

    notify_event_slots: int = Field(default=8, ge=1)
    """RabbitMQ events handled at once."""
    notify_dispatchers: int = Field(default=2, ge=1)
    """Pollers of the mail queue; each handles up to ten mails at once."""
    notify_poll_seconds: int = Field(default=20, ge=0, le=20)
    """How long SQS may hold a poll open; 20 is SQS's own limit, and the cheapest."""
    notify_lease_seconds: float = Field(default=60.0, gt=0)
    """How long a dispatcher has a delivery to itself, from the claim and again from sending."""
    notify_visibility_seconds: int = Field(default=150, ge=1, le=43200)
    """How long SQS hides a message that a dispatcher has taken; at least two leases."""
    notify_retry_seconds: float = Field(default=30.0, gt=0)
    """Pause before the second attempt at a mail that SES did not take; three times longer each
    time, so that five attempts span twenty minutes."""
    notify_retention_days: int = Field(default=90, ge=1)
    """How long deliveries are kept for their users to see; those of links as long as the link."""

    notify_unconfirmed_mails_per_hour: int = Field(default=3, ge=1)
    """Links, of all kinds together, that go to an unverified address within an hour. No other mail
    goes there."""
    notify_unconfirmed_mails_per_day: int = Field(default=6, ge=1)
    """The same within a day."""
    notify_account_mails_per_hour: int = Field(default=5, ge=1)
    """Mails of each kind about the account (its password, address and API keys) that go to one
    address within an hour, whoever causes them. What exceeds it is not sent, and is listed as
    skipped."""
    notify_account_mails_per_day: int = Field(default=20, ge=1)
    """The same within a day."""
    notify_mails_per_hour: int = Field(default=100, ge=1)
    """Mails of each other kind (videos, notifications) that go to one address within an hour."""
    notify_mails_per_day: int = Field(default=300, ge=1, le=5000)
    """The same within a day. Each mail of the last day takes 60 bytes of one item, which DynamoDB
    limits to 400 kB."""

    @model_validator(mode="after")
    def _times_fit(self) -> Self:
        call = self.aws_connect_seconds + self.aws_read_seconds
        if call >= self.notify_lease_seconds:
            raise ValueError("NOTIFY_LEASE_SECONDS must exceed the longest SES call")
        if 2 * self.notify_lease_seconds >= self.notify_visibility_seconds:
            raise ValueError("NOTIFY_VISIBILITY_SECONDS must exceed two leases")
        if self.notify_poll_seconds >= self.aws_read_seconds:
            raise ValueError("NOTIFY_POLL_SECONDS must be below AWS_READ_SECONDS")
        return self
