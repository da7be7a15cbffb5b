"""Wires the parts together: the HTTP API, and the background work."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from fastapi import FastAPI
from fotograma_contracts.extractions import SegmentProgressed
from fotograma_kit.broker import Broker, Listener, Retirement
from fotograma_kit.database import Database, Notifications, Wakeup
from fotograma_kit.draining import draining
from fotograma_kit.outbox import CHANNEL, Relay
from fotograma_kit.rate_limits import RateLimits, count_user
from fotograma_kit.rate_table import RateTable
from fotograma_kit.tasks import periodically, running
from fotograma_kit.tokens import JwksKeys, Role, Verifier
from fotograma_kit.web import Api, create_web_app, provide
from starlette.requests import HTTPConnection
from starlette.types import Scope

from fotograma_video.admin.routes import router as admin_router
from fotograma_video.admin.service import Administration
from fotograma_video.consumers import dead_command_consumer, event_consumer
from fotograma_video.dead_commands import DeadCommandRecorder
from fotograma_video.errors import TooManyStreams
from fotograma_video.extractions.commands import Commands
from fotograma_video.extractions.dispatcher import Dispatcher
from fotograma_video.extractions.process_manager import ProcessManager
from fotograma_video.extractions.progress import Progress
from fotograma_video.extractions.routes import router as extraction_router
from fotograma_video.extractions.service import Extractions
from fotograma_video.extractions.transitions import DISPATCH, show_zeros
from fotograma_video.frames.routes import router as frame_router
from fotograma_video.frames.service import Frames
from fotograma_video.http.signing import UrlSigner
from fotograma_video.idempotency import Idempotency
from fotograma_video.library.routes import router as library_router
from fotograma_video.library.service import Library
from fotograma_video.live.routes import EVENTS
from fotograma_video.live.routes import router as live_router
from fotograma_video.live.service import CHANGES, Live
from fotograma_video.models import OutboxMessage, RateBucket
from fotograma_video.selections.routes import router as selection_router
from fotograma_video.selections.service import Selections
from fotograma_video.settings import ApiSettings, VideoSettings
from fotograma_video.storage import Storage
from fotograma_video.upkeep.erasure import Erasure
from fotograma_video.upkeep.janitor import Janitor
from fotograma_video.upkeep.retention import Retention
from fotograma_video.uploads.direct_uploads import DirectUploads
from fotograma_video.uploads.form_uploads import FormUploads
from fotograma_video.uploads.intake import Intake
from fotograma_video.uploads.routes import form_router
from fotograma_video.uploads.routes import router as upload_router
from fotograma_video.users.quotas import Quotas

SERVICE = "video"
ROUTERS = (
    form_router,
    upload_router,
    live_router,
    admin_router,
    library_router,
    extraction_router,
    frame_router,
    selection_router,
)
"""Fixed addresses come before the ones that begin with a video's id."""


def _now() -> datetime:
    return datetime.now(UTC)


def create_api(settings: ApiSettings, now: Callable[[], datetime] = _now) -> FastAPI:
    """The HTTP API."""
    show_zeros()
    database = Database(settings)
    storage = Storage(settings)
    verifier = Verifier(JwksKeys(settings), settings)
    progress = Progress(now)
    limits = RateLimits(settings, RateTable(database, RateBucket))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        quotas = Quotas(settings, now)
        idempotency = Idempotency(database, settings)
        extractions = Extractions(database, Commands(settings), idempotency, quotas, settings, now)
        library = Library(database, storage, quotas, progress, settings, now)
        live = Live(library, extractions, progress, settings)
        intake = Intake(extractions, quotas, now)
        app.state.authenticate = verifier.verify
        provide(
            app,
            settings,
            progress,
            extractions,
            library,
            live,
            Administration(database, quotas, settings, now),
            FormUploads(database, storage, intake, idempotency, quotas, settings, now),
            DirectUploads(database, storage, intake, idempotency, quotas, settings, now),
            Frames(database, storage),
            Selections(database, storage, settings, now),
            UrlSigner(settings.video_url_signing_keys, now),
        )
        listener = Listener(settings, SegmentProgressed, live.on_progress)
        limits.refuse = partial(_refuse_stream, verifier, live)
        changes = Notifications(settings, CHANGES, live.on_change, live.on_reconnect)
        async with storage, running(listener.run, changes.run, limits.run):
            yield
        await database.close()

    return create_web_app(
        settings,
        service=SERVICE,
        api=Api("/video", ROUTERS, limits),
        checks={"postgres": database.ping, "s3": storage.ping},
        lifespan=lifespan,
    )


def _refuse_stream(verifier: Verifier, live: Live, scope: Scope) -> None:
    """Refuse a stream too many before anything else is done for it: somebody may ask for many."""
    if scope["path"] != EVENTS:
        return
    principal = verifier.remembered(HTTPConnection(scope))
    if principal is None or principal.role is Role.SERVICE:
        return
    try:
        live.check_room(principal.user_id)
    except TooManyStreams:
        count_user(scope, principal.subject)
        raise


def create_background(settings: VideoSettings) -> FastAPI:
    """Consumers, relay, dispatcher, sweeper and janitor. Several may run."""
    show_zeros()
    database = Database(settings)
    storage = Storage(settings)
    broker = Broker(settings, "video background")

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        commands = Commands(settings)
        quotas = Quotas(settings, _now)
        processing = ProcessManager(database, commands, quotas, settings, _now)
        outbox, dispatch = Wakeup(settings, CHANNEL), Wakeup(settings, DISPATCH)
        library = Library(database, storage, quotas, Progress(_now), settings, _now)
        erasure = Erasure(database, library, settings, _now)
        tasks = (
            outbox.run,
            dispatch.run,
            Relay(SERVICE, OutboxMessage, database, broker, outbox).run,
            Dispatcher(database, broker, dispatch, commands, settings, _now).run,
            event_consumer(broker, processing, erasure).run,
            dead_command_consumer(broker, processing, DeadCommandRecorder(database, _now)).run,
            Retirement(settings, settings.retry_retirement_seconds).run,
            partial(periodically, settings.janitor_seconds, processing.reissue_timed_out),
            partial(
                periodically,
                settings.janitor_seconds,
                Janitor(database, storage, settings, _now).tidy,
            ),
            partial(periodically, settings.janitor_seconds, erasure.purge),
            partial(
                periodically, settings.janitor_seconds, Retention(database, settings, _now).enforce
            ),
        )
        async with broker, storage, draining(*tasks, seconds=settings.drain_seconds):
            yield
        await database.close()

    return create_web_app(
        settings,
        service=f"{SERVICE}-background",
        checks={"postgres": database.ping, "rabbitmq": broker.ping, "s3": storage.ping},
        lifespan=lifespan,
    )
