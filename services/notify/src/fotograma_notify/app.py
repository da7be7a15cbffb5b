"""Wires the parts together; nothing else does."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from fastapi import FastAPI
from fotograma_contracts.topology import NOTIFY_EVENTS
from fotograma_kit.aws import AwsClient
from fotograma_kit.broker import Broker, Consumer
from fotograma_kit.draining import draining
from fotograma_kit.rate_limits import RateLimits
from fotograma_kit.tasks import Task, periodically, running
from fotograma_kit.tokens import JwksKeys, Verifier
from fotograma_kit.web import Api, create_web_app

from fotograma_notify.announcements import Announcements
from fotograma_notify.budgets import Budget, Budgets
from fotograma_notify.consumers import FeedbackMessages, Jobs, event_handlers
from fotograma_notify.deliveries import Deliveries
from fotograma_notify.dispatcher import Dispatcher
from fotograma_notify.dynamodb.buckets import DynamoBuckets
from fotograma_notify.dynamodb.ledger import DynamoLedger
from fotograma_notify.dynamodb.repository import DynamoRepository
from fotograma_notify.feedback import FeedbackRecorder
from fotograma_notify.pollers import Poller, PollTimes
from fotograma_notify.recipients import Recipients
from fotograma_notify.rendering import MailRenderer
from fotograma_notify.routes import PREFIX, router
from fotograma_notify.ses import SesMailer
from fotograma_notify.settings import NotifySettings
from fotograma_notify.sqs import SqsMailQueue, SqsQueue

SERVICE = "notify"
MEASURE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class _Stores:
    """What both processes use. Building it makes no calls."""

    dynamodb: AwsClient
    sqs: AwsClient
    repository: DynamoRepository
    mail_queue: SqsQueue


def _stores(settings: NotifySettings) -> _Stores:
    dynamodb = AwsClient("dynamodb", settings, settings.dynamodb_endpoint_url)
    sqs = AwsClient("sqs", settings, settings.sqs_endpoint_url)
    return _Stores(
        dynamodb=dynamodb,
        sqs=sqs,
        repository=create_repository(settings, dynamodb),
        mail_queue=SqsQueue(sqs, settings.notify_mail_queue_url),
    )


def create_repository(settings: NotifySettings, dynamodb: AwsClient) -> DynamoRepository:
    """The store, over a client of the caller's."""
    retention = timedelta(days=settings.notify_retention_days)
    return DynamoRepository(dynamodb, settings.notify_table, retention)


def create_api(settings: NotifySettings) -> FastAPI:
    """The HTTP process."""
    stores = _stores(settings)
    verifier = Verifier(JwksKeys(settings), settings)
    limits = RateLimits(settings, DynamoBuckets(stores.dynamodb, settings.notify_table))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with stores.dynamodb, stores.sqs, running(limits.run):
            app.state.authenticate = verifier.verify
            app.state.parts = {
                Recipients: Recipients(stores.repository),
                Deliveries: Deliveries(stores.repository),
                Announcements: Announcements(stores.repository, SqsMailQueue(stores.mail_queue)),
            }
            yield

    return create_web_app(
        settings,
        service=SERVICE,
        checks={"dynamodb": stores.repository.ping, "sqs": stores.mail_queue.ping},
        lifespan=lifespan,
        api=Api(PREFIX, (router,), limits),
    )


def create_background(settings: NotifySettings) -> FastAPI:
    """The process that listens to events, sends mail and learns from feedback."""
    stores = _stores(settings)
    # SES has no idempotency token: a call repeated by boto3 could be a second mail.
    ses = AwsClient("sesv2", settings, settings.ses_endpoint_url, attempts=1)
    broker = Broker(settings, "notify")
    consumer = Consumer(
        broker,
        NOTIFY_EVENTS,
        event_handlers(
            Recipients(stores.repository),
            Announcements(stores.repository, SqsMailQueue(stores.mail_queue)),
        ),
        slots=settings.notify_event_slots,
    )
    mail = Poller(
        "mail", stores.mail_queue, Jobs(_dispatcher(settings, stores, ses)).handle, _times(settings)
    )
    feedback_queue = SqsQueue(stores.sqs, settings.notify_feedback_queue_url)
    feedback = Poller(
        "feedback",
        feedback_queue,
        FeedbackMessages(FeedbackRecorder(stores.repository)).handle,
        _times(settings),
    )
    measures = (mail.measure, feedback.measure, Deliveries(stores.repository).measure)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for resource in (stores.dynamodb, stores.sqs, ses, broker):
                await stack.enter_async_context(resource)
            tasks: list[Task] = [
                consumer.run,
                feedback.run,
                *([mail.run] * settings.notify_dispatchers),
                *(partial(periodically, MEASURE_SECONDS, measure) for measure in measures),
            ]
            await stack.enter_async_context(draining(*tasks, seconds=settings.drain_seconds))
            yield

    return create_web_app(
        settings,
        service=f"{SERVICE}-background",
        checks={
            "dynamodb": stores.repository.ping,
            "sqs": stores.mail_queue.ping,
            "rabbitmq": broker.ping,
        },
        lifespan=lifespan,
    )


def _dispatcher(settings: NotifySettings, stores: _Stores, ses: AwsClient) -> Dispatcher:
    return Dispatcher(
        stores.repository,
        SesMailer(ses, settings.notify_sender, settings.notify_configuration_set),
        MailRenderer(settings.public_url),
        DynamoLedger(stores.dynamodb, settings.notify_table, _budgets(settings)),
        lease=timedelta(seconds=settings.notify_lease_seconds),
        retry_seconds=settings.notify_retry_seconds,
    )


def _budgets(settings: NotifySettings) -> Budgets:
    return Budgets(
        unconfirmed=Budget(
            settings.notify_unconfirmed_mails_per_hour, settings.notify_unconfirmed_mails_per_day
        ),
        account=Budget(
            settings.notify_account_mails_per_hour, settings.notify_account_mails_per_day
        ),
        other=Budget(settings.notify_mails_per_hour, settings.notify_mails_per_day),
    )


def _times(settings: NotifySettings) -> PollTimes:
    return PollTimes(
        wait=settings.notify_poll_seconds,
        visibility=settings.notify_visibility_seconds,
        drain=settings.drain_seconds,
    )
