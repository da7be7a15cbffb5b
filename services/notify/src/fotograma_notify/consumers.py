"""Messages in: parse, call one use case, name the outcome.

Events come over RabbitMQ; jobs and SES's feedback over SQS.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, get_args
from uuid import UUID

from fotograma_contracts.base import Message
from fotograma_contracts.users import (
    NamedApiKey,
    UserApiKeyCreated,
    UserDeleted,
    UserDemoted,
    UserEmailChanged,
    UserEmailChangeRequested,
    UserPasswordChanged,
    UserPasswordResetRequested,
    UserPromoted,
    UserRegistered,
    UserUpdated,
    UserVerificationRequested,
)
from fotograma_contracts.videos import VideoExpiring, VideoFailed, VideoProcessed
from fotograma_kit.broker import Done, Handler, Outcome, Retry
from pydantic import ValidationError

from fotograma_notify.announcements import Announcements
from fotograma_notify.contents import (
    AccountContent,
    ApiKeyCreatedContent,
    DemotedContent,
    EmailChangedContent,
    EmailChangeRequestedContent,
    LinkContent,
    NamedKey,
    PasswordChangedContent,
    PasswordResetContent,
    PromotedContent,
    VerificationContent,
    VideoExpiringContent,
    VideoFailedContent,
    VideoProcessedContent,
)
from fotograma_notify.dispatcher import Dispatcher
from fotograma_notify.domain import DeliveryKey, Recipient, Tombstone, retry_delay
from fotograma_notify.errors import (
    QueueUnavailable,
    RecipientUnknown,
    StoreUnavailable,
    Unreadable,
)
from fotograma_notify.feedback import FeedbackRecorder
from fotograma_notify.job_outcomes import Finished, JobOutcome, Postponed
from fotograma_notify.recipients import Recipients
from fotograma_notify.ses import TAG_DELIVERY, TAG_USER
from fotograma_notify.ses_events import Mail, parse_feedback
from fotograma_notify.sqs import MailJob, Received

_STORE_RETRY_SECONDS = 30.0
"""Pause before the second attempt at a job after a store failure; three times longer each."""


LinkEvent = UserVerificationRequested | UserPasswordResetRequested | UserEmailChangeRequested
AccountEvent = (
    LinkEvent
    | UserPasswordChanged
    | UserEmailChanged
    | UserApiKeyCreated
    | UserPromoted
    | UserDemoted
)


def event_handlers(
    recipients: Recipients, announcements: Announcements
) -> Mapping[type[Message], Handler[Any]]:
    """What to do with each event of `topology.NOTIFY_EVENTS`."""

    async def remember(event: UserRegistered | UserUpdated) -> None:
        await recipients.remember(
            Recipient(event.user_id, event.revision, event.email, event.locale, event.verified)
        )

    async def forget(event: UserDeleted) -> None:
        await recipients.forget(Tombstone(event.user_id, event.revision))

    async def processed(event: VideoProcessed) -> None:
        content = VideoProcessedContent(
            video_id=event.video_id,
            name=event.name,
            frames=event.frames,
            archive_bytes=event.archive_bytes,
            warnings=tuple(warning.code.stand_in for warning in event.warnings),
            told=tuple((warning.code, warning.detail) for warning in event.warnings),
        )
        await announcements.announce(event.owner_id, event.extraction_id, content, event.tries)

    async def failed(event: VideoFailed) -> None:
        content = VideoFailedContent(
            video_id=event.video_id,
            name=event.name,
            reason=event.reason.stand_in,
            told=(event.reason, event.detail),
        )
        await announcements.announce(event.owner_id, event.extraction_id, content, event.tries)

    async def expiring(event: VideoExpiring) -> None:
        content = VideoExpiringContent(event.video_id, event.name, event.expires_at)
        await announcements.warn_of_expiry(event.owner_id, content)

    async def account(event: AccountEvent) -> None:
        await announcements.announce_account(event.user_id, event.id, _content_of(event))

    return {
        UserRegistered: _outcome_of(remember),
        UserUpdated: _outcome_of(remember),
        UserDeleted: _outcome_of(forget),
        **dict.fromkeys(get_args(AccountEvent), _outcome_of(account)),
        VideoProcessed: _outcome_of(processed),
        VideoFailed: _outcome_of(failed),
        VideoExpiring: _outcome_of(expiring),
    }


def _content_of(event: AccountEvent) -> AccountContent:
    match event:
        case (
            UserVerificationRequested() | UserPasswordResetRequested() | UserEmailChangeRequested()
        ):
            return _link_of(event)
        case UserPromoted() | UserDemoted():
            return _role_of(event)
        case UserPasswordChanged():
            return PasswordChangedContent(
                _named(event.api_keys_kept), _named(event.api_keys_deleted)
            )
        case UserEmailChanged():
            return EmailChangedContent(event.old_email)
        case UserApiKeyCreated():
            return ApiKeyCreatedContent(event.name, event.prefix)


def _link_of(event: LinkEvent) -> LinkContent:
    match event:
        case UserVerificationRequested():
            return VerificationContent(event.email, event.token, event.expires_at)
        case UserPasswordResetRequested():
            return PasswordResetContent(event.token, event.expires_at)
        case UserEmailChangeRequested():
            return EmailChangeRequestedContent(
                event.old_email, event.new_email, event.token, event.expires_at
            )


def _role_of(event: UserPromoted | UserDemoted) -> PromotedContent | DemotedContent:
    return PromotedContent() if isinstance(event, UserPromoted) else DemotedContent()


def _named(keys: Sequence[NamedApiKey]) -> tuple[NamedKey, ...]:
    return tuple(NamedKey(key.name, key.prefix) for key in keys)


def _outcome_of(handle: Callable[[Any], Awaitable[None]]) -> Handler[Any]:
    async def named(event: Message) -> Outcome:
        try:
            await handle(event)
        except RecipientUnknown:
            return Retry("user.registered has not arrived yet")
        except (StoreUnavailable, QueueUnavailable) as error:
            return Retry(str(error))
        return Done()

    return named


class Jobs:
    """Handles the mail queue: one message, one delivery."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def handle(self, message: Received) -> JobOutcome:
        """Raises `Unreadable` for a body that is no job."""
        try:
            job = MailJob.model_validate_json(message.body)
        except ValidationError as error:
            raise Unreadable(str(error)) from error
        try:
            return await self._dispatcher.deliver(job.key, message.receives)
        except StoreUnavailable as error:
            return _until_the_store_is_back(message, error)


class FeedbackMessages:
    """Handles the feedback queue: one message, one SES event."""

    def __init__(self, recorder: FeedbackRecorder) -> None:
        self._recorder = recorder

    async def handle(self, message: Received) -> JobOutcome:
        """Raises `Unreadable` for a body that is no SES event."""
        try:
            feedback = parse_feedback(message.body)
            tagged = _tagged(feedback.mail)
        except ValueError as error:
            raise Unreadable(str(error)) from error
        try:
            await self._recorder.record(feedback, tagged)
        except StoreUnavailable as error:
            return _until_the_store_is_back(message, error)
        return Finished()


def _until_the_store_is_back(message: Received, error: StoreUnavailable) -> Postponed:
    delay = retry_delay(message.receives, _STORE_RETRY_SECONDS)
    return Postponed(delay, str(error), outage=True)


def _tagged(mail: Mail) -> DeliveryKey | None:
    user_id, delivery_id = mail.tag(TAG_USER), mail.tag(TAG_DELIVERY)
    if user_id is None or delivery_id is None:
        return None
    return DeliveryKey(UUID(user_id), UUID(delivery_id))
