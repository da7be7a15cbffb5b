"""What SES reports about a mail, in the shapes it reports it in.

Event publishing says `eventType`, the older notifications say `notificationType`; either comes
raw (EventBridge pipes, raw SNS delivery) or in an SNS envelope. See "Contents of event data that
Amazon SES publishes" and "Amazon SNS notification contents" in the SES developer guide.
"""

from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

PERMANENT = "Permanent"
NOT_SPAM = "not-spam"
"""A complaint's type for a mail that was marked as *not* spam."""


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True
    )


class Address(_Part):
    """An address SES names."""

    email_address: str


class Mail(_Part):
    """The mail an event is about. Tags come with event publishing only."""

    message_id: str
    tags: dict[str, list[str]] = {}

    def tag(self, name: str) -> str | None:
        """The tag's value, when the mail has it once."""
        values = self.tags.get(name, [])
        return values[0] if len(values) == 1 else None


class Bounce(_Part):
    """The mail could not be delivered: for good (`Permanent`), or now."""

    bounce_type: str
    bounce_sub_type: str = ""
    bounced_recipients: tuple[Address, ...]


class Complaint(_Part):
    """A recipient marked the mail as spam."""

    complained_recipients: tuple[Address, ...]
    complaint_feedback_type: str | None = None


class Feedback(_Part):
    """One SES event. Of the types not named here only the type is known."""

    type: str = Field(validation_alias=AliasChoices("eventType", "notificationType"))
    mail: Mail
    bounce: Bounce | None = None
    complaint: Complaint | None = None


class _Envelope(BaseModel):
    """SNS's, around what it delivers."""

    model_config = ConfigDict(extra="ignore")

    type: Literal["Notification"] = Field(alias="Type")
    message: str = Field(alias="Message")


class _Either(BaseModel):
    """The part of a body that says whether it is an envelope."""

    model_config = ConfigDict(extra="ignore")

    type: str | None = Field(default=None, alias="Type")


def parse_feedback(body: str) -> Feedback:
    """The SES event in a message's body. Raises `ValueError` for anything else."""
    if _Either.model_validate_json(body).type is not None:
        body = _Envelope.model_validate_json(body).message
    return Feedback.model_validate_json(body)
