"""SES v2: sends a mail, once.

SES has no idempotency token, so the client given here must make each call once (`attempts=1`), and
what matters about an error is whether the mail can have left: refused for good, certainly not
taken, or unknown.
"""

from typing import Any

from fotograma_kit.aws import AwsClient, AwsRefused, AwsUnavailable

from fotograma_notify.domain import DeliveryKey
from fotograma_notify.errors import MailerUnavailable, MailRefused, MailUncertain
from fotograma_notify.ports import RenderedMail

TAG_USER, TAG_DELIVERY = "user_id", "delivery_id"
"""Message tags: SES puts them into the events it publishes about the mail."""

_REFUSED = frozenset({"BadRequestException", "MessageRejected"})
"""About this mail. Everything else SES refuses is about the account, the quota or our own
configuration: an operator repairs it, and the mail goes out then."""
_UTF8 = "UTF-8"


class SesMailer:
    """Implements `ports.Mailer`."""

    def __init__(self, client: AwsClient, sender: str, configuration_set: str | None) -> None:
        self._client = client
        self._sender = sender
        self._options = {"ConfigurationSetName": configuration_set} if configuration_set else {}

    async def send(self, address: str, mail: RenderedMail, key: DeliveryKey) -> str:
        try:
            answer = await self._client.call(
                "send_email",
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [address]},
                Content={"Simple": _message(mail)},
                EmailTags=[
                    {"Name": TAG_USER, "Value": str(key.user_id)},
                    {"Name": TAG_DELIVERY, "Value": str(key.delivery_id)},
                ],
                **self._options,
            )
        except AwsRefused as error:
            if error.code in _REFUSED:
                raise MailRefused(str(error)) from error
            raise MailerUnavailable(str(error)) from error
        except AwsUnavailable as error:
            if error.was_sent:
                raise MailUncertain(str(error)) from error
            raise MailerUnavailable(str(error)) from error
        return str(answer["MessageId"])


def _message(mail: RenderedMail) -> dict[str, Any]:
    return {
        "Subject": {"Data": mail.subject, "Charset": _UTF8},
        "Body": {
            "Text": {"Data": mail.text, "Charset": _UTF8},
            "Html": {"Data": mail.html, "Charset": _UTF8},
        },
        "Headers": [
            {"Name": "List-Unsubscribe", "Value": f"<{mail.unsubscribe_url}>"},
            {"Name": "Auto-Submitted", "Value": "auto-generated"},
        ],
    }
