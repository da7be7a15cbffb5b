"""The only place that wires auth's parts together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

from fastapi import FastAPI
from fotograma_kit.broker import Broker
from fotograma_kit.database import Database, Wakeup
from fotograma_kit.outbox import CHANNEL, Relay
from fotograma_kit.tasks import periodically, running
from fotograma_kit.tokens import verify
from fotograma_kit.web import create_web_app

from fotograma_auth.keys import AccessTokens, KeyRing
from fotograma_auth.models import OutboxMessage
from fotograma_auth.passwords import Argon2Hasher, PasswordHasher
from fotograma_auth.routes import router
from fotograma_auth.service import (
    Accounts,
    Clock,
    Janitor,
    ServiceClients,
    SessionLife,
    Sessions,
    utc_now,
)
from fotograma_auth.settings import ApiSettings, BackgroundSettings


def create_api(
    settings: ApiSettings, *, hasher: PasswordHasher | None = None, now: Clock = utc_now
) -> FastAPI:
    """The HTTP process. Nothing is read or connected to before its lifespan begins."""
    database = Database(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(database.close)
            used = hasher
            if used is None:
                used = await stack.enter_async_context(Argon2Hasher(settings))
            _install(app, settings, database, used, now)
            yield

    return create_web_app(
        settings,
        service="auth",
        prefix="/auth",
        routers=[router],
        checks={"postgres": database.ping},
        lifespan=lifespan,
    )


def create_background(settings: BackgroundSettings) -> FastAPI:
    """The process that publishes the outbox and deletes what has expired."""
    database = Database(settings)
    broker = Broker(settings, "auth background")
    wakeup = Wakeup(settings, CHANNEL)
    relay = Relay(OutboxMessage, database, broker, wakeup)
    janitor = Janitor(database, utc_now)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(database.close)
            await stack.enter_async_context(broker)
            await stack.enter_async_context(
                running(
                    wakeup.run,
                    relay.run,
                    partial(periodically, settings.auth_janitor_seconds, janitor.sweep),
                )
            )
            yield

    return create_web_app(
        settings,
        service="auth-background",
        checks={"postgres": database.ping, "rabbitmq": broker.ping},
        lifespan=lifespan,
    )


def _install(
    app: FastAPI, settings: ApiSettings, database: Database, hasher: PasswordHasher, now: Clock
) -> None:
    key_ring = KeyRing.load(settings.auth_signing_keys_dir)
    access_tokens = AccessTokens(
        key_ring, settings, timedelta(seconds=settings.auth_access_token_seconds)
    )
    life = SessionLife(
        refresh_token=timedelta(seconds=settings.auth_refresh_token_seconds),
        grace=timedelta(seconds=settings.auth_refresh_grace_seconds),
    )
    app.state.key_ring = key_ring
    app.state.authenticate = partial(verify, keys=key_ring, settings=settings)
    app.state.accounts = Accounts(database, hasher)
    app.state.sessions = Sessions(database, hasher, access_tokens, life, now)
    app.state.service_clients = ServiceClients(settings.auth_service_clients, access_tokens, now)
